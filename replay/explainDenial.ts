import type { Folding } from "../core/evolve.ts";
import type { Grant } from "../core/parts/addressSpace.ts";
import type { Interval } from "../core/parts/intervalMap.ts";
import { inputWidth } from "../core/state.ts";
import type { TransferDenied } from "../events/outcome.ts";
import { formatAccess } from "../events/vocabulary/access.ts";
import { formatAddress } from "../events/vocabulary/address.ts";
import type { FaultReport } from "../events/vocabulary/faultReport.ts";

/** One sentence on why a transfer was refused, from what the machine knew at that moment. */
export function explainDenial(folding: Folding, denied: TransferDenied): string {
  const device = folding.state.devices.get(denied.device);
  const at = formatAddress(denied.at.page, denied.at.offset);
  const object = device?.object ?? null;
  switch (denied.reason) {
    case "no-object":
      return `${denied.device} is attached to no object, so nothing is granted to it`;
    case "address-size":
      return `${at} is wider than the ${inputWidth(folding.state, device) ?? "?"} bits that the unit takes`;
    case "interrupt-range":
      return `${at} lies in, or is translated into, the range that the unit keeps for interrupts`;
    case "permission": {
      const run = object === null ? null : (folding.space(object)?.at(denied.at.page) ?? null);
      const held = run === null ? "?" : formatAccess(run.value.access);
      return `${at} is granted ${held} in ${object}${run === null ? "" : ` (seq ${run.value.since})`}, but the transfer is a ${denied.access === "w" ? "write" : "read"}`;
    }
    case "unmapped":
      return object === null
        ? `nothing is granted at ${at}`
        : explainUnmapped(folding, object, denied.at.page, at);
    default:
      return `refused: ${denied.reason}`;
  }
}

/** One sentence on a report that no recorded transfer explains. */
export function explainReport(report: FaultReport, known: boolean): string {
  const what = report.reason === null ? "a fault" : `a fault (${report.reason})`;
  const from = report.unit === null ? "" : ` by ${report.unit}`;
  const rest = known
    ? "no recorded transfer matches it"
    : "the recording holds no transfers to match it with";
  return `${what} reported${from}; ${rest}`;
}

function explainUnmapped(
  folding: Folding,
  object: NonNullable<ReturnType<Folding["state"]["devices"]["get"]>>["object"] & string,
  page: number,
  at: string,
): string {
  const space = folding.space(object);
  if (space === undefined) return `nothing is granted at ${at}`;
  const stale = space.staleAt(page)?.value[0];
  if (stale !== undefined) {
    return `nothing is granted at ${at} in ${object}: its grant of seq ${stale.grant.since} was revoked at seq ${stale.revokedAt}`;
  }
  const near = [runText("below", space.below(page)), runText("above", space.above(page))].filter(
    (text) => text !== null,
  );
  return `nothing is granted at ${at} in ${object}${near.length === 0 ? ", which has no grants" : `; the nearest grants are ${near.join(" and ")}`}`;
}

function runText(where: string, run: Interval<Grant> | null): string | null {
  if (run === null) return null;
  return `${formatAddress(run.first)}-${formatAddress(run.last, 0xfff)} ${where} (seq ${run.value.since})`;
}
