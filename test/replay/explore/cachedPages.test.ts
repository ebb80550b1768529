import { describe, expect, test } from "vitest";
import { explore } from "../../../replay/explore/explore.ts";
import type { Model } from "../../../replay/explore/model.ts";
import { cachedPages } from "../../../replay/explore/models/cachedPages.ts";
import { plainSearch } from "./plainSearch.ts";

describe("cached-pages", () => {
  test.each([
    [1, 10],
    [2, 52],
    [3, 346],
    [6, 117_652],
  ])("of %i pages has 7^N + 3 = %i states, and its invariant holds", (pages, states) => {
    const report = explore(cachedPages(pages));
    expect(report).toMatchObject({ states, distinct: states, complete: true });
    expect(report.properties.map(({ held }) => held)).toEqual([true]);
  });

  test.each([1, 2, 3])(
    "is gone through as a plain search without tables goes through it, %i pages",
    (pages) => {
      const model = cachedPages(pages);
      const plain = plainSearch(model);
      expect(explore(model)).toMatchObject({
        states: plain.states,
        transitions: plain.transitions,
        depth: plain.depth,
      });
    },
  );

  test.each([2, 3, 6])("pages in any order are one state, and stand for all of them: %i pages", (pages) => {
    const all = explore(cachedPages(pages));
    const reduced = explore(cachedPages(pages), { symmetry: true });
    expect(reduced.distinct).toBeLessThan(all.distinct);
    expect(reduced.states).toBe(all.states);
    expect(reduced.depth).toBe(all.depth);
  });

  test.each([false, true])(
    "a DSS that forgets to empty one cache is found in four steps (symmetry %s)",
    (symmetry) => {
      const report = explore(forgetful(3), { symmetry });
      const [property] = report.properties;
      expect(property!.held).toBe(false);
      expect(report.complete).toBe(false);
      expect(property!.trail!.map(({ action }) => action)).toEqual([
        "boot",
        "map(2, 1)",
        "transfer(2)",
        "enter DSS",
      ]);
    },
  );

  test("bounds are kept and told: nothing is called complete that is not", () => {
    expect(explore(cachedPages(3), { depthMax: 2 })).toMatchObject({ depth: 2, complete: false });
    const few = explore(cachedPages(3), { statesMax: 20 });
    expect(few.complete).toBe(false);
    expect(few.properties[0]!.held).toBe(null);
  });

  test("a broken state at the edge of the bound is seen, though nothing is done there any more", () => {
    const report = explore(forgetful(2), { depthMax: 4 });
    expect(report.properties[0]!.held).toBe(false);
  });
});

/** The Design Safe State leaves the last page's cache as it is. */
function forgetful(pages: number): Model {
  const model = cachedPages(pages);
  const last = pages;
  const actions = model.actions.map((action) =>
    action.name !== "enter DSS"
      ? action
      : {
          ...action,
          writes: action.writes.filter((component) => component !== last),
          step: (values: readonly unknown[]) => {
            const result = action.step(values);
            return result === null ? null : { ...result, values: result.values.slice(0, -1) };
          },
        },
  );
  const { symmetry: _none, ...rest } = model;
  // Every page but the last one is still like every other.
  const columns = Array.from({ length: pages - 1 }, (_, i) => i + 1);
  return { ...rest, actions, symmetry: { kind: "columns", columns } };
}
