import { translate } from "../../core/translate.ts";
import { rulesOf } from "../../core/units/families.ts";
import { covers, READ, WRITE } from "../../events/vocabulary/access.ts";
import { formatRange } from "../../events/vocabulary/byteRange.ts";
import type { ObjectName } from "../../events/vocabulary/names.ts";
import type { Evidence } from "./evidence.ts";

/**
 * Of a permitted transfer: what permits it beside what was asked for, whether it would be permitted without what left
 * devices unrestricted, and whether under the other variant of the service. Null for any other.
 */
export function otherwiseOf(evidence: Evidence): string | null {
  const { verdict } = evidence;
  if (verdict.kind !== "TransferPermitted") return null;
  const rounded = roundedOnly(evidence);
  const variant = otherVariant(evidence);
  if (verdict.via === "grant")
    return [rounded, "a grant permits it, so that it needs no unrestricted window", variant]
      .filter((part) => part !== null)
      .join("; ");
  return confined(evidence);
}

function confined({ question, state, space, object }: Evidence): string {
  const route =
    space === null
      ? ({ kind: "no-object" } as const)
      : ({ kind: "object", object: object as ObjectName | null, space, pageLimit: 2 ** 52 } as const);
  const strict = translate(rulesOf(state.family), route, question.bytes, question.access);
  return strict.verdict === "denied"
    ? `were the device confined, it would be denied: ${strict.reason}`
    : "were the device confined, its grants would permit it all the same";
}

/** Units grant whole pages (CM-12): a permitted transfer may lie outside what was asked for. */
function roundedOnly({ verdict, question, eventAt }: Evidence): string | null {
  if (verdict.kind !== "TransferPermitted" || verdict.grantedAt === null) return null;
  const grant = eventAt(verdict.grantedAt)?.event;
  if (grant?.kind !== "map") return null;
  const { bytes } = question;
  const before = bytes.firstPage === grant.bytes.firstPage && bytes.firstOffset < grant.bytes.firstOffset;
  const past = bytes.lastPage === grant.bytes.lastPage && bytes.lastOffset > grant.bytes.lastOffset;
  if (!before && !past) return null;
  return `${formatRange(grant.bytes)} was asked for; only rounding to whole pages permits it (CM-12)`;
}

/** The variants differ in what they start with and in one call; how a table is read is the same (SAF-8, G-37). */
function otherVariant({ state, verdict, eventAt }: Evidence): string {
  const { service, family } = state;
  if (service === null) return "no service is recorded, and the variants of it read a table alike";
  if (service.name === "smmuman-safety")
    return "under smmuman it is permitted, too: that refuses nothing more";
  const uncertified = service.components.filter(({ certified }) => !certified).map(({ name }) => name);
  if (uncertified.length > 0)
    return `under smmuman-safety it would be denied: ${uncertified.slice(0, 3).join(", ")} ${uncertified.length === 1 ? "is" : "are"} not certified, the start-up ends in the Design Safe State (SAF-8), and nothing is granted`;
  const grantedAt = verdict.kind === "TransferPermitted" ? verdict.grantedAt : null;
  const grant = grantedAt === null ? undefined : eventAt(grantedAt)?.event;
  const flags = grant?.kind === "call" && grant.call.function === "smmu_mapping_add" ? grant.call.flags : 0;
  const isWider = (flags & 3) === WRITE && covers(rulesOf(family).effectiveAccess(WRITE), READ);
  if (isWider)
    return "under smmuman-safety it would be denied: the call that granted it is refused with EINVAL, since the unit cannot grant writing alone (G-37)";
  return "under smmuman-safety it is permitted, too, if that and its libraries are there and certified";
}
