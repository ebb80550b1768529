import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  common,
  holds,
  joined,
  meet,
  type Pages,
  pagesOfHex,
  pagesText,
  rangeText,
  uncovered,
} from "../../../sources/lint/pages.ts";
import { Zones } from "../../../sources/lint/zones.ts";

const stretch = fc
  .tuple(fc.nat(60), fc.nat(20))
  .map(([first, more]): Pages => ({ first, last: first + more }));
const stretches = fc.array(stretch, { maxLength: 20 });

function numbers({ first, last }: Pages): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

function pagesIn(all: readonly Pages[]): number[] {
  return [...new Set(all.flatMap(numbers))].sort((a, b) => a - b);
}

describe("stretches of pages", () => {
  test("joined, they hold the same pages, ascending, with a gap between each two", () => {
    fc.assert(
      fc.property(stretches, (all) => {
        const result = joined(all);
        expect(pagesIn(result)).toEqual(pagesIn(all));
        for (const [at, { first }] of result.entries())
          if (at > 0) expect(first).toBeGreaterThan(result[at - 1]!.last + 1);
      }),
    );
  });

  test("what is uncovered are the pages of a range that no stretch holds", () => {
    fc.assert(
      fc.property(stretch, stretches, (range, all) => {
        const held = new Set(pagesIn(all));
        expect(pagesIn(uncovered(range, joined(all)))).toEqual(
          numbers(range).filter((page) => !held.has(page)),
        );
      }),
    );
  });

  test("meeting, holding and what is common agree with their pages", () => {
    fc.assert(
      fc.property(stretch, stretch, (a, b) => {
        const both = numbers(a).filter((page) => numbers(b).includes(page));
        expect(meet(a, b)).toBe(both.length > 0);
        expect(holds(a, b)).toBe(both.length === numbers(b).length);
        if (both.length > 0) expect(numbers(common(a, b))).toEqual(both);
      }),
    );
  });

  test("a look-up among zones finds all that meet a range, and no other", () => {
    fc.assert(
      fc.property(stretch, stretches, (range, all) => {
        const found = new Zones(all).meeting(range);
        expect(new Set(found)).toEqual(new Set(all.filter((zone) => meet(zone, range))));
      }),
    );
  });

  test("a look-up that is cut short says so", () => {
    const zones = new Zones(Array.from({ length: 3000 }, (_, at) => ({ first: at, last: 5000 })));
    expect(zones.meeting({ first: 4000, last: 4000 }).length).toBeLessThan(3000);
    expect(zones.isCut).toBe(true);
  });
});

describe("hex texts", () => {
  test.each([
    ["whole pages", "0x1000", "0x2000", { first: 1, last: 2 }],
    ["pages touched by one byte", "0x1fff", "0x2", { first: 1, last: 2 }],
    ["the last page there is", "0xfffffffffffff000", "0x1000", { first: 2 ** 52 - 1, last: 2 ** 52 - 1 }],
    [
      "no further than that",
      "0xffffffffffffffff",
      "0xffffffffffffffff",
      { first: 2 ** 52 - 1, last: 2 ** 52 - 1 },
    ],
    ["none of an empty range", "0x1000", "0x0", null],
  ])("%s", (_, start, length, pages) => {
    expect(pagesOfHex({ start, length })).toEqual(pages);
  });

  test("are written as ranges, and as arguments of the language", () => {
    expect(pagesText({ first: 1, last: 2 })).toBe("0x1000-0x2fff");
    expect(rangeText({ first: 1, last: 2 })).toBe("0x1000,0x2000");
  });
});
