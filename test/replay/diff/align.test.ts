import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Alignment, align, alignRest, EDITS_MAX } from "../../../replay/diff/align.ts";

const sequences = fc.array(fc.nat(4), { maxLength: 40 });

describe("an alignment", () => {
  test("pairs equal tokens, each once, and leaves alone no more than counting would", () => {
    fc.assert(
      fc.property(sequences, sequences, (a, b) => {
        const { counterpart, onlyA, onlyB } = align(a, b);
        const used = [...counterpart].filter((j) => j >= 0);
        expect(new Set(used).size).toBe(used.length);
        counterpart.forEach((j, i) => {
          if (j >= 0) expect(b[j]).toBe(a[i]);
        });
        expect([...counterpart].flatMap((j, i) => (j < 0 ? [i] : []))).toEqual(onlyA);
        expect(b.map((_, j) => j).filter((j) => !used.includes(j))).toEqual(onlyB);
        // What is left of a token is in one sequence alone.
        const left = new Set(onlyA.map((i) => a[i]));
        expect(onlyB.some((j) => left.has(b[j]!))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("of a sequence and the same without one token leaves that one alone, and keeps the order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 60 }), fc.nat(), (a, at) => {
        const index = at % a.length;
        const b = a.filter((_, i) => i !== index);
        const { counterpart, onlyA, onlyB, ordered } = align(a, b);
        expect({ onlyA, onlyB, ordered }).toEqual({ onlyA: [index], onlyB: [], ordered: true });
        expect([...counterpart].filter((j) => j >= 0)).toEqual(b.map((_, j) => j));
      }),
    );
  });

  test("finds few edits in a long sequence of few words, in order", () => {
    const a = Array.from({ length: 20_000 }, (_, i) => i % 7);
    const b = [...a.slice(0, 5_000), 9, ...a.slice(5_000, 15_000), ...a.slice(15_001)];
    const { onlyA, onlyB, ordered } = align(a, b);
    expect({ onlyA, onlyB, ordered }).toEqual({ onlyA: [15_000], onlyB: [5_000], ordered: true });
  });

  test("of sequences without any order in common pairs by count, and says so", () => {
    const a = Array.from({ length: 3 * EDITS_MAX }, (_, i) => i);
    const { onlyA, onlyB, ordered } = align(a, [...a].reverse());
    expect({ onlyA, onlyB, ordered }).toEqual({ onlyA: [], onlyB: [], ordered: false });
  });

  test("of a known tail pairs it first, whatever the tokens before it would match", () => {
    const { onlyA, onlyB } = align([5, 1, 5], [1, 5], 2);
    expect({ onlyA, onlyB }).toEqual({ onlyA: [0], onlyB: [] });
    expect(align([5, 5], [5], 1).onlyA).toEqual([0]);
    expect(align([5, 5], [5]).onlyA).toEqual([1]);
  });

  test("pairs what is left by other tokens", () => {
    const first: Alignment = align([1, 2, 3], [4, 2, 5]);
    expect(first.onlyA).toEqual([0, 2]);
    const second = alignRest(
      first,
      (i) => (i === 0 ? 7 : 8),
      (j) => (j === 2 ? 7 : 9),
    );
    expect({ ...second, counterpart: [...second.counterpart] }).toMatchObject({
      counterpart: [2, 1, -1],
      onlyA: [2],
      onlyB: [0],
    });
  });
});
