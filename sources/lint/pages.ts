import { hex } from "../config/numbers.ts";

/** A run of whole pages, both ends inclusive; page numbers have 52 bits and fit a number. */
export interface Pages {
  readonly first: number;
  readonly last: number;
}

/** The pages that `length` bytes from `start` touch, given as hex texts; null for an empty range. */
export function pagesOfHex({
  start,
  length,
}: {
  readonly start: string;
  readonly length: string;
}): Pages | null {
  const bytes = BigInt(length);
  if (bytes <= 0n) return null;
  const first = BigInt(start);
  const last = first + bytes - 1n;
  return { first: Number(first >> 12n), last: Number((last >> 64n === 0n ? last : (1n << 64n) - 1n) >> 12n) };
}

/** `0x1000-0x1fff`, for messages. */
export function pagesText({ first, last }: Pages): string {
  return `${hex(BigInt(first) << 12n)}-${hex((BigInt(last) << 12n) + 0xfffn)}`;
}

/** True when they have a page in common. */
export function meet(a: Pages, b: Pages): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** True when the first holds all of the second. */
export function holds(outer: Pages, inner: Pages): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** What they have in common; they must meet. */
export function common(a: Pages, b: Pages): Pages {
  return { first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) };
}

/** `0x1000,0x2000`, as the configuration language writes it. */
export function rangeText({ first, last }: Pages): string {
  return `${hex(BigInt(first) << 12n)},${hex(BigInt(last - first + 1) << 12n)}`;
}

/** The stretches as a list without overlap, ascending; neighbours are joined. */
export function joined(all: readonly Pages[]): Pages[] {
  const sorted = [...all].sort((a, b) => a.first - b.first);
  const result: { first: number; last: number }[] = [];
  for (const { first, last } of sorted) {
    const top = result.at(-1);
    if (top !== undefined && first <= top.last + 1) top.last = Math.max(top.last, last);
    else result.push({ first, last });
  }
  return result;
}

/** The parts of `range` that none of the stretches holds; `covers` is a list as `joined` makes it. */
export function uncovered(range: Pages, covers: readonly Pages[]): Pages[] {
  const gaps: Pages[] = [];
  let next = range.first;
  for (
    let at = firstMeeting(covers, range.first);
    at < covers.length && covers[at]!.first <= range.last;
    at += 1
  ) {
    if (covers[at]!.first > next) gaps.push({ first: next, last: covers[at]!.first - 1 });
    next = Math.max(next, covers[at]!.last + 1);
  }
  if (next <= range.last) gaps.push({ first: next, last: range.last });
  return gaps;
}

function firstMeeting(covers: readonly Pages[], page: number): number {
  let low = 0;
  let high = covers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (covers[middle]!.last < page) low = middle + 1;
    else high = middle;
  }
  return low;
}
