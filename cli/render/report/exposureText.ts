import type { ExposureReport } from "../../../replay/exposure/exposure.ts";
import { durationText } from "../../../replay/why/tell.ts";
import { plural } from "../table.ts";

/** The figures of a boot's exposure as one sentence; where nobody recorded times, windows are counted. */
export function exposureText({ totals, windows }: ExposureReport): string {
  const untimed = windows.filter(({ address, durationNs }) => address === null && durationNs === null).length;
  const open =
    totals.unrestrictedSeconds === 0 && untimed > 0
      ? `${plural(untimed, "window")} without confinement, of unknown length`
      : `${totals.unrestrictedSeconds.toFixed(3)} device-seconds without confinement`;
  const longest = totals.staleLongestNs === 0 ? "" : `, the longest ${durationText(totals.staleLongestNs)}`;
  const stale = `${plural(totals.staleWindows, "stale window")}${longest}, ${plural(totals.staleTransfers, "transfer")} through them`;
  return `${open}, ${plural(totals.unrestrictedTransfers, "transfer")} made meanwhile; ${stale}; ${plural(totals.roundingGrants, "grant")} rounded out to pages`;
}
