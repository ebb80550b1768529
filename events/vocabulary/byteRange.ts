import { assert } from "../../base/assert.ts";
import { err, ok, type Result } from "../../base/result.ts";
import {
  type Address,
  addressFromBigint,
  addressToBigint,
  formatAddress,
  PAGE_LIMIT,
  PAGE_SIZE,
  type PageNumber,
} from "./address.ts";

/**
 * A non-empty run of bytes, both ends inclusive and both exact, so that what was asked can be told from what
 * rounding made of it. The pages it touches are `firstPage..lastPage` (start down, end up to 4 KiB: CM-12).
 */
export interface ByteRange {
  readonly firstPage: PageNumber;
  readonly firstOffset: number;
  readonly lastPage: PageNumber;
  readonly lastOffset: number;
}

/** Why a start and a length make no range. */
export type RangeError = "zero-length" | "negative-length" | "wraps";

/** The range of `length` bytes from `start`; refuses a length below 1 and a range past 2^64 (contract 2). */
export function byteRange(start: Address, length: bigint | number): Result<ByteRange, RangeError> {
  if (typeof length === "bigint") {
    if (length <= 0n) return err(length === 0n ? "zero-length" : "negative-length");
    const last = addressFromBigint(addressToBigint(start) + length - 1n);
    return last === null ? err("wraps") : ok(rangeOf(start, last));
  }
  if (!(length >= 1)) return err(length === 0 ? "zero-length" : "negative-length");
  assert(Number.isSafeInteger(length), `length ${length} must be a safe integer; use a bigint`);
  const end = start.offset + length - 1;
  const pages = Math.floor(end / PAGE_SIZE);
  const lastPage = start.page + pages;
  if (lastPage >= PAGE_LIMIT) return err("wraps");
  return ok({
    firstPage: start.page,
    firstOffset: start.offset,
    lastPage: lastPage as PageNumber,
    lastOffset: end - pages * PAGE_SIZE,
  });
}

/** The range from one address to another, both inclusive; asserts their order. */
export function rangeOf(first: Address, last: Address): ByteRange {
  assert(
    first.page < last.page || (first.page === last.page && first.offset <= last.offset),
    "a range ends before it starts",
  );
  return { firstPage: first.page, firstOffset: first.offset, lastPage: last.page, lastOffset: last.offset };
}

/** The range of whole pages from `firstPage` to `lastPage`, both inclusive. */
export function pageRange(firstPage: number, lastPage: number): ByteRange {
  assert(
    firstPage <= lastPage && lastPage < PAGE_LIMIT && firstPage >= 0,
    `no page range ${firstPage}..${lastPage}`,
  );
  return {
    firstPage: firstPage as PageNumber,
    firstOffset: 0,
    lastPage: lastPage as PageNumber,
    lastOffset: PAGE_SIZE - 1,
  };
}

/** All 2^64 bytes. */
export const WHOLE_SPACE: ByteRange = pageRange(0, PAGE_LIMIT - 1);

/** Bytes in the range: 1 to 2^64. */
export function rangeLength(range: ByteRange): bigint {
  return (BigInt(range.lastPage - range.firstPage) << 12n) + BigInt(range.lastOffset - range.firstOffset + 1);
}

/** `0x1000-0x1fff`, both ends inclusive, for messages. */
export function formatRange(range: ByteRange): string {
  return `${formatAddress(range.firstPage, range.firstOffset)}-${formatAddress(range.lastPage, range.lastOffset)}`;
}
