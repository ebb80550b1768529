import { useEffect, useState } from "preact/hooks";
import { GRAPH_EVENTS_MAX, type GraphView } from "../../viewModel.ts";
import { count } from "../format.ts";
import { boot, cursor } from "../model.ts";
import { attempt, goTo } from "../navigate.ts";
import { server } from "../server.ts";

const STEP_X = 120;
const STEP_Y = 84;
const PER_ROW = 6;
const R = 20;

/** The states that a short boot goes through, such as a counterexample: a node a state, an arrow an event. */
export function GraphPanel() {
  const view = boot.value;
  const [graph, setGraph] = useState<GraphView | null>(null);
  const short = view !== null && view.events <= GRAPH_EVENTS_MAX;
  useEffect(() => {
    setGraph(null);
    if (view === null || !short) return undefined;
    const asking = new AbortController();
    void attempt(async () => setGraph(await server.graph(view.boot, asking.signal)));
    return () => asking.abort();
  }, [view, short]);
  if (!short)
    return (
      <p>
        The graph of states is drawn for boots of up to {count(GRAPH_EVENTS_MAX)} events, such as
        counterexamples.
      </p>
    );
  if (graph === null) return <p class="muted">Working out the states…</p>;
  const place = (node: number) => {
    const row = Math.floor(node / PER_ROW);
    const column = row % 2 === 0 ? node % PER_ROW : PER_ROW - 1 - (node % PER_ROW);
    return { x: 40 + column * STEP_X, y: 46 + row * STEP_Y };
  };
  const rows = Math.ceil(graph.nodes.length / PER_ROW);
  const current = graph.edges[cursor.value]?.to ?? 0;
  return (
    <>
      <p class="muted">
        {count(graph.nodes.length)} distinct states, {count(graph.edges.length)} events. A node is a state; an
        event that changes nothing returns to its own.
      </p>
      <div class="graph-scroll">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand for an SVG */}
        <svg
          class="graph"
          role="group"
          aria-label="Graph of states"
          width={40 + PER_ROW * STEP_X}
          height={30 + rows * STEP_Y}
          viewBox={`0 0 ${40 + PER_ROW * STEP_X} ${30 + rows * STEP_Y}`}
        >
          <defs>
            <marker
              id="tip"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto-start-reverse"
            >
              <path d="M0 0 8 4 0 8z" class="tip" />
            </marker>
          </defs>
          {graph.edges
            .filter(({ from, to }) => from !== to)
            .map(({ seq, from, to, text }) => (
              <path
                key={seq}
                class={seq === cursor.value ? "edge current" : "edge"}
                d={arrow(place(from), place(to), Math.abs(to - from) > 1)}
                marker-end="url(#tip)"
              >
                <title>{`#${seq}: ${text}`}</title>
              </path>
            ))}
          {graph.nodes.map((node, number) => {
            const { x, y } = place(number);
            const own = graph.edges.filter(({ from, to }) => from === number && to === number).length;
            const name = node.firstSeq < 0 ? "start" : `#${node.firstSeq}`;
            const said = node.firstSeq < 0 ? "before the first event" : `first after event ${node.firstSeq}`;
            return (
              // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in an SVG
              <g
                key={node.digest}
                class={number === current ? "node current" : "node"}
                role="button"
                tabindex={0}
                aria-label={`${name}: state ${number}, ${said}${own > 0 ? `, ${own} events change nothing` : ""}`}
                aria-pressed={number === current}
                onClick={() => goTo(node.firstSeq)}
                onKeyDown={(event) => {
                  if (event.key === "Enter") goTo(node.firstSeq);
                }}
              >
                <circle cx={x} cy={y} r={R} />
                <text x={x} y={y} text-anchor="middle" dominant-baseline="central">
                  {name}
                </text>
                {own > 0 && (
                  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: text takes no focus; the node's name tells the same
                  <text class="own" aria-hidden="true" x={x} y={y - R - 8} text-anchor="middle">
                    ↻ {own}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
    </>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function arrow(from: Point, to: Point, bent: boolean): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const dx = (to.x - from.x) / length;
  const dy = (to.y - from.y) / length;
  const begin = `${from.x + dx * R} ${from.y + dy * R}`;
  const end = `${to.x - dx * R} ${to.y - dy * R}`;
  if (!bent) return `M${begin} L${end}`;
  const away = Math.min(60, length / 3);
  return `M${begin} Q${(from.x + to.x) / 2 + dy * away} ${(from.y + to.y) / 2 - dx * away} ${end}`;
}
