import type { VerdictRow } from "./eventStore.ts";

/** The order of two texts by UTF-16 code units: the same on every machine, whatever its locale. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of verdict counts: by device, outcome, why and conformance, null first. */
export function compareVerdicts(a: VerdictRow, b: VerdictRow): number {
  return (
    compareTexts(a.device, b.device) ||
    compareTexts(a.outcome, b.outcome) ||
    compareTexts(a.why, b.why) ||
    compareTexts(a.conformance ?? "", b.conformance ?? "")
  );
}
