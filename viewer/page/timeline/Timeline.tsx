import { effect, useComputed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { CATEGORIES, TILE_COLUMNS } from "../../viewModel.ts";
import { count, plural, seconds } from "../format.ts";
import { filter, type Stretch } from "../model.ts";
import { palette } from "../theme.ts";
import { zoomed } from "../zoom.ts";
import { AXIS_HEIGHT, PHASE_HEIGHT, TimelinePainter } from "./draw.ts";
import { TileStore } from "./tileStore.ts";
import type { Track } from "./track.ts";

const LANE_HEIGHT = 22;
const HEAD = AXIS_HEIGHT + PHASE_HEIGHT;
const DRAG_MIN = 4;

/** The lanes of a boot over its events: labels at the left, the picture at the right. */
export function Timeline({ track }: { readonly track: Track }) {
  const { view, cursor } = track;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hint, setHint] = useState("");
  const tiles = useRef<TileStore | null>(null);
  useEffect(() => {
    const started = start(scroller.current!, canvas.current!, track, (store) => {
      tiles.current = store;
    });
    return started;
  }, [track.view]);
  const valueText = useComputed(() => `event ${count(cursor.value)} of ${count(view.events)}`);
  const about = filter.value.about;
  return (
    <section class="timeline" aria-label={track.title}>
      <div
        class="timeline-scroll"
        ref={scroller}
        style={{ maxHeight: `${view.lanes.length * LANE_HEIGHT + HEAD + 2}px` }}
      >
        <div class="timeline-lanes" style={{ minHeight: `${view.lanes.length * LANE_HEIGHT + HEAD}px` }}>
          <div class="lane-labels">
            <div class="lane-head" style={{ height: `${HEAD}px` }}>
              <strong>{view.boot}</strong>
              <span class="muted">
                {plural(view.lanes.length - 1, "lane")}
                {view.firstT === null ? "" : `, ${seconds((view.lastT ?? 0) - view.firstT)}`}
              </span>
            </div>
            {view.lanes.map((lane, number) => (
              <button
                type="button"
                key={`${lane.kind} ${lane.name}`}
                class={`lane-label lane-${lane.kind}`}
                style={{ height: `${LANE_HEIGHT}px` }}
                aria-pressed={number > 0 && lane.name === about}
                title={`${lane.kind} ${lane.name}: ${plural(lane.events, "event")}, ${plural(lane.faults, "fault")}`}
                onClick={() => toggleLane(number === 0 ? "" : lane.name)}
              >
                <span class="lane-kind">{number === 0 ? "" : lane.kind}</span>
                <span class="lane-name">{lane.name}</span>
                {lane.faults > 0 && (
                  <span class="lane-faults">
                    <span aria-hidden="true">▲</span>
                    {count(lane.faults)}
                    <span class="unseen"> faults</span>
                  </span>
                )}
              </button>
            ))}
          </div>
          <canvas
            ref={canvas}
            class="timeline-canvas"
            role="slider"
            tabIndex={0}
            aria-label="Place in the boot. Arrow keys step one event, with shift to the next fault"
            aria-valuemin={0}
            aria-valuemax={Math.max(0, view.events - 1)}
            aria-valuenow={cursor}
            aria-valuetext={valueText}
            onPointerMove={(event) => setHint(hintAt(event, track, tiles.current, scroller.current!))}
            onPointerLeave={() => setHint("")}
          />
        </div>
      </div>
      <p class="timeline-hint" aria-hidden="true">
        {hint ||
          "Drag to pan, wheel to zoom, shift-wheel to pan; click sets the cursor. Press ? for the keys."}
      </p>
    </section>
  );
}

function toggleLane(name: string): void {
  filter.value = { ...filter.value, about: filter.value.about === name ? "" : name };
}

/** Draws on each change, and minds pointer and wheel, until it is ended. */
function start(
  scroller: HTMLElement,
  canvas: HTMLCanvasElement,
  track: Track,
  tell: (tiles: TileStore) => void,
): () => void {
  const { view, stretch, cursor, marks } = track;
  const context = canvas.getContext("2d", { alpha: false })!;
  let painter: TimelinePainter;
  let due = 0;
  const paint = () => {
    due = 0;
    const scale = devicePixelRatio;
    const width = canvas.clientWidth;
    const height = scroller.clientHeight;
    if (width === 0 || height === 0) return;
    // Left to itself a canvas keeps its proportions, and its lanes would part from their names.
    canvas.style.height = `${height}px`;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    painter.draw({
      context,
      width,
      height,
      scale,
      view,
      stretch: stretch.peek(),
      cursor: cursor.peek(),
      marks: marks.peek(),
      scrollTop: scroller.scrollTop,
      laneHeight: LANE_HEIGHT,
      palette: palette(),
    });
  };
  const wake = () => {
    due ||= requestAnimationFrame(paint);
  };
  const stops = [
    effect(() => {
      // The timeline shows what the list shows.
      const tiles = new TileStore(view.boot, view.events, { ...filter.value, about: "" }, wake);
      painter = new TimelinePainter(tiles);
      tell(tiles);
      wake();
    }),
    effect(() => {
      void stretch.value;
      void cursor.value;
      void marks.value;
      void palette();
      wake();
    }),
    watchPointer(canvas, track),
  ];
  const resized = new ResizeObserver(() => {
    canvas.style.height = `${scroller.clientHeight}px`;
    wake();
  });
  resized.observe(scroller);
  resized.observe(canvas);
  scroller.addEventListener("scroll", wake);
  return () => {
    for (const stop of stops) stop();
    resized.disconnect();
    scroller.removeEventListener("scroll", wake);
    cancelAnimationFrame(due);
  };
}

function seqAt(canvas: HTMLElement, { first, last }: Stretch, clientX: number): number {
  const box = canvas.getBoundingClientRect();
  return first + ((clientX - box.left) / box.width) * (last - first);
}

function watchPointer(canvas: HTMLCanvasElement, track: Track): () => void {
  const { stretch, show, view } = track;
  const { events } = view;
  const at = (clientX: number) => seqAt(canvas, stretch.peek(), clientX);
  const end = new AbortController();
  const options = { signal: end.signal };
  let drag: { readonly x: number; readonly first: number; readonly last: number; moved: boolean } | null =
    null;
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, ...stretch.peek(), moved: false };
    },
    options,
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (drag === null) return;
      const moved = event.clientX - drag.x;
      if (!drag.moved && Math.abs(moved) < DRAG_MIN) return;
      drag.moved = true;
      const width = drag.last - drag.first;
      const by = (-moved / canvas.clientWidth) * width;
      const first = Math.min(Math.max(0, drag.first + by), Math.max(0, events - width));
      show({ first, last: first + width });
    },
    options,
  );
  canvas.addEventListener(
    "pointerup",
    (event) => {
      if (drag !== null && !drag.moved) track.goTo(Math.floor(at(event.clientX)));
      drag = null;
    },
    options,
  );
  canvas.addEventListener("pointercancel", () => (drag = null), options);
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { first, last } = stretch.peek();
      const unit = event.deltaMode === 1 ? 16 : 1;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (sideways !== 0 && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
        const by = ((sideways * unit) / canvas.clientWidth) * (last - first);
        const start = Math.min(Math.max(0, first + by), Math.max(0, events - (last - first)));
        show({ first: start, last: start + last - first });
      } else show(zoomed(stretch.peek(), 1.0015 ** (event.deltaY * unit), at(event.clientX), events));
    },
    { ...options, passive: false },
  );
  return () => end.abort();
}

/** What lies under the pointer, in words. */
function hintAt(
  event: PointerEvent,
  { view, stretch }: Track,
  tiles: TileStore | null,
  scroller: HTMLElement,
): string {
  const canvas = event.currentTarget as HTMLCanvasElement;
  const box = canvas.getBoundingClientRect();
  const seq = Math.floor(seqAt(canvas, stretch.peek(), event.clientX));
  if (tiles === null || seq < 0 || seq >= view.events) return "";
  const inside = event.clientY - box.top;
  const bands = view.bands.filter((band) => band.fromSeq <= seq && seq <= (band.toSeq ?? view.events));
  if (inside < HEAD) {
    const told = bands
      .filter((band) => band.kind === "phase" || band.kind === "dss")
      .map((band) => band.text);
    return `event ${count(seq)}: ${told.join("; ")}`;
  }
  const number = Math.floor((inside - HEAD + scroller.scrollTop) / LANE_HEIGHT);
  const lane = view.lanes[number];
  if (lane === undefined) return `event ${count(seq)}`;
  const { first, last } = stretch.peek();
  const level = tiles.levelFor(last - first, canvas.clientWidth * Math.min(2, devicePixelRatio));
  const width = 2 ** level;
  const tile = tiles.peek(level, Math.floor(seq / (TILE_COLUMNS * width)));
  const column = Math.floor((seq % (TILE_COLUMNS * width)) / width);
  const parts = (tile?.rows ?? []).flatMap(([at, category, columns, counts]) => {
    const place = at === number ? columns.indexOf(column) : -1;
    return place < 0 ? [] : [`${count(counts[place]!)} ${CATEGORIES[category]}`];
  });
  const begin = Math.floor(seq / width) * width;
  const where = width === 1 ? `event ${count(seq)}` : `events ${count(begin)}–${count(begin + width - 1)}`;
  const told = bands.filter((band) => band.lane === number && band.kind !== "phase").map((band) => band.text);
  return [`${lane.name}, ${where}: ${parts.join(", ") || "nothing"}`, ...told].join(" · ");
}
