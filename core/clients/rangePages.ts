import { unionAccess } from "../../events/vocabulary/access.ts";
import { PAGE_SIZE } from "../../events/vocabulary/address.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import { type Interval, IntervalMap } from "../parts/intervalMap.ts";
import type { PageGrant } from "../parts/tableChanges.ts";
import type { ObjectRanges, RangeGrant } from "./objectRanges.ts";

/** One more than the last byte that requests may name: numbers hold no more exactly. */
export const BYTE_LIMIT = 2 ** 53;

/** The first page whose bytes requests cannot name. */
export const REQUEST_PAGE_LIMIT = BYTE_LIMIT / PAGE_SIZE;

/** The first and last byte of a range, or null where it reaches past what requests may name. */
export function byteSpan(bytes: ByteRange): { readonly first: number; readonly last: number } | null {
  if (bytes.lastPage >= REQUEST_PAGE_LIMIT) return null;
  return {
    first: bytes.firstPage * PAGE_SIZE + bytes.firstOffset,
    last: bytes.lastPage * PAGE_SIZE + bytes.lastOffset,
  };
}

/**
 * The page table that live requests come to on `firstPage..lastPage` (CM-12, G-26): a page is granted while a request
 * touches it, with the rights of all that do. Null where two requests send bytes of one page to different pages.
 */
export function pageRuns(
  ranges: ObjectRanges,
  firstPage: number,
  lastPage: number,
): Interval<PageGrant>[] | null {
  const runs: { first: number; last: number; value: PageGrant }[] = [];
  const push = (first: number, last: number, { access, delta }: RangeGrant): void => {
    runs.push({ first, last, value: { access, delta: delta / PAGE_SIZE } });
  };
  for (const part of ranges.within(firstPage * PAGE_SIZE, lastPage * PAGE_SIZE + PAGE_SIZE - 1)) {
    const first = Math.floor(part.first / PAGE_SIZE);
    const last = Math.floor(part.last / PAGE_SIZE);
    const before = runs.at(-1);
    if (before?.last !== first) {
      push(first, last, part.value);
      continue;
    }
    // The page is shared with the request before.
    if (before.value.delta * PAGE_SIZE !== part.value.delta) return null;
    const shared = { ...before.value, access: unionAccess(before.value.access, part.value.access) };
    if (before.first === first) before.value = shared;
    else {
      before.last = first - 1;
      runs.push({ first, last: first, value: shared });
    }
    if (last > first) push(first + 1, last, part.value);
  }
  return runs;
}

/** The requests that a table told page by page stands for, as far as requests reach. */
export function rangesOfPages(pages: readonly Interval<PageGrant>[]): ObjectRanges {
  return IntervalMap.of(
    pages
      .filter(({ first }) => first < REQUEST_PAGE_LIMIT)
      .map(({ first, last, value }) => ({
        first: first * PAGE_SIZE,
        last: Math.min(last + 1, REQUEST_PAGE_LIMIT) * PAGE_SIZE - 1,
        value: { access: value.access, delta: value.delta * PAGE_SIZE },
      })),
  );
}

/** True when some page of `bytes` holds bytes that no live request names (G-26: log it). */
export function coversPagesPartly(ranges: ObjectRanges, bytes: ByteRange): boolean {
  return !whole(ranges, bytes.firstPage * PAGE_SIZE) || !whole(ranges, bytes.lastPage * PAGE_SIZE);
}

function whole(ranges: ObjectRanges, firstByte: number): boolean {
  let next = firstByte;
  for (const part of ranges.within(firstByte, firstByte + PAGE_SIZE - 1)) {
    if (part.first > next) return false;
    next = part.last + 1;
  }
  return next === firstByte + PAGE_SIZE;
}
