import { describe, expect, test } from "vitest";
import { PROPERTIES } from "../../../core/properties.ts";
import { check, REPLAY_SENTENCE } from "../../../replay/check/check.ts";
import { stimuliOf } from "../../../replay/check/liveLife.ts";
import { type Rules, SHIPPED } from "../../../replay/check/rules.ts";

const RUNS = 100;

describe("a check of the shipped rules", () => {
  test("finds every sentence kept, and life enough to mean it", () => {
    const report = check({ properties: PROPERTIES, runs: RUNS, seed: 1 });
    const broken = report.properties.filter(({ held, kind }) => held === false && kind !== "sometimes");
    expect(broken.map(({ name }) => name)).toEqual([]);
    expect(report.runs).toBe(RUNS);
    const shown = report.properties.filter(({ kind, held }) => kind === "sometimes" && held === true);
    expect(shown.length).toBeGreaterThan(5);
  });

  test("says nothing of what did not happen in a few lives", () => {
    const report = check({ properties: PROPERTIES, runs: 1, seed: 1 });
    expect(report.missing).toEqual([]);
    expect(report.properties.filter(({ held }) => held === false)).toEqual([]);
  });
});

describe("a rule that is broken", () => {
  const report = check({ properties: PROPERTIES, runs: RUNS, seed: 1, rules: forgiving(), first: true });
  const failed = report.properties.find(({ held, kind }) => held === false && kind !== "sometimes");

  test("is noticed, with a life that could not be smaller", () => {
    expect(failed?.name).toBe("nothing leaves the Design Safe State, and nothing changes its reason");
    expect(failed!.failure!.life.happenings.length).toBeLessThanOrEqual(1);
  });

  test("is found again by its seed and path alone", () => {
    const again = check({
      properties: PROPERTIES,
      runs: RUNS,
      seed: 1,
      path: failed!.failure!.path,
      rules: forgiving(),
    });
    expect(again.properties.find(({ name }) => name === failed!.name)?.held).toBe(false);
  });

  test("and the life, told by the shipped rules, is a boot like any other", () => {
    const stimuli = stimuliOf(failed!.failure!.life, SHIPPED);
    expect(stimuli.some(({ kind }) => kind === "service.start")).toBe(true);
  });
});

test("a state that its own text does not hold in full is noticed by telling a life from its snapshots", () => {
  let calls = 0;
  const forgetful: Rules = {
    ...SHIPPED,
    // Something that no state holds decides: the number of the call.
    decide: (view, stimulus) =>
      stimulus.kind === "call" && ++calls % 3 === 0 ? [] : SHIPPED.decide(view, stimulus),
  };
  const report = check({ properties: [], runs: 400, seed: 1, rules: forgetful });
  expect(report.properties.find(({ name }) => name === REPLAY_SENTENCE)?.held).toBe(false);
});

/** A signal in the Design Safe State gives it another reason. */
function forgiving(): Rules {
  return {
    ...SHIPPED,
    decide: (view, stimulus) => {
      const { service } = view.state;
      if (stimulus.kind !== "fail" || service?.phase !== "dss") return SHIPPED.decide(view, stimulus);
      const [first, ...rest] = SHIPPED.decide(
        { ...view, state: { ...view.state, service: { ...service, phase: "running" } } } as typeof view,
        stimulus,
      );
      return first === undefined ? [] : [first, ...rest];
    },
  };
}
