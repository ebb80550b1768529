import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MUTANTS } from "../../../replay/mutants/catalogue.ts";
import { mutate, placesOf } from "../../../replay/mutants/mutate.ts";
import { ROOT } from "../../support/sourceFiles.ts";

describe("the catalogue", () => {
  test("has a place in the shipped rules for each mutant, and exactly one", () => {
    const lost = MUTANTS.flatMap((mutant) => {
      const changed = mutate(sourceOf(mutant.module), mutant);
      return changed.ok ? [] : [changed.error];
    });
    expect(lost).toEqual([]);
  });

  test("bends at least sixty rules, each under a name of its own, with a sentence and the requirements that it breaks", () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
    const poor = MUTANTS.filter(
      ({ id, rule, requirements }) =>
        !/^[a-z0-9-]+$/.test(id) || rule.length < 20 || rule.endsWith(".") || requirements.length === 0,
    );
    expect(poor).toEqual([]);
  });

  test("changes something each time, and no two mutants the same thing in the same way", () => {
    const changes = MUTANTS.map((mutant) => {
      const text = sourceOf(mutant.module);
      const changed = mutate(text, mutant);
      expect(changed.ok && changed.value).not.toBe(text);
      return `${mutant.module} ${changed.ok ? changed.value : ""}`;
    });
    expect(new Set(changes).size).toBe(changes.length);
  });
});

describe("a place in a module", () => {
  test("is found by its tokens: white space, `!`, `as` and the comma of a long list do not count", () => {
    const written = "call(\n  state.objects.get(name)!.client,\n  bits as Access,\n);";
    const compiled = "call(state.objects.get(name).client, bits);";
    const find = "call(state.objects.get(name).client, bits)";
    expect(placesOf(written, find)).toEqual([{ start: 0, end: written.length - 1 }]);
    expect(placesOf(compiled, find)).toEqual([{ start: 0, end: compiled.length - 1 }]);
  });

  test("is not found where another word is, or a word goes on", () => {
    expect(placesOf("first < last;", "first <= last")).toEqual([]);
    expect(placesOf("a === b", "a !== b")).toEqual([]);
  });

  test("must stand there once: nowhere and twice are errors that name the mutant", () => {
    const mutant = { id: "m", rule: "", requirements: [], module: "x", find: "a + b", put: "a - b" };
    expect(mutate("let c = a+b;", mutant)).toEqual({ ok: true, value: "let c = a - b;" });
    expect(mutate("let c = 1;", mutant)).toEqual({
      ok: false,
      error: "mutant m: its place stands nowhere in core/x, not once: a + b",
    });
    expect(mutate("a + b; a + b", mutant)).toMatchObject({
      error: expect.stringContaining("stands 2 times"),
    });
  });
});

function sourceOf(module: string): string {
  return readFileSync(`${ROOT}core/${module}.ts`, "utf8");
}
