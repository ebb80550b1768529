import { describe, expect, test } from "vitest";
import { LIVES_ON, SAME_AGAIN } from "../../../core/properties/lives.ts";
import type { SafetyProperty } from "../../../core/properties/property.ts";
import { PROPERTIES } from "../../../core/properties.ts";
import { check, chunksOf, reportOf, Tally } from "../../../replay/check/check.ts";
import { CHUNK, Checker, SentenceError } from "../../../replay/check/checker.ts";
import { stimuliOf } from "../../../replay/check/liveLife.ts";
import { type Rules, SHIPPED } from "../../../replay/check/rules.ts";
import { smallWorlds } from "../../../replay/check/worlds.ts";

const RUNS = 600;

describe("a check of the shipped rules", () => {
  test("finds every sentence kept, and life enough to mean it", () => {
    const report = check({ properties: PROPERTIES, runs: RUNS, seed: 1 });
    const broken = report.properties.filter(({ held, kind }) => held === false && kind !== "sometimes");
    expect(broken.map(({ name }) => name)).toEqual([]);
    expect(report.runs).toBe(RUNS);
    const shown = report.properties.filter(({ kind, held }) => kind === "sometimes" && held === true);
    expect(shown.length).toBeGreaterThan(10);
  });

  test("says nothing of what did not happen in a few lives", () => {
    const report = check({ properties: PROPERTIES, runs: 1, seed: 1 });
    expect(report.missing).toEqual([]);
    expect(report.properties.filter(({ held }) => held === false)).toEqual([]);
  });

  test("comes to the same whoever lives its chunks, and in whatever order", () => {
    const worlds = smallWorlds();
    const one = new Checker(PROPERTIES, SHIPPED, worlds);
    const runs = 2 * CHUNK + 100;
    const [first, second, third] = [...chunksOf(runs)];
    const inOrder = new Tally();
    for (const { chunk, lives } of [first!, second!, third!]) inOrder.add(one.chunk(7, chunk, lives));
    const mixed = new Tally();
    for (const { chunk, lives } of [third!, first!, second!])
      mixed.add(new Checker(PROPERTIES, SHIPPED, worlds).chunk(7, chunk, lives));
    expect(mixed.result).toEqual(inOrder.result);
    const asked = { properties: PROPERTIES, seed: 7 };
    expect(reportOf(mixed, asked, one, worlds)).toEqual(reportOf(inOrder, asked, one, worlds));
  });
});

describe("a rule that is broken", () => {
  const report = check({ properties: PROPERTIES, runs: RUNS, seed: 1, rules: forgiving(), first: true });
  const failed = report.properties.find(({ held, kind }) => held === false && kind !== "sometimes");

  test("is noticed, with a life that could not be smaller", () => {
    expect(failed?.name).toBe("nothing leaves the Design Safe State, and nothing changes its reason");
    expect(failed!.failure!.life.happenings.length).toBeLessThanOrEqual(2);
    expect(failed!.failure!.life.world).toBe(0);
  });

  test("is found again by its seed and path alone", () => {
    const again = check({
      properties: PROPERTIES,
      runs: RUNS,
      seed: 1,
      path: failed!.failure!.path,
      rules: forgiving(),
    });
    const its = again.properties.find(({ name }) => name === failed!.name)!;
    expect(its.held).toBe(false);
    expect(its.failure).toEqual(failed!.failure);
  });

  test("and the life, told by the shipped rules, is a boot like any other", () => {
    const stimuli = stimuliOf(failed!.failure!.life, SHIPPED, smallWorlds());
    expect(stimuli.some(({ kind }) => kind === "service.start")).toBe(true);
  });
});

test("a rule that does not go the same way twice is noticed by telling a life again", () => {
  let calls = 0;
  const forgetful: Rules = {
    ...SHIPPED,
    // Something that no state holds decides: the number of the call.
    decide: (view, stimulus) =>
      stimulus.kind === "call" && ++calls % 3 === 0 ? [] : SHIPPED.decide(view, stimulus),
  };
  const report = check({ properties: [], runs: 1000, seed: 1, rules: forgetful });
  expect(report.properties.find(({ name }) => name === SAME_AGAIN.name)?.held).toBe(false);
});

test("a rule whose own assertion fails is a broken sentence with a smallest life", () => {
  const asserting: Rules = {
    ...SHIPPED,
    decide: (view, stimulus) => {
      if (stimulus.kind === "exit") throw new Error("assertion failed");
      return SHIPPED.decide(view, stimulus);
    },
  };
  const report = check({ properties: [], runs: 500, seed: 1, rules: asserting });
  const its = report.properties.find(({ name }) => name === LIVES_ON.name)!;
  expect(its.held).toBe(false);
  expect(its.failure!.life.happenings.length).toBe(1);
});

test("an `eventually` sentence fails when its steps are over, and when the life is", () => {
  const within = (steps: number): SafetyProperty => ({
    kind: "eventually",
    name: `a client that starts connects within ${steps}`,
    requirements: [],
    begins: ({ stimulus }) => stimulus.kind === "client",
    ends: ({ outcomes }) => outcomes.some(({ kind }) => kind === "ClientConnected"),
    counts: () => true,
    within: steps,
  });
  const report = check({ properties: [within(1), within(1000)], runs: 300, seed: 3 });
  const [soon, late] = report.properties;
  expect([soon!.held, late!.held]).toEqual([false, false]);
  expect(soon!.failure!.life.happenings.length).toBe(1);
  expect(late!.failure!.life.happenings.length).toBe(1);
});

test("a sentence of a user's that throws ends the check", () => {
  const throwing: SafetyProperty = {
    kind: "always",
    name: "throws",
    requirements: [],
    holds: () => {
      throw new SentenceError("mine");
    },
  };
  expect(() => check({ properties: [throwing], runs: 10, seed: 1 })).toThrow(SentenceError);
});

/** A signal in the Design Safe State gives it another reason. */
function forgiving(): Rules {
  return {
    ...SHIPPED,
    decide: (view, stimulus) => {
      const { service } = view.state;
      if (stimulus.kind !== "fail" || service?.phase !== "dss") return SHIPPED.decide(view, stimulus);
      const running = { ...view, state: { ...view.state, service: { ...service, phase: "running" } } };
      return SHIPPED.decide(running as typeof view, stimulus).slice(0, 2);
    },
  };
}
