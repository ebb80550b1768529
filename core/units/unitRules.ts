import type { Access, TransferAccess } from "../../events/vocabulary/access.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import type { ReasonClass } from "../../events/vocabulary/reason.ts";

/** A reason that a unit gives, by its own number or name, and the class common to all families. */
export interface UnitReason {
  readonly code: string;
  readonly text: string;
  readonly reason: ReasonClass;
}

/** What one family adds to the rules of contract 2. All functions are pure. */
export interface UnitRules {
  readonly family: Family;
  /** Every reason the family has, by code. */
  readonly reasons: readonly UnitReason[];
  /** The code that the unit records when it refuses for `reason`; null: it records nothing, or has no code for it. */
  codeFor(reason: ReasonClass, access: TransferAccess): string | null;
  /** What a table entry made for `granted` really permits: some tables cannot say write-only. */
  effectiveAccess(granted: Access): Access;
  /** Whether its tables can grant execution apart from reading (G-38). */
  readonly controlsExecute: boolean;
  /** True when two codes say the same; families differ in bits that do not tell the cause. */
  sameCode(a: string, b: string): boolean;
  /** What the unit does with a transfer before any table is read. */
  interrupt(bytes: ByteRange, access: TransferAccess): InterruptAnswer;
  /** The first of the output pages `first..last` that the unit refuses (VT-d reason 0xE), or null. */
  refusedTarget(first: number, last: number): number | null;
  /** The code that such a refusal is recorded with; null: none, or the unit takes every target. */
  readonly targetCode: string | null;
  /** Every code that a unit may record for a requester without an object: what it finds first depends on how it was set up (hardware 7). */
  readonly requesterCodes: readonly string[];
}

/** `none`: not the unit's interrupt range; `raised`: an interrupt, no DMA; a page number: refused at that page. */
export type InterruptAnswer = "none" | "raised" | { readonly refusedAtPage: number };

/** Codes compared as numbers where both are numbers, else as words without regard to case. */
export function sameCodeText(a: string, b: string): boolean {
  return a === b || numeric(a) === numeric(b);
}

/** Codes compared by their cause bits alone, where both are numbers: the others do not tell why the unit refused. */
export function sameCauseBits(causeBits: bigint): (a: string, b: string) => boolean {
  return (a, b) =>
    NUMBER.test(a) && NUMBER.test(b)
      ? (BigInt(a) & causeBits) === (BigInt(b) & causeBits)
      : sameCodeText(a, b);
}

/** The table as it was granted. */
export function asGranted(granted: Access): Access {
  return granted;
}

/** No interrupt range. */
export function noInterrupts(): InterruptAnswer {
  return "none";
}

/** Every target is fine. */
export function anyTarget(): null {
  return null;
}

const NUMBER = /^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,16})$/;

function numeric(code: string): string {
  return NUMBER.test(code) ? BigInt(code).toString() : code.toUpperCase();
}
