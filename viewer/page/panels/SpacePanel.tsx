import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { SpaceRef, SpaceView, StateView } from "../../viewModel.ts";
import { address, count, pageOf, pagesSize, plural } from "../format.ts";
import { boot, cursor, detail, type PageRange, pages, space, state } from "../model.ts";
import { attempt } from "../navigate.ts";
import { server } from "../server.ts";
import { palette } from "../theme.ts";
import { clamp } from "../zoom.ts";
import { drawSpace } from "./drawSpace.ts";
import { Jump } from "./Jump.tsx";

const WHOLE: PageRange = { first: 0, last: 2 ** 52 - 1 };
const ROWS_SHOWN = 200;
const ASK_AGAIN_MS = 600;

/** The address space of an object as a picture: what is granted at the cursor, what was, and where faults hit. */
export function SpacePanel() {
  const machine = state.value;
  const refs = machine === null ? [] : spacesOf(machine);
  const chosen = space.value ?? usual(refs);
  const shown = useSpace(chosen);
  if (machine === null) return <p class="muted">Loading the state…</p>;
  if (chosen === null) return <p>No object exists at this event, so there is no address map yet.</p>;
  const range = pages.value ?? (shown && fitted(shown)) ?? WHOLE;
  return (
    <>
      <div class="space-tools">
        <label>
          Address space{" "}
          <select
            value={chosen}
            onChange={(event) => {
              space.value = event.currentTarget.value;
              pages.value = null;
            }}
          >
            {!refs.some((ref) => ref.id === chosen) && (
              <option value={chosen}>{chosen} (not at this event)</option>
            )}
            {refs.map((ref) => (
              <option key={ref.id} value={ref.id}>
                {ref.title} ({plural(ref.mappings, "run")})
              </option>
            ))}
          </select>
        </label>
        <fieldset class="buttons" aria-label="Zoom of the address map">
          <button type="button" onClick={() => zoom(range, 0.25)}>
            Zoom in
          </button>
          <button type="button" onClick={() => zoom(range, 4)}>
            Zoom out
          </button>
          <button type="button" onClick={() => (pages.value = shown && fitted(shown))}>
            Fit
          </button>
          <button type="button" onClick={() => (pages.value = WHOLE)}>
            64 bits
          </button>
        </fieldset>
      </div>
      <RangeFields range={range} />
      <Picture view={shown} range={range} />
      <p class="legend">
        <Sign form="rw" /> read and write <Sign form="r" /> read only <Sign form="w" /> write only{" "}
        <Sign form="gone" /> revoked before <span class="mark-fault">▲</span> fault
      </p>
      {shown !== null && <Runs view={shown} />}
    </>
  );
}

function spacesOf(machine: StateView): SpaceRef[] {
  return [
    ...machine.objects.map((object) => object.space),
    ...machine.devices.flatMap((device) => device.spaces),
    ...machine.guests.flatMap((guest) => [guest.memory, ...guest.objects]),
  ];
}

/** Where nobody chose: the space of the device that the event is about, else the one with the most in it. */
function usual(refs: readonly SpaceRef[]): string | null {
  const about = detail.value?.event;
  const device = state.value?.devices.find(({ device }) => device === about?.["device"]);
  const object = about?.["object"] ?? device?.object;
  const named = refs.find((ref) => ref.id === `object:${object}`);
  return (named ?? refs.toSorted((a, b) => b.mappings - a.mappings)[0])?.id ?? null;
}

/** The part that holds every grant there is or was, with some room around. */
function fitted({ extent }: SpaceView): PageRange | null {
  if (extent === null) return null;
  const room = Math.ceil((extent[1] - extent[0] + 1) * 0.04);
  return { first: Math.max(0, extent[0] - room), last: Math.min(WHOLE.last, extent[1] + room) };
}

function zoom(range: PageRange, factor: number, about = (range.first + range.last + 1) / 2): void {
  const width = clamp((range.last - range.first + 1) * factor, 1, 2 ** 52);
  const part = (about - range.first) / (range.last - range.first + 1);
  const first = clamp(Math.floor(about - part * width), 0, 2 ** 52 - Math.ceil(width));
  pages.value = { first, last: Math.min(WHOLE.last, first + Math.max(1, Math.round(width)) - 1) };
}

/** The picture's data at the cursor; asked for again while what was revoked is still being gathered. */
function useSpace(chosen: string | null): SpaceView | null {
  const [shown, setShown] = useState<SpaceView | null>(null);
  const name = boot.value?.boot;
  const seq = cursor.value;
  const asked = pages.value;
  const [again, askAgain] = useState(0);
  useEffect(() => {
    if (name === undefined || chosen === null) return undefined;
    const asking = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    void attempt(async () => {
      const columns = 512;
      const part = (range: PageRange) => ({
        space: chosen,
        first: address(range.first),
        last: address(range.last, 0xfff),
        columns,
      });
      let view = await server.space(name, seq, part(asked ?? WHOLE), asking.signal);
      // What fits is known only when something is known.
      const fit = asked === null ? fitted(view) : null;
      if (fit !== null) view = await server.space(name, seq, part(fit), asking.signal);
      if (asking.signal.aborted) return;
      setShown(view);
      if (view.revoked === null) timer = setTimeout(() => askAgain((n) => n + 1), ASK_AGAIN_MS);
    });
    return () => {
      asking.abort();
      clearTimeout(timer);
    };
  }, [name, seq, chosen, asked, again]);
  return shown?.space === chosen ? shown : null;
}

function RangeFields({ range }: { readonly range: PageRange }) {
  const set = (which: "first" | "last", text: string) => {
    const page = pageOf(text);
    if (page === null) return;
    const next = { ...range, [which]: page };
    if (next.first <= next.last) pages.value = next;
  };
  return (
    <p class="space-range">
      <label>
        from{" "}
        <input
          type="text"
          spellcheck={false}
          value={address(range.first)}
          onChange={(event) => set("first", event.currentTarget.value)}
        />
      </label>
      <label>
        to{" "}
        <input
          type="text"
          spellcheck={false}
          value={address(range.last, 0xfff)}
          onChange={(event) => set("last", event.currentTarget.value)}
        />
      </label>
      <span class="muted">{pagesSize(range.last - range.first + 1)}</span>
    </p>
  );
}

function Picture({ view, range }: { readonly view: SpaceView | null; readonly range: PageRange }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useRef({ view, range });
  now.current = { view, range };
  useEffect(() => {
    const target = canvas.current!;
    const draw = () => drawSpace(target, now.current.view, now.current.range, palette());
    const stop = effect(draw);
    const resized = new ResizeObserver(draw);
    resized.observe(target);
    const end = watch(target, () => now.current.range);
    return () => {
      stop();
      resized.disconnect();
      end();
    };
  }, []);
  useEffect(() => {
    if (canvas.current !== null) drawSpace(canvas.current, view, range, palette());
  }, [view, range]);
  const told =
    view === null
      ? "loading"
      : `${plural(view.runsTotal, "granted run")}, ${plural(view.revokedTotal, "revoked run")} and ${plural(view.faultsTotal, "fault")} between ${address(range.first)} and ${address(range.last, 0xfff)}`;
  return <canvas ref={canvas} class="space-canvas" role="img" aria-label={`Address map: ${told}`} />;
}

function watch(canvas: HTMLCanvasElement, range: () => PageRange): () => void {
  const end = new AbortController();
  const options = { signal: end.signal };
  const pageAt = (clientX: number) => {
    const box = canvas.getBoundingClientRect();
    const { first, last } = range();
    return first + ((clientX - box.left) / box.width) * (last - first + 1);
  };
  let drag: { readonly x: number; readonly range: PageRange } | null = null;
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(range(), 1.003 ** event.deltaY, pageAt(event.clientX));
    },
    { ...options, passive: false },
  );
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      canvas.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, range: range() };
    },
    options,
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (drag === null || Math.abs(event.clientX - drag.x) < 3) return;
      const width = drag.range.last - drag.range.first + 1;
      const by = Math.round(((drag.x - event.clientX) / canvas.clientWidth) * width);
      const first = clamp(drag.range.first + by, 0, 2 ** 52 - width);
      pages.value = { first, last: first + width - 1 };
    },
    options,
  );
  for (const name of ["pointerup", "pointercancel"] as const)
    canvas.addEventListener(name, () => (drag = null), options);
  return () => end.abort();
}

function Sign({ form }: { readonly form: "rw" | "r" | "w" | "gone" }) {
  return <span class={`sign sign-${form}`} aria-hidden="true" />;
}

function Runs({ view }: { readonly view: SpaceView }) {
  const rows = [...view.runs, ...(view.revoked ?? [])].slice(0, ROWS_SHOWN);
  const total = view.runsTotal + view.revokedTotal;
  return (
    <table>
      <caption>
        Runs in sight{" "}
        <span class="muted">
          {count(view.runsTotal)} granted,{" "}
          {view.revoked === null ? "revoked ones are being gathered" : `${count(view.revokedTotal)} revoked`}
        </span>
      </caption>
      <thead>
        <tr>
          <th scope="col">address</th>
          <th scope="col">size</th>
          <th scope="col">target</th>
          <th scope="col">access</th>
          <th scope="col">granted</th>
          <th scope="col">revoked</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((run) => (
          <tr
            key={`${run.firstPage} ${run.since} ${run.revoked}`}
            class={run.revoked === null ? "" : "faint"}
          >
            <th scope="row">{address(run.firstPage)}</th>
            <td class="num">{pagesSize(run.lastPage - run.firstPage + 1)}</td>
            <td>{address(run.targetPage)}</td>
            <td>{run.access}</td>
            <td class="num">
              <Jump seq={run.since} />
            </td>
            <td class="num">{run.revoked === null ? "–" : <Jump seq={run.revoked} />}</td>
          </tr>
        ))}
        {rows.length < total && (
          <tr>
            <td colSpan={6} class="muted">
              {count(total - rows.length)} more; zoom in to see them
            </td>
          </tr>
        )}
        {total === 0 && (
          <tr>
            <td colSpan={6} class="muted">
              nothing is or was granted here
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
