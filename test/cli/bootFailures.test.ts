import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fixture, scratch, smmu } from "../support/cli.ts";

const folder = scratch();
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
copyFileSync(fixture("config/seed-x86.smmu"), join(folder, "partial.smmu"));

describe("SCN004: a failure that was asked for and never happened is told", () => {
  const ON = ["--board", "example:x86-vtd", "--replace", "--boot", "unmet", "--json"];
  const told = (scenario: object[], ...more: string[]) => {
    write("unmet.jsonl", scenario.map((record) => JSON.stringify(record)).join("\n"));
    const { out } = smmu(folder, ["boot", "partial.smmu", ...ON, "--scenario", "unmet.jsonl", ...more]);
    const { diagnostics } = JSON.parse(out) as {
      diagnostics: { code: string; message: string; hint: string }[];
    };
    return diagnostics.filter(({ code }) => code === "SCN004");
  };

  test.each([
    [{ what: "unit", name: "dmar7" }, "unit dmar7 never fails", "what it asks for: dmar0, dmar1"],
    [{ what: "library", name: "vtd", at: 2 }, "does not ask for it 2 times", "smmu-vtd.so"],
    [{ what: "vdev" }, "vdev never fails", "none of its steps asks for a vdev"],
    [{ what: "step", at: 99 }, "the start-up has 17 steps", "steps count from 1"],
  ])("%j", (fail, message, hint) => {
    const [diagnostic, ...others] = told([{ kind: "fail", ...fail }]);
    expect(others).toEqual([]);
    expect(diagnostic!.message).toContain(message);
    expect(diagnostic!.hint).toContain(hint);
  });

  test("--fail-step past the end is told, and a failure that comes too late", () => {
    const [late, step] = told(
      [
        { kind: "fail", what: "step", at: 4 },
        { kind: "fail", what: "unit", name: "dmar0" },
      ],
      "--fail-step",
      "99",
    );
    expect(late!.message).toContain("it ends in the DSS at step 4 (DSS-3.2)");
    expect(step!.message).toContain("--fail-step 99: the start-up has 4 steps");
  });

  test("one that happened is not", () => {
    expect(told([{ kind: "fail", what: "unit", name: "dmar1" }])).toEqual([]);
  });
});
