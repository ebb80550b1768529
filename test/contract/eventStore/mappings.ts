import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MappingRow } from "../../../store/eventStore.ts";
import { derived, imported, mapping, SUMMARY } from "../../store/stored.ts";
import { PAGE_MAX, type Suite } from "./suite.ts";

/** Who held these pages. */
export function mappingRules(suite: Suite): void {
  describe("mappings of pages", () => {
    const rows: readonly MappingRow[] = [
      { ...mapping(10, 19), grantedSeq: 5, revokedSeq: 8 },
      { ...mapping(15, 15), grantedSeq: 2 },
      { ...mapping(0, PAGE_MAX), object: "all", grantedSeq: 1 },
      { ...mapping(PAGE_MAX, PAGE_MAX), grantedSeq: 4, targetPage: PAGE_MAX },
      { ...mapping(20, 24), grantedSeq: 5, revokedSeq: 9 },
    ];
    const found = (object: string | null, firstPage: number, lastPage: number) => {
      imported(suite.store, "a", ["one"], SUMMARY, derived({ mappings: rows }));
      return [...suite.store.read("a").mappings({ object, firstPage, lastPage })].map((row) =>
        rows.findIndex((r) => r.firstPage === row.firstPage && r.object === row.object),
      );
    };

    test.each([
      ["o1", 15, 15, [1, 0]],
      ["o1", 9, 9, []],
      ["o1", 0, 10, [0]],
      ["o1", 19, 20, [0, 4]],
      ["o1", 25, PAGE_MAX - 1, []],
      ["o1", 25, PAGE_MAX, [3]],
      ["all", PAGE_MAX, PAGE_MAX, [2]],
      ["all", 12345, 12345, [2]],
      [null, 15, 15, [2, 1, 0]],
      [null, 0, PAGE_MAX, [2, 1, 3, 0, 4]],
      ["none", 0, PAGE_MAX, []],
    ] as const)("of %s that meet %i..%i, oldest first", (object, first, last, expected) => {
      expect(found(object, first, last)).toEqual(expected);
    });

    test("are those that a look at every one finds", () => {
      const page = fc.oneof(
        fc.integer({ min: 0, max: 300 }),
        fc.nat({ max: 51 }).map((bit) => 2 ** bit),
        fc.integer({ min: PAGE_MAX - 300, max: PAGE_MAX }),
      );
      const range = fc.tuple(page, page).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
      const told = fc.array(fc.tuple(range, fc.constantFrom("o1", "o2"), fc.nat({ max: 9 })), {
        maxLength: 30,
      });
      const wanted = fc.tuple(range, fc.constantFrom("o1", "o2", null));
      fc.assert(
        fc.property(told, fc.array(wanted, { minLength: 1, maxLength: 5 }), (ranges, queries) => {
          const mappings = ranges.map(([[first, last], object, grantedSeq], i) => ({
            ...mapping(first, last),
            object,
            grantedSeq,
            revokedSeq: i,
          }));
          suite.store.remove("a");
          imported(suite.store, "a", ["one"], SUMMARY, derived({ mappings }));
          const read = suite.store.read("a");
          for (const [[firstPage, lastPage], object] of queries) {
            const expected = mappings
              .filter((m) => object === null || m.object === object)
              .filter((m) => m.firstPage <= lastPage && firstPage <= m.lastPage)
              .sort((a, b) => a.grantedSeq - b.grantedSeq);
            expect([...read.mappings({ object, firstPage, lastPage })]).toEqual(expected);
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
