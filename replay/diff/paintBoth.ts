import { initialState } from "../../core/state.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { events } from "../bootEvents.ts";
import { stateAt } from "../replayBoot.ts";
import { Interner } from "./column.ts";
import { type DifferingPages, differingPages, mayDiffer, withWide } from "./differingPages.ts";
import type { Compared } from "./firstDifference.ts";
import { Painter } from "./paint.ts";
import type { Portrait } from "./portrait.ts";
import type { SameEnd } from "./sameEvents.ts";

/** The portraits of two boots; of what is the same at their beginning and end they hold no more than must be. */
export interface Portraits {
  readonly a: Portrait;
  readonly b: Portrait;
  readonly words: Interner;
  /** How many events at the end were looked at only where their effect may differ. */
  readonly suffix: number;
}

/**
 * Folds both boots from event `from` on, before which both have the same. Of the events at the end, which are the
 * same, only those are folded that touch what differs between the states before them.
 */
export function paintBoth(a: Compared, b: Compared, from: number, end: SameEnd): Portraits {
  const suffix = end.byPages ? end.count : 0;
  const words = new Interner();
  const start = from === 0 ? null : stateAt(a.reader, from - 1);
  const painterOf = ({ reader }: Compared): Painter =>
    new Painter(reader, from, start ?? initialState(reader.info.header.family), words);
  const [painterA, painterB] = [painterOf(a), painterOf(b)];
  const stateA = painterA.until(a.end - suffix);
  const stateB = painterB.until(b.end - suffix);
  const pages = suffix === 0 ? null : differingPages(stateA, stateB);
  if (pages === null) {
    painterA.until(a.end);
    painterB.until(b.end);
  } else if (pages.size > 0) followBoth(a, b, suffix, pages, withWide(pages, end.wide), painterA, painterB);
  const known = pages === null ? 0 : suffix;
  const finish = (painter: Painter, { end }: Compared): Portrait => painter.finish(end, end - known);
  return { a: finish(painterA, a), b: finish(painterB, b), words, suffix: known };
}

/** The last events are read once, for both. */
function followBoth(
  a: Compared,
  b: Compared,
  suffix: number,
  pages: DifferingPages,
  followed: DifferingPages,
  painterA: Painter,
  painterB: Painter,
): void {
  const shift = b.end - a.end;
  const objectOf = (device: string) => painterA.objectOf(device as DeviceName);
  for (const event of events(a.reader, a.end - suffix, a.end - 1)) {
    if (!mayDiffer(event.event, pages, followed, objectOf)) continue;
    painterA.add(event);
    painterB.add({ ...event, seq: event.seq + shift });
  }
}
