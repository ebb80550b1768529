import type { Json } from "../../../base/canonicalJson.ts";
import { smmuv3Event, smmuv3EventNamed } from "../../../events/vocabulary/faultCodes.ts";
import type { FaultFormat, FaultReport, ReportedAccess } from "../../../events/vocabulary/faultReport.ts";
import { faultReport, hexText, paddedHex } from "../reportParts.ts";

/** What an SMMUv3 event record tells; null where it does not, or means nothing for that event (hardware 3.2, 3.3). */
export interface Smmuv3Record {
  readonly event: number | null;
  readonly eventName: string | null;
  readonly streamId: string | null;
  readonly substreamId: string | null;
  readonly address: string | null;
  readonly access: ReportedAccess;
  readonly instruction: boolean | null;
  readonly privileged: boolean | null;
  readonly stage: 1 | 2 | null;
  readonly stall: boolean | null;
  readonly stag: number | null;
  readonly ipa: string | null;
  readonly class: string | null;
  readonly client: string | null;
  readonly fetchAddress: string | null;
}

/** The record of which nothing is known but its number. */
export function unknownRecord(event: number | null, eventName: string | null): Smmuv3Record {
  const known = event !== null ? smmuv3Event(event) : eventName !== null ? smmuv3EventNamed(eventName) : null;
  return {
    event: event ?? known?.number ?? null,
    eventName: eventName ?? known?.name ?? null,
    streamId: null,
    substreamId: null,
    address: null,
    access: "unknown",
    instruction: null,
    privileged: null,
    stage: null,
    stall: null,
    stag: null,
    ipa: null,
    class: null,
    client: null,
    fetchAddress: null,
  };
}

const CLASSES = ["CD", "TTD", "IN", "RES"] as const;

/** Decodes the raw words of a record, 16 hex digits each; later words may be missing. `number` is the head line's. */
export function decodeWords(number: number, words: readonly string[]): Smmuv3Record {
  const event = smmuv3Event(number);
  const [first, second, third, fourth] = words;
  const substream = first === undefined ? 0 : low(first);
  const access = second !== undefined && event?.hasAccess ? second : null;
  const bits = access === null ? 0 : high(access);
  const tag = access === null ? 0 : low(access);
  const walk = access !== null && event!.hasWalk;
  return {
    event: number,
    eventName: event?.name ?? null,
    streamId: first === undefined ? null : paddedHex(high(first), 1),
    substreamId: bit(substream, 11) ? paddedHex(substream >>> 12, 1) : null,
    address: third !== undefined && event?.hasAddress ? hexText(third) : null,
    access: access === null ? "unknown" : bit(bits, 3) ? "read" : "write",
    instruction: access === null ? null : bit(bits, 2),
    privileged: access === null ? null : bit(bits, 1),
    stage: walk ? (bit(bits, 7) ? 2 : 1) : null,
    stall: access === null ? null : bit(tag, 31),
    stag: walk ? tag & 0xffff : null,
    ipa: fourth !== undefined && event?.hasWalk ? pageOf(fourth) : null,
    class: walk ? CLASSES[(bits >>> 8) & 3]! : null,
    client: null,
    fetchAddress: fourth !== undefined && event?.hasFetchAddress ? pageOf(fourth) : null,
  };
}

/** The event number of word 0. */
export function eventOfWord(word: string): number {
  return low(word) & 0xff;
}

/** The report of a record. `words` are kept where the event is not one of the manual's. */
export function smmuv3Report(
  format: FaultFormat,
  unit: string | null,
  record: Smmuv3Record,
  words: readonly string[],
): FaultReport {
  const known = record.event === null ? null : smmuv3Event(record.event);
  const number = record.event === null ? null : paddedHex(record.event, 2);
  const raw: { [name: string]: Json } = {
    event: number,
    eventName: record.eventName,
    substreamId: record.substreamId,
    stage: record.stage,
    stall: record.stall,
    stag: record.stag,
    // Only of stage 2; of stage 1 a zero is kept as drivers print it, anything else is no such address (hardware 3.3).
    ipa: record.stage === 2 || record.ipa === "0x0" ? record.ipa : null,
    privileged: record.privileged,
    class: record.class,
    client: record.client,
  };
  if (record.instruction === true) raw["instruction"] = true;
  if (record.fetchAddress !== null) raw["fetchAddress"] = record.fetchAddress;
  if (known === null && words.length > 0) raw["words"] = words.map((word) => `0x${word.toLowerCase()}`);
  return faultReport(
    format,
    known?.kind ?? "hardware-fault",
    {
      unit,
      streamId: record.streamId,
      address: record.address,
      access: record.access,
      code: record.eventName ?? number,
      reason: known?.reason ?? null,
    },
    raw,
  );
}

// A 64-bit word does not fit a number; its halves do.
function high(word: string): number {
  return Number.parseInt(word.slice(0, 8), 16);
}

function low(word: string): number {
  return Number.parseInt(word.slice(8), 16);
}

function bit(value: number, index: number): boolean {
  return ((value >>> index) & 1) === 1;
}

// Bits 51:12.
function pageOf(digits: string): string {
  return hexText(`${digits.padStart(16, "0").slice(3, 13)}000`)!;
}
