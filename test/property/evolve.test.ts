import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../core/decide.ts";
import { evolve, evolveAll, Folding } from "../../core/evolve.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import { stateDigest } from "../../core/stateDigest.ts";
import { printState, readState } from "../../core/stateText.ts";
import type { Outcome } from "../../events/outcome.ts";
import { deepFreeze } from "../support/deepFreeze.ts";
import { type History, histories } from "../support/histories.ts";
import { run, stimuliOf } from "../support/machine.ts";

interface Told {
  readonly event: Outcome;
  readonly at: number;
}

describe("one fold, however it is cut", () => {
  test("evolveAll makes the state that evolve makes one by one", () => {
    fc.assert(
      fc.property(histories(), (history) => {
        const { state, events } = oneByOne(history);
        expectSame(evolveAll(initialState(history.family), events), state);
      }),
      { numRuns: 300 },
    );
  });

  test("a folding with checkpoints anywhere makes the same states, and the outcomes do not depend on where", () => {
    fc.assert(
      fc.property(histories(), fc.array(fc.nat(60), { maxLength: 6 }), (history, cuts) => {
        const { state, events, afterStimulus } = oneByOne(history);
        const folding = new Folding(initialState(history.family));
        const outcomes: Told[] = [];
        stimuliOf(history.records).forEach((stimulus, seq) => {
          for (const event of decide(folding, stimulus)) {
            outcomes.push({ event, at: seq });
            folding.apply(event, seq);
          }
          if (cuts.includes(seq)) expectSame(deepFreeze(folding.checkpoint()), afterStimulus[seq]!);
        });
        expect(outcomes).toEqual(events);
        expectSame(folding.finish(), state);
      }),
      { numRuns: 300 },
    );
  });

  test("a state that was printed and read goes on as the state itself does (replay from a snapshot)", () => {
    fc.assert(
      fc.property(histories(), fc.double({ min: 0, max: 1, noNaN: true }), (history, share) => {
        const { state, events } = oneByOne(history);
        const cut = Math.floor(share * events.length);
        const before = evolveAll(initialState(history.family), events.slice(0, cut));
        const text = printState(before);
        const read = readState(text)!;
        expect(printState(read)).toBe(text);
        expect(stateDigest(read)).toBe(stateDigest(before));
        expectSame(evolveAll(deepFreeze(read), events.slice(cut)), state);
      }),
      { numRuns: 300 },
    );
  });
});

describe("states are values", () => {
  test("what is folded later, on any branch, leaves earlier states as they were", () => {
    fc.assert(
      fc.property(histories(25), histories(15), (history, other) => {
        const { steps } = run(history.family, stimuliOf(history.records));
        const texts = steps.map(({ state }) => printState(state));
        const branch = new Folding(
          steps[Math.floor(steps.length / 2)]?.state ?? initialState(history.family),
        );
        stimuliOf(other.records).forEach((stimulus, i) => {
          for (const outcome of decide(branch, stimulus)) branch.apply(outcome, 1000 + i);
          if (i % 7 === 0) branch.checkpoint();
        });
        branch.finish();
        expect(steps.map(({ state }) => printState(state))).toEqual(texts);
      }),
      { numRuns: 150 },
    );
  });

  test("a stimulus alone changes nothing", () => {
    fc.assert(
      fc.property(histories(15), (history) => {
        const { steps } = run(history.family, stimuliOf(history.records));
        for (const { stimulus, state } of steps) expect(evolve(state, stimulus, 99)).toBe(state);
      }),
      { numRuns: 50 },
    );
  });

  test("a frozen state refuses to be written in place, tables included (the guard of these tests works)", () => {
    const records = [{ kind: "map", object: "o1", address: "0x1000", length: 1, access: "r" }];
    const { state } = run("ideal", stimuliOf(records));
    const { space } = state.objects.values().next().value!;
    const inside = space as unknown as { live: { set(...args: unknown[]): void } };
    expect(() => inside.live.set(5, 5, {})).toThrow(TypeError);
    expect(() => Object.assign(space, { live: null })).toThrow(TypeError);
    expect(() => (state.objects as Map<unknown, unknown>).delete("o1")).toThrow();
    expect(() => Object.assign(state, { described: false })).toThrow(TypeError);
  });
});

function oneByOne({ family, records }: History): {
  state: IommuState;
  events: Told[];
  afterStimulus: IommuState[];
} {
  const { state, steps } = run(family, stimuliOf(records));
  const events = steps.flatMap(({ outcomes, seq }) => outcomes.map((event) => ({ event, at: seq })));
  return { state, events, afterStimulus: steps.map((step) => step.state) };
}

function expectSame(actual: IommuState, expected: IommuState): void {
  expect(printState(actual)).toBe(printState(expected));
  expect(stateDigest(actual)).toBe(stateDigest(expected));
}
