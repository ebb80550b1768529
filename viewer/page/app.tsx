import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { CATEGORIES, type Category } from "../viewModel.ts";
import { compareAlong, other } from "./compare.ts";
import { count } from "./format.ts";
import { Filters, Header, helping } from "./Header.tsx";
import { KEYS, listenToKeys } from "./keys.ts";
import { announcement, boot, boots, cursor, problem, type Tab, tab } from "./model.ts";
import { begin } from "./navigate.ts";
import { DiffPanel } from "./panels/DiffPanel.tsx";
import { EventList } from "./panels/EventList.tsx";
import { EventPanel } from "./panels/EventPanel.tsx";
import { GraphPanel } from "./panels/GraphPanel.tsx";
import { SpacePanel } from "./panels/SpacePanel.tsx";
import { StatePanel } from "./panels/StatePanel.tsx";
import { WhyPanel } from "./panels/WhyPanel.tsx";
import { palette } from "./theme.ts";
import { drawGlyph } from "./timeline/glyphs.ts";
import { Timeline } from "./timeline/Timeline.tsx";
import { mainTrack, otherTrack } from "./timeline/track.ts";

const TABS: readonly (readonly [Tab, string])[] = [
  ["event", "Event"],
  ["why", "Why"],
  ["state", "State"],
  ["space", "Address map"],
  ["graph", "Graph"],
  ["diff", "Diff"],
];

function App() {
  const view = boot.value;
  return (
    <>
      <Header />
      <p class="unseen" role="status">
        {announcement}
      </p>
      {problem.value !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <main>
        {view === null ? (
          <Welcome />
        ) : (
          <>
            <Filters view={view} />
            <Timeline key={view.boot} track={mainTrack(view)} />
            {other.value !== null && (
              <Timeline key={`other ${other.value.boot}`} track={otherTrack(other.value)} />
            )}
            <Legend />
            <div class="panels">
              <EventList view={view} />
              <Aside />
            </div>
          </>
        )}
      </main>
      <Help />
    </>
  );
}

function Welcome() {
  if (boots.value === null || boots.value.length > 0) return <p class="lead">Loading…</p>;
  return (
    <p class="lead">
      This database has no boots. Import a trace with <code>smmu import FILE</code>, or try{" "}
      <code>smmu demo</code>.
    </p>
  );
}

function Aside() {
  const chosen = tab.value;
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = TABS.findIndex(([name]) => name === tab.value);
    const next = TABS[(at + by + TABS.length) % TABS.length]![0];
    tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <section class="panel aside" aria-label="At the cursor">
      <div class="tabs" role="tablist" aria-label={`At event ${count(cursor.value)}`} onKeyDown={move}>
        {TABS.map(([name, title]) => (
          <button
            type="button"
            key={name}
            id={`tab-${name}`}
            role="tab"
            aria-selected={chosen === name}
            aria-controls="tab-panel"
            tabIndex={chosen === name ? 0 : -1}
            onClick={() => (tab.value = name)}
          >
            {title}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="tab-panel" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${chosen}`} tabIndex={0}>
        <h2 class="at">Event {count(cursor.value)}</h2>
        {chosen === "event" && <EventPanel />}
        {chosen === "why" && <WhyPanel />}
        {chosen === "state" && <StatePanel />}
        {chosen === "space" && <SpacePanel />}
        {chosen === "graph" && <GraphPanel />}
        {chosen === "diff" && <DiffPanel />}
      </div>
    </section>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Signs of the timeline">
      {CATEGORIES.map((category) => (
        <li key={category}>
          <Glyph category={category} /> {category}
        </li>
      ))}
      <li>
        <span class="sign sign-unprotected" aria-hidden="true" /> unprotected
      </li>
      <li>
        <span class="sign sign-storm" aria-hidden="true" /> storm
      </li>
    </ul>
  );
}

function Glyph({ category }: { readonly category: Category }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colors = palette();
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    context.clearRect(0, 0, 28, 28);
    drawGlyph(context, category, 14, 14, 20, colors.category[category], colors.background);
  }, [category, colors]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus; the word beside it says the same
  return <canvas ref={canvas} width={28} height={28} class="glyph" aria-hidden="true" />;
}

function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helping.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={() => (helping.value = false)}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

listenToKeys();
compareAlong();
render(<App />, document.getElementById("app")!);
void begin();
