import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fixture, scratch, smmu } from "../support/cli.ts";

const folder = scratch();
const page = readFileSync(new URL("../../docs/scenarios.md", import.meta.url), "utf8");
const examples = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, text]) => text!);

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
    writeFileSync(join(folder, `s.${language}`), examples(language)[0]!);
    const on = ["--board", "example:x86-vtd", "--boot", language];
    const ran = smmu(folder, ["boot", "seed.smmu", ...on, "--scenario", `s.${language}`, "--json"]);
    expect(ran.code).toBe(1);
    const boot = JSON.parse(ran.out) as Boot;
    expect(boot.dss.reason).toBe(reason);
    expect(boot.conformance).toMatchObject({ compared, agreed: compared, diverged: 0 });
    expect(boot.diagnostics.filter(({ severity }) => severity !== "note")).toEqual([]);
  });

  test("the times of the launch are those of the windows (PUR-5)", () => {
    copyFileSync(fixture("config/seed-x86.smmu"), join(folder, "seed.smmu"));
    writeFileSync(join(folder, "times.jsonl"), examples("jsonl")[1]!);
    const on = ["--board", "example:x86-vtd", "--boot", "times", "--scenario", "times.jsonl"];
    const { out, code } = smmu(folder, ["boot", "seed.smmu", ...on]);
    expect(code).toBe(0);
    // Launched at 350 ms; translation of the second unit comes on at step 15, 2 ms each.
    expect(out).toMatch(
      /pci:0000:00:12\.0 is confined; nothing restricted it for \d+ events \(380 ms\) before/,
    );
    expect(out).toMatch(/for up to \d+ events \(380 ms\) \(PUR-5\)/);
    const exposure = smmu(folder, ["exposure", "times"]).out;
    expect(exposure).not.toContain("lacking");
  });
});
