import type { Grant } from "../../core/parts/addressSpace.ts";
import type { Interval } from "../../core/parts/intervalMap.ts";
import { rulesOf } from "../../core/units/families.ts";
import type { MappingAddCall } from "../../events/clientEvents.ts";
import type { TransferDenied } from "../../events/outcome.ts";
import { covers, neededAccess } from "../../events/vocabulary/access.ts";
import { addressToBigint, formatAddress } from "../../events/vocabulary/address.ts";
import type { MappingRow } from "../../store/eventStore.ts";
import type { Cause } from "./causeKinds.ts";
import { type Evidence, lastBefore, STARTUP_GRANTS } from "./evidence.ts";
import { guestAddressCause } from "./stageCause.ts";
import { pagesText } from "./tell.ts";
import { agoText, byWhom, laterText, present } from "./when.ts";

/** How many events after a transfer a grant counts as the one that the transfer was too early for. */
const SOON_EVENTS = 256;

/** Why a page is not granted; the first rule that the evidence proves is the answer. */
export function unmappedCause(evidence: Evidence, denied: TransferDenied): Cause {
  const { question, object, page, space, grantsOfPage } = evidence;
  const [below, above] = [space?.below(page) ?? null, space?.above(page) ?? null];
  const used = formerObjects(evidence);
  const before = grantsOfPage
    .filter(
      (row) =>
        row.revokedSeq !== null &&
        row.revokedSeq < question.seq &&
        (row.object === object || used.some((use) => heldDuring(row, use))),
    )
    .sort((x, y) => x.revokedSeq! - y.revokedSeq!)
    .at(-1);
  // Pages before the refused one passed: it began in what is granted, if in several grants.
  const runsOver = below !== null && below.last + 1 === page && question.bytes.firstPage < page;
  // What was cut off from the very grant that it began in is no end of that grant.
  if (runsOver && before?.grantedSeq !== below.value.since) return runsPastTheEnd(evidence, below);
  if (before !== undefined) return useAfterUnmap(evidence, before);
  const later = grantsOfPage.find((row) => row.object === object && row.grantedSeq >= question.seq);
  // Addresses are used again: only a grant that comes soon is the one that came too late.
  if (later !== undefined && later.grantedSeq - question.seq <= SOON_EVENTS)
    return useBeforeMap(evidence, later);
  if (below !== null && below.last + 1 === page) return beginsPastTheEnd(evidence, below, denied);
  if (above !== null && above.first === page + 1) {
    const early = beginsBeforeTheStart(evidence, above);
    if (early !== null) return early;
  }
  return (
    targetAsAddress(evidence, denied) ??
    guestAddressCause(evidence, denied) ??
    grantedElsewhere(evidence) ??
    (later === undefined ? neverGranted(evidence) : useBeforeMap(evidence, later))
  );
}

/** A device used an object from one seq to another. */
interface Use {
  readonly object: string;
  readonly from: number;
  readonly to: number;
}

/** The objects that the device used before; what they granted it meanwhile, it may still believe to have. */
function formerObjects({ rare, question: { device, seq: end } }: Evidence): Use[] {
  const uses: Use[] = [];
  let open: { readonly object: string; readonly from: number } | null = null;
  for (const { event, cause, seq: told } of rare) {
    const seq = cause ?? told;
    if (seq >= end) break;
    const begins = event.kind === "attach" || event.kind === "DeviceAttached";
    const ends = event.kind === "detach" || event.kind === "DeviceDetached";
    if (!(begins || ends) || event.device !== device) continue;
    if (open !== null) uses.push({ ...open, to: seq });
    open = begins ? { object: event.object, from: seq } : null;
  }
  return open === null ? uses : [...uses, { ...open, to: end }];
}

function heldDuring({ object, grantedSeq, revokedSeq }: MappingRow, use: Use): boolean {
  return object === use.object && grantedSeq <= use.to && revokedSeq! >= use.from;
}

/** The same page granted in another object at the moment of the question. */
export function liveElsewhere({ grantsOfPage, object, question }: Evidence): MappingRow | undefined {
  return grantsOfPage.find(
    (row) =>
      row.object !== object &&
      row.grantedSeq < question.seq &&
      (row.revokedSeq === null || row.revokedSeq > question.seq),
  );
}

function runsPastTheEnd({ question, object }: Evidence, { first, last, value }: Interval<Grant>): Cause {
  const { lastPage, lastOffset } = question.bytes;
  const past = addressToBigint({ page: lastPage, offset: lastOffset }) - ((BigInt(last) << 12n) | 0xfffn);
  return {
    kind: "past-the-end",
    text: `it begins inside the grant ${pagesText(first, last)} of ${object} and runs ${bytesText(past)} past its end`,
    seqs: [value.since],
  };
}

function beginsPastTheEnd(
  { object }: Evidence,
  { first, last, value }: Interval<Grant>,
  denied: TransferDenied,
): Cause {
  const where = denied.at.offset === 0 ? "right at" : `${bytesText(BigInt(denied.at.offset))} past`;
  return {
    kind: "past-the-end",
    text: `it begins ${where} the end of the grant ${pagesText(first, last)} of ${object}`,
    seqs: [value.since],
  };
}

/** It reaches into the grant above, or ends right at its start; a transfer of bytes further down has nothing to do with that grant. */
function beginsBeforeTheStart(
  { question, object, page }: Evidence,
  { first, last, value }: Interval<Grant>,
): Cause | null {
  const { firstOffset, lastPage, lastOffset } = question.bytes;
  const reaches = lastPage >= first;
  if (!reaches && !(lastPage === page && lastOffset === 0xfff)) return null;
  const early =
    (BigInt(first) << 12n) - addressToBigint({ page: question.bytes.firstPage, offset: firstOffset });
  const end = reaches ? "runs into it" : "ends right before it";
  return {
    kind: "before-the-start",
    text: `it begins ${bytesText(early)} before the grant ${pagesText(first, last)} of ${object} and ${end}`,
    seqs: [value.since],
  };
}

function targetAsAddress(
  { space, page, question, state, object }: Evidence,
  denied: TransferDenied,
): Cause | null {
  const aimed = space
    ?.mappings()
    .find(
      ({ first, last, value }) =>
        value.delta !== 0 && page >= first + value.delta && page <= last + value.delta,
    );
  const needed = neededAccess(question.access);
  if (aimed === undefined || !covers(rulesOf(state.family).effectiveAccess(aimed.value.access), needed))
    return null;
  const [used, right] = [page, page - aimed.value.delta].map((each) => formatAddress(each, denied.at.offset));
  return {
    kind: "target-used-as-address",
    text: `${used} is where a grant of ${object} leads, not what the device should use: the physical address was given to the device in place of its own ${right}`,
    seqs: [aimed.value.since],
  };
}

function grantedElsewhere(evidence: Evidence): Cause | null {
  const { page, state, object, question } = evidence;
  const elsewhere = liveElsewhere(evidence);
  if (elsewhere === undefined) return null;
  const moved = leftBehind(evidence, elsewhere.object);
  const users = [...state.devices]
    .filter(([, { object }]) => object === elsewhere.object)
    .map(([name]) => name);
  const whose = elsewhere.object.startsWith(STARTUP_GRANTS)
    ? ""
    : users.length === 0
      ? " (no device uses it)"
      : ` (of ${users.slice(0, 4).join(", ")})`;
  const then = moved === null ? "" : `; it used ${elsewhere.object} from seq ${moved}`;
  return {
    kind: "granted-elsewhere",
    text: `${pagesText(page, page)} is granted in ${elsewhere.object}${whose}, not in ${object}, which ${question.device} uses${then}`,
    seqs: present([moved, elsewhere.grantedSeq]),
  };
}

/** The seq at which the device was last attached to an object that it no longer uses, or null. */
function leftBehind(evidence: Evidence, object: string): number | null {
  const { device } = evidence.question;
  const attached = lastBefore(
    evidence,
    ({ event }) => event.kind === "attach" && event.device === device && event.object === object,
  );
  return attached?.seq ?? null;
}

function useBeforeMap(evidence: Evidence, { grantedSeq }: MappingRow): Cause {
  return {
    kind: "use-before-map",
    text: `not yet granted: ${evidence.object} is granted the page at seq ${grantedSeq}, ${laterText(evidence, grantedSeq)}`,
    seqs: [grantedSeq],
  };
}

function useAfterUnmap(evidence: Evidence, row: MappingRow): Cause {
  const { page, state, question } = evidence;
  const { object, access, grantedSeq, revokedSeq } = row;
  const client = [...state.objects].find(([name]) => name === object)?.[1].client ?? null;
  const owner = client === null ? "" : `, which belongs to ${client},`;
  const user = object === evidence.object ? "" : `, which ${question.device} used,`;
  const revoked = `revoked${byWhom(evidence, revokedSeq!, object)} at seq ${revokedSeq}`;
  return {
    kind: "use-after-unmap",
    text: `${pagesText(page, page)} of ${object}${user === "" ? owner : user} was granted ${access} at seq ${grantedSeq} and ${revoked}, ${agoText(evidence, revokedSeq!)}`,
    seqs: [grantedSeq, revokedSeq!],
  };
}

function neverGranted(evidence: Evidence): Cause {
  const { object, page, question } = evidence;
  const earlier = refusedRequest(evidence);
  const asked =
    earlier === null ? "" : `; it was asked for at seq ${earlier.seq} and refused with ${earlier.errno}`;
  return {
    kind: earlier === null ? "never-granted" : "request-refused",
    text: `no event of this boot ever granted ${pagesText(page, page)} to ${whoseTable(object, question.device)}${asked}`,
    seqs: present([earlier?.seq]),
  };
}

/** The last call before the transfer that asked for the page and was refused. */
function refusedRequest(evidence: Evidence): { readonly seq: number; readonly errno: string } | null {
  const { rare, question, eventAt } = evidence;
  for (const { event, cause, seq } of rare.toReversed()) {
    if (seq >= question.seq || event.kind !== "CallReturned" || event.errno === null || cause === null)
      continue;
    const call = eventAt(cause)?.event;
    if (call?.kind !== "call" || call.call.function !== "smmu_mapping_add") continue;
    if (asksFor(evidence, call.client, call.call)) return { seq: cause, errno: event.errno };
  }
  return null;
}

function asksFor(
  { rare, page, object }: Evidence,
  client: string,
  { sop, entries }: MappingAddCall,
): boolean {
  const named = rare.some(
    ({ event }) =>
      event.kind === "CallReturned" && event.client === client && event.as === sop && event.object === object,
  );
  return (
    named &&
    (entries ?? []).some(({ phys, len }) => {
      const [start, length] = [addressToBigint(phys), addressToBigint(len)];
      return length > 0n && start >> 12n <= BigInt(page) && (start + length - 1n) >> 12n >= BigInt(page);
    })
  );
}

function whoseTable(object: string | null, device: string): string {
  return object === null || object === STARTUP_GRANTS
    ? `${device}, which has its start-up grants alone`
    : object;
}

function bytesText(count: bigint): string {
  return `${count} ${count === 1n ? "byte" : "bytes"}`;
}
