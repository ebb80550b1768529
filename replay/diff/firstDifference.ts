import type { Json } from "../../base/canonicalJson.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { events } from "../bootEvents.ts";
import type { Anchors } from "./anchors.ts";
import { ASPECTS, type Aspect, type Changes, type Difference, type FirstDifference } from "./report.ts";

/** How many events before and after the first difference are told. */
export const CONTEXT_EVENTS = 4;

/** One boot and how much of it is compared. */
export interface Compared {
  readonly reader: BootReader;
  readonly end: number;
}

/** The earliest of all differences that begin with an event, with what stands around it in both boots; null: there is none. */
export function firstDifferenceOf(
  found: Readonly<Record<Aspect, Changes>>,
  anchors: Anchors,
  a: Compared,
  b: Compared,
): FirstDifference | null {
  return earliest(ASPECTS, found, anchors, a, b);
}

/** The same among some kinds of differences. */
export function earliest(
  aspects: readonly Aspect[],
  found: Readonly<Record<Aspect, Changes>>,
  anchors: Anchors,
  a: Compared,
  b: Compared,
): FirstDifference | null {
  let first: Candidate | null = null;
  for (const aspect of aspects) {
    const { added, removed, changed } = found[aspect];
    const lists = [[removed, "a"] as const, [changed, null] as const, [added, "b"] as const];
    for (const [list, only] of lists)
      for (const change of list) {
        const place = change.seqA ?? (change.seqB === null ? null : anchors.toA(change.seqB));
        if (place !== null && (first === null || place < first.place))
          first = { aspect, change, place, only };
      }
  }
  if (first === null) return null;
  const { aspect, change, place, only } = first;
  const seqA = within(place, a);
  const seqB = within(change.seqB ?? anchors.toB(place), b);
  return { seqA, seqB, aspect, only, text: change.text, ...contexts(seqA, seqB, a, b) };
}

interface Candidate {
  readonly aspect: Aspect;
  readonly change: Difference;
  readonly place: number;
  readonly only: "a" | "b" | null;
}

/** The events around one of each boot. */
export function contexts(
  seqA: number | null,
  seqB: number | null,
  a: Compared,
  b: Compared,
): Pick<FirstDifference, "contextA" | "contextB"> {
  return { contextA: contextOf(a, seqA), contextB: contextOf(b, seqB) };
}

function within(seq: number, { end }: Compared): number | null {
  return seq < end ? Math.max(0, seq) : null;
}

/** The last events where the boot has ended. */
function contextOf({ reader, end }: Compared, seq: number | null): Json[] {
  const around = seq ?? end;
  const to = Math.min(end - 1, around + CONTEXT_EVENTS);
  return [...events(reader, Math.max(0, around - CONTEXT_EVENTS), to)].map((event) => eventJson(event));
}
