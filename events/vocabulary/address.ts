import { assert } from "../../base/assert.ts";
import type { Brand } from "../../base/brand.ts";

/**
 * A page frame number: a 64-bit address without its low 12 bits. 52 bits, so exact in a JavaScript number.
 * Every table and hot loop of the machine speaks pages; full addresses exist only at the edges (hardware 6).
 */
export type PageNumber = Brand<number, "PageNumber">;

/** A byte's place: its page and the offset `0..4095` in it. */
export interface Address {
  readonly page: PageNumber;
  readonly offset: number;
}

/** log2 of the page size; every QNX support library rounds to 4 KiB (CM-12). */
export const PAGE_BITS = 12;
/** Bytes in a page. */
export const PAGE_SIZE = 4096;
/** One more than the largest page number of a 64-bit address. */
export const PAGE_LIMIT = 2 ** 52;

/** A page number from a plain number; asserts that it is one. */
export function pageNumber(raw: number): PageNumber {
  assert(Number.isInteger(raw) && raw >= 0 && raw < PAGE_LIMIT, `page number ${raw} is not in 0..2^52-1`);
  return raw as PageNumber;
}

/** The address that a hex text (`0x` and 1 to 16 digits) names, or null. */
export function parseAddress(text: string): Address | null {
  const { length } = text;
  if (length < 3 || length > 18 || text.charCodeAt(0) !== ZERO || (text.charCodeAt(1) | LOWER) !== LETTER_X)
    return null;
  // 64 bits do not fit a number, 52 and 12 do. Digit by digit: this is the hottest loop of an import.
  let page = 0;
  let offset = 0;
  for (let i = 2; i < length; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return null;
    if (i < length - 3) page = page * 16 + digit;
    else offset = offset * 16 + digit;
  }
  return { page: page as PageNumber, offset };
}

/** The address of a bigint, or null when it is negative or wider than 64 bits. */
export function addressFromBigint(value: bigint): Address | null {
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn) return null;
  return { page: Number(value >> 12n) as PageNumber, offset: Number(value & 0xfffn) };
}

/** An address as a bigint, for arithmetic at the edges. */
export function addressToBigint(address: Address): bigint {
  return (BigInt(address.page) << 12n) | BigInt(address.offset);
}

/** Canonical text: `0x`, lower case, no leading zeros (`0x0` for zero). */
export function formatAddress(page: number, offset = 0): string {
  if (page === 0) return `0x${offset.toString(16)}`;
  return `0x${page.toString(16)}${offset.toString(16).padStart(3, "0")}`;
}

/** The order of two addresses, as a comparator. */
export function compareAddresses(a: Address, b: Address): number {
  return a.page - b.page || a.offset - b.offset;
}

const ZERO = 0x30;
const LETTER_A = 0x61;
const LETTER_X = 0x78;
const LOWER = 0x20;

function hexDigit(code: number): number {
  if (code >= ZERO && code <= ZERO + 9) return code - ZERO;
  const letter = (code | LOWER) - LETTER_A;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}
