import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionError, assert, unreachable } from "../../base/assert.ts";
import { type Diagnostic, hasErrors, QUOTE_LENGTH_MAX, quote } from "../../base/diagnostic.ts";
import { DIGEST_ZERO, digestOf, sha256 } from "../../base/digest.ts";
import { nextBelow, nextUint32, type Prng, prng } from "../../base/prng.ts";
import { err, ok } from "../../base/result.ts";

describe("assert", () => {
  test("throws our own error with its message, or nothing", () => {
    assert(true, "fine");
    expect(() => assert(0, "seq 5: no")).toThrow(AssertionError);
    expect(() => assert(0, "seq 5: no")).toThrow("seq 5: no");
  });
  test("unreachable says what was reached", () => {
    expect(() => unreachable({ kind: "x" } as never, "event")).toThrow('unreachable event: {"kind":"x"}');
  });
});

test("a result says whether it is one", () => {
  expect([ok(1), err("no")]).toEqual([
    { ok: true, value: 1 },
    { ok: false, error: "no" },
  ]);
});

describe("digest", () => {
  test("of the empty text, as everywhere", () => {
    expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256("a", new TextEncoder().encode("ä"), "c")).toBe(sha256("aäc"));
    expect(DIGEST_ZERO).toMatch(/^0{64}$/);
  });
  test("of a value does not see the order of members", () => {
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
    expect(digestOf({ a: 1, b: 2 })).not.toBe(digestOf({ a: 2, b: 1 }));
  });
});

describe("the seeded generator", () => {
  test("gives the same numbers for a seed on every machine, today and later", () => {
    const numbers: number[] = [];
    let generator: Prng = prng(42);
    for (let i = 0; i < 4; i++) {
      const [value, next] = nextUint32(generator);
      numbers.push(value);
      generator = next;
    }
    // mulberry32(42), as published
    expect(numbers).toEqual([2581720956, 1925393290, 3661312704, 2876485805]);
  });
  test("stays below its limit and reaches both ends", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, limit) => {
        const [value] = nextBelow(prng(seed), limit);
        expect(Number.isInteger(value) && value >= 0 && value < limit).toBe(true);
      }),
    );
    const seen = new Set<number>();
    let generator = prng(1);
    for (let i = 0; i < 100; i++) {
      const [value, next] = nextBelow(generator, 3);
      seen.add(value);
      generator = next;
    }
    expect([...seen].sort()).toEqual([0, 1, 2]);
  });
});

describe("quote", () => {
  test("bounds hostile text and escapes what a terminal would act on", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const quoted = quote(text);
        // Each unit takes at most six characters as \uXXXX, beside the quotes and the ellipsis.
        expect(quoted.length).toBeLessThanOrEqual(QUOTE_LENGTH_MAX * 6 + 3);
        expect(quoted).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
    expect(quote("a\u001b[31m\u009b\u2028")).toBe('"a\\u001b[31m\\u009b\\u2028"');
    expect(quote("x".repeat(500))).toBe(`"${"x".repeat(QUOTE_LENGTH_MAX)}…"`);
  });
});

test("only errors count as errors", () => {
  const diagnostic = (severity: Diagnostic["severity"]): Diagnostic => {
    return { file: null, line: null, code: "X1", severity, message: "m" };
  };
  expect(hasErrors([diagnostic("note"), diagnostic("warning")])).toBe(false);
  expect(hasErrors([diagnostic("note"), diagnostic("error")])).toBe(true);
});
