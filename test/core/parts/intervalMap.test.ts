import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextBelow, prng } from "../../../base/prng.ts";
import { type Interval, IntervalMap } from "../../../core/parts/intervalMap.ts";

const PAGES = 40;
const bounds = fc
  .tuple(fc.nat(PAGES - 1), fc.nat(PAGES - 1))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const moves = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ op: fc.constant("set" as const), bounds, value: fc.nat(4) }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant("delete" as const), bounds }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("clear" as const) }) },
  ),
  { maxLength: 30 },
);

describe("an interval map is a plain Map from page to value", () => {
  test("for every history of writes, look-ups agree, and every displaced page is told once", () => {
    fc.assert(
      fc.property(moves, (history) => {
        const map = new IntervalMap<number>();
        const naive = new Map<number, number>();
        for (const move of history) {
          if (move.op === "clear") {
            map.clear();
            naive.clear();
            continue;
          }
          const [first, last] = move.bounds;
          const displaced: Interval<number>[] = [];
          const note = (part: Interval<number>) => displaced.push(part);
          if (move.op === "set") map.set(first, last, move.value, note);
          else map.delete(first, last, note);
          expect(pagesOf(displaced)).toEqual(range(first, last, naive));
          for (let page = first; page <= last; page++) {
            if (move.op === "set") naive.set(page, move.value);
            else naive.delete(page);
          }
          expectAgree(map, naive);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a clone and its original do not touch each other", () => {
    fc.assert(
      fc.property(moves, moves, moves, (before, there, here) => {
        const original = new IntervalMap<number>();
        write(original, before);
        const text = JSON.stringify(original.all());
        const copy = original.clone();
        write(copy, there);
        expect(JSON.stringify(original.all())).toBe(text);
        const copyText = JSON.stringify(copy.all());
        write(original, here);
        expect(JSON.stringify(copy.all())).toBe(copyText);
      }),
      { numRuns: 200 },
    );
  });

  test("trees of thousands of intervals too: each clone stays what it was while writing goes on", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        let generator = prng(seed);
        const random = (limit: number) => {
          const [value, next] = nextBelow(generator, limit);
          generator = next;
          return value;
        };
        let map = new IntervalMap<number>();
        const naive = new Map<number, number>();
        const kept: { map: IntervalMap<number>; pages: [number, number][] }[] = [];
        for (let i = 0; i < 6000; i++) {
          const first = random(8000);
          const last = first + random(random(50) === 0 ? 500 : 3);
          const remove = random(4) === 0;
          if (remove) map.delete(first, last);
          else map.set(first, last, i);
          for (let page = first; page <= last; page++) {
            if (remove) naive.delete(page);
            else naive.set(page, i);
          }
          if (i % 1000 !== 999) continue;
          expect(pagesOf(map.all())).toEqual(range(0, 9000, naive));
          kept.push({ map, pages: pagesOf(map.all()) });
          map = map.clone();
        }
        expect(map.size).toBeGreaterThan(1000);
        for (const { map: old, pages } of kept) expect(pagesOf(old.all())).toEqual(pages);
      }),
      { numRuns: 5 },
    );
  });

  test("the whole space of pages fits", () => {
    const map = new IntervalMap<string>();
    map.set(0, 2 ** 52 - 1, "all");
    map.set(2 ** 52 - 1, 2 ** 52 - 1, "top");
    map.delete(0, 0);
    expect(map.all()).toEqual([
      { first: 1, last: 2 ** 52 - 2, value: "all" },
      { first: 2 ** 52 - 1, last: 2 ** 52 - 1, value: "top" },
    ]);
    expect(map.above(2 ** 52)).toBeNull();
  });

  test("made from a list, it holds that list", () => {
    const list = [
      { first: 1, last: 3, value: "a" },
      { first: 4, last: 9, value: "b" },
    ];
    expect(IntervalMap.of(list).all()).toEqual(list);
    expect(IntervalMap.of([]).size).toBe(0);
  });
});

function write(
  map: IntervalMap<number>,
  history: typeof moves extends fc.Arbitrary<infer M> ? M : never,
): void {
  for (const move of history) {
    if (move.op === "clear") map.clear();
    else if (move.op === "set") map.set(move.bounds[0], move.bounds[1], move.value);
    else map.delete(move.bounds[0], move.bounds[1]);
  }
}

function expectAgree(map: IntervalMap<number>, naive: ReadonlyMap<number, number>): void {
  const all = map.all();
  expect(map.size).toBe(all.length);
  expect(pagesOf(all)).toEqual(range(0, PAGES, naive));
  for (const [i, interval] of all.entries()) {
    expect(interval.first).toBeLessThanOrEqual(interval.last);
    if (i > 0) expect(all[i - 1]!.last).toBeLessThan(interval.first);
  }
  for (let page = -1; page <= PAGES; page++) {
    expect(map.at(page)?.value).toBe(naive.get(page));
    expect(map.below(page)).toEqual(all.findLast(({ first }) => first <= page) ?? null);
    expect(map.above(page)).toEqual(all.find(({ first }) => first >= page) ?? null);
  }
  expect(pagesOf(map.within(7, 23))).toEqual(range(7, 23, naive));
}

function pagesOf(intervals: readonly Interval<number>[]): [number, number][] {
  return intervals.flatMap(({ first, last, value }) =>
    Array.from({ length: last - first + 1 }, (_, i): [number, number] => [first + i, value]),
  );
}

function range(first: number, last: number, naive: ReadonlyMap<number, number>): [number, number][] {
  return [...naive].filter(([page]) => page >= first && page <= last).sort(([a], [b]) => a - b);
}
