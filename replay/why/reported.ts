import type { RecordedEvent } from "../../events/recordedEvent.ts";
import type { FaultStimulus } from "../../events/stimulus.ts";
import { formatAddress, parseAddress } from "../../events/vocabulary/address.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { NearMiss } from "./nearMisses.ts";

/** What a fault report tells by itself, where the recording holds too little to ask its tables. */
export interface ReportStory {
  readonly text: string;
  /** Grants of the reported page in any object: one of them may be the one that was missing. */
  readonly nearMisses: readonly NearMiss[];
}

const NEAR_MAX = 8;

/** Tells what a report says and what its reason means; nothing beyond it is taken for known. */
export function storyOfReport(
  reader: BootReader,
  recorded: RecordedEvent,
  fault: FaultStimulus,
): ReportStory {
  const { report } = fault;
  const meaning = meaningOf(report.reason);
  const what = report.kind === "dma-fault" ? "refused" : "reported";
  const said = [report.reason, report.code].filter((part) => part !== null).join(", ");
  const address = report.address === null ? null : parseAddress(report.address);
  return {
    text: `the unit ${what} ${reportedText(fault)}${said === "" ? "" : ` (${said})`}: ${meaning}`,
    nearMisses: address === null ? [] : grantsOf(reader, recorded.seq, address.page),
  };
}

/** What a report was about, in words: `a write of 00:12.0 at 0x1000`, as far as it says. */
export function reportedText({ device, report }: FaultStimulus): string {
  const { bdf, streamId, unit, access, address } = report;
  const who = device ?? bdf ?? streamId ?? (unit === null ? "some device" : `some device behind ${unit}`);
  const what =
    access === "interrupt"
      ? "an interrupt"
      : access === "unknown"
        ? "an access (it does not say whether a read or a write)"
        : `a ${access}`;
  return `${what} of ${who}${address === null ? "" : ` at ${address}`}`;
}

function meaningOf(reason: string | null): string {
  return (
    (reason === null ? undefined : MEANINGS.find(([words]) => words.test(reason))?.[1]) ??
    "what that means in this unit, its manual says"
  );
}

// By the class words of reports (hardware 7); those of no page first.
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^interrupt/, "an interrupt was stopped by the unit's interrupt remapping; no memory was asked for"],
  [
    /^invalidation-timeout|^illegal-command|^command-/,
    "a command to the unit itself failed; no transfer was refused",
  ],
  [
    /^(write|read)-denied$/,
    "the page is not mapped for the device, or not for this access: the number does not tell which (hardware 1.4)",
  ],
  [/^not-mapped$|^unmapped$/, "the page is not mapped for the device"],
  [/^permission$|-denied$/, "the page is mapped for the device, but not for this access"],
  [
    /^(next-table-invalid|page-table-unreadable)$/,
    "the unit could not read a page table on its way: the tables are broken or gone, whatever was granted",
  ],
  [
    /reserved-bits$/,
    "the unit found bits set that it keeps for itself: an entry was written wrongly, or by a newer driver",
  ],
  [
    /^address-(beyond-width|size|not-canonical)$/,
    "the address is wider than the unit takes; no mapping can permit it",
  ],
  [
    /^translated-request-forbidden$|^blocked-translation$|^translation-request-blocked$/,
    "the device used an address as translated already (ATS), which the unit does not allow it",
  ],
  [
    /^(context|root)-not-present$|^unidentified-stream$|^bad-stream/,
    "the unit has nothing set up for the device: it was attached to nothing, or detached before",
  ],
  [
    /^invalid-device-request$/,
    "the device made a request of a kind that the unit does not take at that address, such as one in its interrupt range",
  ],
  [
    /^(context|root|device|pasid)/,
    "the unit's own entry for the device is missing or wrong: that is how it was set up, not what it was granted",
  ],
];

function grantsOf(reader: BootReader, seq: number, page: number): NearMiss[] {
  const found: NearMiss[] = [];
  for (const row of reader.mappings({ object: null, firstPage: page, lastPage: page })) {
    if (found.length === NEAR_MAX) break;
    const live = row.grantedSeq < seq && (row.revokedSeq === null || row.revokedSeq > seq);
    const end = row.revokedSeq === null ? "" : `, revoked at seq ${row.revokedSeq}`;
    found.push({
      what: live ? "other-object" : row.grantedSeq > seq ? "later" : "earlier",
      object: row.object,
      address: formatAddress(row.firstPage),
      length: `0x${(BigInt(row.lastPage - row.firstPage + 1) << 12n).toString(16)}`,
      access: row.access,
      since: row.grantedSeq,
      until: row.revokedSeq,
      pages: 0,
      text: `the page ${row.access} in ${row.object} from seq ${row.grantedSeq}${end}`,
    });
  }
  return found;
}
