import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fixture, scratch, smmu } from "../support/cli.ts";

const folder = scratch();
const page = readFileSync(new URL("../../docs/scenarios.md", import.meta.url), "utf8");
const example = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(page)![1]!;

interface Boot {
  readonly dss: { readonly reason: string };
  readonly conformance: { readonly compared: number; readonly agreed: number; readonly diverged: number };
  readonly diagnostics: readonly { readonly code: string; readonly severity: string }[];
}

describe("docs/scenarios.md: its examples run as it says", () => {
  test.each([
    ["jsonl", "terminated", 3],
    ["yaml", "unit-failure", 2],
  ])("%s", (language, reason, compared) => {
    copyFileSync(fixture("config/seed-x86.smmu"), join(folder, "seed.smmu"));
    writeFileSync(join(folder, `s.${language}`), example(language));
    const on = ["--board", "example:x86-vtd", "--boot", language];
    const ran = smmu(folder, ["boot", "seed.smmu", ...on, "--scenario", `s.${language}`, "--json"]);
    expect(ran.code).toBe(1);
    const boot = JSON.parse(ran.out) as Boot;
    expect(boot.dss.reason).toBe(reason);
    expect(boot.conformance).toMatchObject({ compared, agreed: compared, diverged: 0 });
    expect(boot.diagnostics.filter(({ severity }) => severity !== "note")).toEqual([]);
  });
});
