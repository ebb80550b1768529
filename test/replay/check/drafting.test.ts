import { expect, test } from "vitest";
import { Folding } from "../../../core/evolve.ts";
import { PROPERTIES } from "../../../core/properties.ts";
import { printState } from "../../../core/stateText.ts";
import { check } from "../../../replay/check/check.ts";
import { type Rules, SHIPPED } from "../../../replay/check/rules.ts";

test("whole lives come to the same states by immer as by the drafts that a check writes", () => {
  let compared = 0;
  const both: Rules = {
    decide: SHIPPED.decide,
    evolve: (state, outcomes, at) => {
      const folding = new Folding(state);
      for (const outcome of outcomes) folding.apply(outcome, at);
      const byImmer = printState(folding.finish());
      const after = SHIPPED.evolve(state, outcomes, at);
      expect(printState(after)).toBe(byImmer);
      compared += 1;
      return after;
    },
  };
  const report = check({ properties: PROPERTIES, rules: both, runs: 250, seed: 11 });
  expect(report.properties.filter(({ held, kind }) => held === false && kind !== "sometimes")).toEqual([]);
  expect(compared).toBeGreaterThan(1000);
});
