import fc from "fast-check";
import { expect, test } from "vitest";
import { AssertionError } from "../../base/assert.ts";
import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { jsonValues } from "../support/recordedEvents.ts";

test("the text is JSON that reads back as the value", () => {
  fc.assert(
    fc.property(jsonValues, (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(sortedText(JSON.parse(text))).toBe(sortedText(value));
    }),
  );
});

test("members in another order give the same text", () => {
  fc.assert(
    fc.property(jsonValues, (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

test("keys are sorted by UTF-16 code units, members that are undefined are left out, no white space", () => {
  expect(canonicalJson({ b: 1, a: [true, null, "x y"], Z: undefined, é: {}, "": "", "10": 0, "9": -0 })).toBe(
    '{"":"","10":0,"9":0,"a":[true,null,"x y"],"b":1,"é":{}}',
  );
});

test("a member named __proto__ is a member like any other", () => {
  expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"x":2}}') as Json)).toBe(
    '{"__proto__":{"x":2},"b":1}',
  );
});

test.each([[Number.NaN], [Number.POSITIVE_INFINITY]])("%s has no text", (value) => {
  expect(() => canonicalJson([value])).toThrow(AssertionError);
});

/** A second way to sort: JSON.stringify of members rebuilt in order. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, member) => {
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    const entries = Object.entries(member as object).sort(([a], [b]) => (a < b ? -1 : 1));
    return ["object", ...entries];
  });
}

function reversed(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => reversed(item));
  const entries = Object.entries(value as { readonly [name: string]: Json });
  return Object.fromEntries(entries.reverse().map(([name, member]) => [name, reversed(member)]));
}
