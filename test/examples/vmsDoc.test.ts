import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../sources/scenario/readScenario.ts";
import { fixture, scratch, smmu } from "../support/cli.ts";
import { run, stimuliOf } from "../support/machine.ts";

const folder = scratch();
for (const name of readdirSync(fixture("vms"))) copyFileSync(fixture(`vms/${name}`), join(folder, name));
const page = readFileSync(new URL("../../docs/vms.md", import.meta.url), "utf8");

const transcripts = [...page.matchAll(/^```console\n\$ smmu ([^\n]*)\n(.*?)^```$/gms)].map((block) => ({
  command: block[1]!,
  parts: block[2]!.split(/^\.\.\.\n/m).filter((part) => part !== ""),
}));

describe("docs/vms.md", () => {
  test("has examples", () => {
    expect(transcripts.length).toBeGreaterThanOrEqual(4);
  });

  test.each(transcripts)("$command", ({ command, parts }) => {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2]!);
    const { out } = smmu(folder, words);
    let at = 0;
    for (const part of parts) {
      const found = out.indexOf(part, at);
      expect(found < 0 ? out : part).toBe(part);
      at = found + part.length;
    }
  });

  test("the records of its scenario are good, and come out as they expect", () => {
    const text = /^```jsonl\n(.*?)^```$/ms.exec(page)![1]!;
    expect(readScenario(text, "s.jsonl").diagnostics).toEqual([]);
    const records = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    const { steps } = run("ideal", stimuliOf(records));
    const denied = steps[2]!.outcomes[0]!;
    expect(denied).toMatchObject({ kind: "TransferDenied", conformance: "agreed", stage: "guest" });
    expect(steps[3]!.outcomes.at(-1)).toMatchObject({ kind: "VmEnded", how: "crashed" });
  });
});
