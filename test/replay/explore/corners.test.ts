import { describe, expect, test } from "vitest";
import { SHIPPED } from "../../../replay/check/rules.ts";
import { explore } from "../../../replay/explore/explore.ts";
import { boards, SETUPS_COUNT } from "../../../replay/explore/models/boards.ts";
import { bytes, devices } from "../../../replay/explore/models/bytes.ts";
import { edges } from "../../../replay/explore/models/edges.ts";

describe("models of corners are gone through to their end, and every sentence holds", () => {
  test.each([
    { model: bytes({}, SHIPPED), states: 124 },
    { model: devices({}, SHIPPED), states: 56 },
    { model: edges({ family: 3 }, SHIPPED), states: 882 },
  ])(
    "$model.name has $states states",
    ({ model, states }) => {
      const report = explore(model);
      expect(report.properties.filter(({ held }) => held === false)).toEqual([]);
      expect(report).toMatchObject({ states, complete: true });
    },
    300_000,
  );

  test("boards: each of them", () => {
    for (let board = 0; board < SETUPS_COUNT; board++) {
      const report = explore(boards({ board }, SHIPPED));
      expect(report.properties.filter(({ held }) => held === false)).toEqual([]);
      expect(report.complete).toBe(true);
    }
  }, 300_000);

  test("a rule that is bent breaks a sentence there, with a shortest way to it", () => {
    // Whatever is asked for, everything is granted.
    const bent: typeof SHIPPED = {
      ...SHIPPED,
      decide: (view, stimulus) =>
        SHIPPED.decide(view, stimulus).map((outcome) =>
          outcome.kind === "MappingAdded" ? { ...outcome, access: 7 as typeof outcome.access } : outcome,
        ),
    };
    const report = explore(bytes({}, bent));
    const broken = report.properties.find(({ held }) => held === false);
    expect(broken?.trail).toHaveLength(1);
  });
});
