import type { TransferDenied } from "../../events/outcome.ts";
import type { Address } from "../../events/vocabulary/address.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import { smmuv3EventNamed } from "../../events/vocabulary/faultCodes.ts";

/** What a family's fault record holds and how its records come to be lost (hardware 1.6, 2.2, 3.5, 4, 5). */
export interface FaultRecording {
  /** Whose record a fault becomes: `requester` and `queue` share a store, `bank`: each context has one. */
  readonly holder: "requester" | "bank" | "queue";
  /** False where the record names no device (FLT-4, hardware 4). */
  readonly namesDevice: boolean;
  /** Whether the unit leaves a record of this refusal at all (hardware 7, denied-unrecorded). */
  records(denied: TransferDenied): boolean;
  /** The address as the record has it; null: none. */
  addressOf(denied: TransferDenied): Address | null;
  /** The number that the record has instead of a name. */
  numberOf(code: string | null): number;
}

/** The recording of a family. */
export function recordingOf(family: Family): FaultRecording {
  return RECORDINGS[family];
}

const exact = (denied: TransferDenied): Address => denied.at;
const coded = (denied: TransferDenied): boolean => denied.code !== null;
// A recorded code may be any text.
const numeric = (code: string | null): number => {
  const number = code === null ? 0 : Number(code);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
};

// The event codes that a judgement can give (hardware 5).
const AMDVI_NUMBERS: ReadonlyMap<string | null, number> = new Map([
  ["ILLEGAL_DEV_TABLE_ENTRY", 1],
  ["IO_PAGE_FAULT", 2],
]);

// A stream that nothing matches is a global fault, USF, and that record has no address (hardware 2.3).
const isGlobal = (denied: TransferDenied): boolean => denied.reason === "no-object";
const USF = 2;

const RECORDINGS: { readonly [family in Family]: FaultRecording } = {
  vtd: {
    holder: "requester",
    namesDevice: true,
    records: coded,
    addressOf: ({ at }) => ({ page: at.page, offset: 0 }),
    numberOf: numeric,
  },
  smmuv2: {
    holder: "bank",
    namesDevice: true,
    records: (denied) => coded(denied) || isGlobal(denied),
    addressOf: (denied) => (isGlobal(denied) ? null : denied.at),
    numberOf: (code) => (code === null ? USF : numeric(code)),
  },
  smmuv3: {
    holder: "queue",
    namesDevice: true,
    records: coded,
    addressOf: exact,
    numberOf: (code) => (code === null ? 0 : (smmuv3EventNamed(code)?.number ?? 0)),
  },
  ipmmu: { holder: "bank", namesDevice: false, records: coded, addressOf: exact, numberOf: numeric },
  amdvi: {
    holder: "queue",
    namesDevice: true,
    records: coded,
    addressOf: exact,
    numberOf: (code) => AMDVI_NUMBERS.get(code) ?? 0,
  },
  ideal: { holder: "queue", namesDevice: true, records: () => true, addressOf: exact, numberOf: numeric },
};

/** Bit 31 of an SMMUv2 fault status: more faults came than the one recorded (hardware 2.2). */
export const MULTI = 0x8000_0000;
