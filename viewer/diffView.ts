import { compareBoots } from "../replay/diff/diffBoots.ts";
import { ASPECTS } from "../replay/diff/report.ts";
import type { BootReader } from "../store/eventStore.ts";
import { RequestProblem } from "./problem.ts";
import { DIFF_EVENTS_MAX, type DiffLine, type DiffView } from "./viewModel.ts";

/** The most differences that are listed. */
const LINES_MAX = 2000;
const PLACES = 512;

/** Compares two boots; those too long for a page are left to the command line. */
export function diffView(a: BootReader, b: BootReader): DiffView {
  const [eventsA, eventsB] = [a.info.events, b.info.events];
  if (eventsA + eventsB > DIFF_EVENTS_MAX)
    throw new RequestProblem(
      413,
      `${a.info.name} and ${b.info.name} have ${eventsA + eventsB} events together; the viewer compares up to ${DIFF_EVENTS_MAX}. smmu diff compares any boots`,
    );
  const { report, anchors } = compareBoots(a, b);
  const lines: DiffLine[] = [];
  for (const aspect of ASPECTS)
    for (const change of ["added", "removed", "changed"] as const)
      for (const { seqA, seqB, text } of report[aspect][change])
        lines.push({ aspect, change, seqA, seqB, text });
  lines.sort((x, y) => placeOf(x) - placeOf(y));
  const { firstDifference } = report;
  const places: (readonly [number, number])[] = [];
  for (let i = 0; i <= PLACES && eventsA > 0 && eventsB > 0; i++) {
    const seqA = Math.round((i / PLACES) * (eventsA - 1));
    const before = places.at(-1)?.[1] ?? 0;
    places.push([seqA, Math.min(eventsB - 1, Math.max(before, anchors.toB(seqA)))]);
  }
  return {
    a: a.info.name,
    b: b.info.name,
    equal: report.equal,
    first: firstDifference && {
      aspect: firstDifference.aspect,
      change: "first",
      seqA: firstDifference.seqA,
      seqB: firstDifference.seqB,
      text: firstDifference.text,
    },
    lines: lines.slice(0, LINES_MAX),
    omitted: Math.max(0, lines.length - LINES_MAX),
    places,
  };
}

// What has no place of its own comes last.
function placeOf({ seqA, seqB }: DiffLine): number {
  return seqA ?? seqB ?? Number.POSITIVE_INFINITY;
}
