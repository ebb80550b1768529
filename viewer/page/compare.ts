import { batch, computed, effect, signal } from "@preact/signals";
import type { BootView, DiffView, StateView } from "../viewModel.ts";
import { boot, cursor, otherName, type Stretch, state, stretch } from "./model.ts";
import { attempt, goTo, showStretch } from "./navigate.ts";
import { server } from "./server.ts";

/** That boot, once it is known. */
export const other = signal<BootView | null>(null);
/** What the comparison found. */
export const comparison = signal<DiffView | null>(null);
/** The other machine at the place that stands for the cursor's. */
export const otherState = signal<StateView | null>(null);

/** The cursor's place in the other boot. */
export const otherCursor = computed(() => Math.floor(toOther(cursor.value + 0.5)));

/** The stretch of the other boot that stands for the one in sight. */
export const otherStretch = computed((): Stretch => {
  const events = other.value?.events ?? 1;
  const first = Math.max(0, toOther(stretch.value.first));
  const last = toOther(stretch.value.last);
  const width = Math.min(
    events,
    Math.max(last - first, Math.min(8, stretch.value.last - stretch.value.first)),
  );
  const begin = Math.min(first, events - width);
  return { first: begin, last: begin + width };
});

/** Moves the cursor to the place that stands for an event of the other boot. */
export function goToOther(seq: number, centre = false): void {
  goTo(Math.floor(fromOther(seq + 0.5)), centre);
}

/** Shows the stretch that stands for one of the other boot. */
export function showOther({ first, last }: Stretch): void {
  showStretch({ first: fromOther(first), last: fromOther(last) });
}

/** Follows what is compared with, for as long as the page lives. */
export function compareAlong(): void {
  let asking: AbortController | undefined;
  // A comparison keeps the server busy: the panels come first.
  const ready = computed(() => state.value !== null);
  effect(() => {
    const [mine, theirs] = [ready.value ? boot.value?.boot : undefined, otherName.value];
    asking?.abort();
    batch(() => {
      other.value = null;
      comparison.value = null;
      otherState.value = null;
    });
    if (mine === undefined || theirs === "" || theirs === mine) return;
    asking = new AbortController();
    const { signal: aborted } = asking;
    void attempt(async () => {
      const [view, found] = await Promise.all([
        server.boot(theirs, aborted),
        server.diff(mine, theirs, aborted),
      ]);
      batch(() => {
        comparison.value = found;
        other.value = view;
      });
    });
  });
  let following: AbortController | undefined;
  effect(() => {
    const view = other.value;
    const seq = otherCursor.value;
    following?.abort();
    if (view === null || view.events === 0) return;
    following = new AbortController();
    const { signal: aborted } = following;
    void attempt(async () => {
      otherState.value = await server.state(view.boot, seq, aborted);
    });
  });
}

/** The place in the other boot that stands for one in this. */
export function toOther(at: number): number {
  return along(comparison.value?.places ?? [], 0, 1, at, boot.value?.events ?? 1, other.value?.events ?? 1);
}

/** The place in this boot that stands for one in the other. */
export function fromOther(at: number): number {
  return along(comparison.value?.places ?? [], 1, 0, at, other.value?.events ?? 1, boot.value?.events ?? 1);
}

/** Between two known places the way is straight; beyond the last it leads to the end. */
function along(
  places: DiffView["places"],
  from: 0 | 1,
  to: 0 | 1,
  at: number,
  endFrom: number,
  endTo: number,
): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]![from] <= at) low = middle + 1;
    else high = middle;
  }
  const before = places[low - 1];
  const after = places[low];
  const [x0, y0] = before === undefined ? [0, 0] : [before[from], before[to]];
  const [x1, y1] = after === undefined ? [endFrom, endTo] : [after[from], after[to]];
  return x1 <= x0 ? y1 : y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}
