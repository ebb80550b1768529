import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import type { Field } from "./fields.ts";
import type { Origin } from "./origin.ts";
import { problem } from "./problem.ts";

/** How a number of one field is written and bounded. */
export interface NumberForm {
  /** What it is, with an article for messages: "the start address". */
  readonly what: string;
  /** The radix without a prefix: 16 for addresses, 10 for all else (NUM-1, NUM-5). */
  readonly radix: 10 | 16;
  /** K, M, G may follow: addresses and lengths only (NUM-4). */
  readonly multiplier: boolean;
  readonly max: bigint;
  /** Other tools show this number in the other radix, so a reader may take it for that. */
  readonly confusable: boolean;
}

/** A number as it was read, with what a linter asks about how it was written. */
export interface NumberRead {
  readonly value: bigint;
  readonly form: NumberForm;
  readonly text: string;
  readonly prefixed: boolean;
  /** The value that the same text has in the other radix; null where it is prefixed or does not read there. */
  readonly otherReading: bigint | null;
  readonly origin: Origin;
}

/** The largest 64-bit number. */
export const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/** An address: hexadecimal without a prefix (NUM-1). */
export function addressForm(what: string): NumberForm {
  return { what, radix: 16, multiplier: true, max: UINT64_MAX, confusable: true };
}

/** A length in bytes: decimal without a prefix (NUM-1). */
export function lengthForm(what: string): NumberForm {
  return { what, radix: 10, multiplier: true, max: UINT64_MAX, confusable: true };
}

/** Any other number: decimal, no multiplier (NUM-5). */
export function plainForm(what: string, max: number): NumberForm {
  return { what, radix: 10, multiplier: false, max: BigInt(max), confusable: false };
}

/** A decimal number that other tools show in hexadecimal: PCI numbers, StreamIDs. */
export function confusableForm(what: string, max: number): NumberForm {
  return { ...plainForm(what, max), confusable: true };
}

/** Lower-case hexadecimal with `0x`. */
export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Reads a number (NUM-1 to NUM-5, G-12); null, and told, when it is none or out of range. */
export function readNumber(field: Field, form: NumberForm, problems: Diagnostic[]): NumberRead | null {
  const value = numberIn(field.text, form);
  if (value === null) {
    const { message, hint } = explain(field.text, form);
    problems.push(problem("CFG301", field.origin, message, hint));
    return null;
  }
  if (value > form.max) {
    const limit = form.max === UINT64_MAX ? "at most 64 bits" : `0..${form.max}`;
    // Where the text is the value, saying it twice explains nothing.
    const read = field.text === `${value}` ? "" : `, read as ${value},`;
    const message = `${form.what} ${quote(field.text)}${read} is out of range, expected ${limit}`;
    problems.push(problem("CFG302", field.origin, message, outOfRangeHint(field.text, form)));
    return null;
  }
  const prefixed = PREFIX.test(field.text);
  const other: NumberForm = { ...form, radix: form.radix === 16 ? 10 : 16 };
  const otherReading = prefixed ? null : numberIn(field.text, other);
  return { value, form, text: field.text, prefixed, otherReading, origin: field.origin };
}

const PREFIX = /^0[xd]/;
const SHIFTS = { k: 10n, m: 20n, g: 30n } as const;

// 0d first: in a hexadecimal field `0d16384` is decimal (NUM-3), and `0D16384` is refused rather than read as hex.
function numberIn(text: string, form: NumberForm): bigint | null {
  if (/^0[XD]/.test(text)) return null;
  const match =
    /^0x([0-9a-fA-F]+)([KMGkmg]?)$/.exec(text) ??
    /^0d([0-9]+)([KMGkmg]?)$/.exec(text) ??
    (PREFIX.test(text) ? null : (form.radix === 16 ? HEX_DIGITS : DEC_DIGITS).exec(text));
  if (match === null || (match[2] !== "" && !form.multiplier)) return null;
  const digits = match[1]!;
  const isHex = text.startsWith("0x") || (form.radix === 16 && !text.startsWith("0d"));
  const value = BigInt(isHex ? `0x${digits}` : digits);
  const letter = match[2]!.toLowerCase() as keyof typeof SHIFTS | "";
  return letter === "" ? value : value << SHIFTS[letter];
}
const HEX_DIGITS = /^([0-9a-fA-F]+)([KMGkmg]?)$/;
const DEC_DIGITS = /^([0-9]+)([KMGkmg]?)$/;

// The likely cause of a number that does not read, most telling first.
function explain(text: string, form: NumberForm): { message: string; hint: string } {
  const radix = form.radix === 16 ? "hexadecimal" : "decimal";
  const said = `${form.what} ${quote(text)}`;
  const write = (corrected: string) => `did you mean ${corrected}?`;
  if (/^[-+]/.test(text)) return { message: `${said} has a sign`, hint: "numbers have no sign" };
  if (/^0[XD]/.test(text)) {
    return {
      message: `${said} has its prefix in upper case`,
      hint: write(text.slice(0, 2).toLowerCase() + text.slice(2, 40)),
    };
  }
  if (/^0[xd]$/.test(text))
    return { message: `${said} has no digits after its prefix`, hint: `write the digits after ${text}` };
  if (/^0d/.test(text) && /^0d[0-9a-fA-F]+$/.test(text)) {
    return {
      message: `${said} is decimal by its prefix 0d, and has letters`,
      hint: `for hexadecimal write 0x${text.slice(0, 40)}`,
    };
  }
  if (text.includes("."))
    return { message: `${said} has a fraction`, hint: `numbers are whole${wholeOf(text, form)}` };
  if (/^[0-9a-fA-F]+[hH]$/.test(text)) {
    return { message: `${said} ends in ${text.at(-1)}`, hint: write(`0x${text.slice(0, -1).slice(0, 40)}`) };
  }
  const unit = /^(.*[0-9a-fA-F])([KMG])i?B$/i.exec(text);
  if (unit !== null && form.multiplier) {
    return {
      message: `${said} has a unit, expected one letter K, M or G`,
      hint: write(`${unit[1]!.slice(0, 40)}${unit[2]!}`),
    };
  }
  if (/^(0[xd])?[0-9a-fA-F]+[TPE]$/i.test(text) && form.multiplier) {
    return { message: `${said} ends in ${quote(text.at(-1) ?? "")}`, hint: "the multipliers are K, M and G" };
  }
  if (/^(0[xd])?[0-9a-fA-F]+[KMG]$/i.test(text) && !form.multiplier) {
    return {
      message: `${said} has a multiplier`,
      hint: "K, M and G belong to addresses and lengths only; write the number in full",
    };
  }
  if (form.radix === 10 && /^[0-9a-fA-F]+$/.test(text)) {
    const value = text.length <= 16 ? `, which is ${BigInt(`0x${text}`)}` : "";
    return {
      message: `${said} is not decimal`,
      hint: `for hexadecimal write 0x${text.slice(0, 40)}${value}`,
    };
  }
  const bad = /[^0-9a-fA-F]/.exec(text.replace(PREFIX, ""))?.[0] ?? "";
  const expected = form.multiplier
    ? `digits, with 0x or 0d before and K, M or G after`
    : "digits, with 0x or 0d before";
  return {
    message: `${said} is not a number: ${quote(bad)} is not a digit`,
    hint: `expected ${radix} ${expected}`,
  };
}

function outOfRangeHint(text: string, form: NumberForm): string {
  if (PREFIX.test(text) || form.max === UINT64_MAX) return "check the number of digits and the multiplier";
  return `without a prefix it is read as decimal; expected 0 to ${form.max}`;
}

// 1.5K is 1536: told where it comes out even.
function wholeOf(text: string, { multiplier, radix }: NumberForm): string {
  const parts = /^([0-9]{1,9})\.([0-9]{1,9})([KMG]?)$/i.exec(text);
  if (parts === null || !multiplier) return "";
  const [, whole = "", fraction = "", letter = ""] = parts;
  const scale = 10n ** BigInt(fraction.length);
  const bytes = BigInt(whole + fraction) * 1024n ** BigInt(" KMG".indexOf(letter.toUpperCase() || " "));
  return bytes % scale === 0n ? `: write ${radix === 16 ? "0d" : ""}${bytes / scale}` : "";
}
