import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();

beforeAll(() => {
  expect(smmu(folder, ["import", fixture("traces/x86-faults.jsonl.gz")]).code).toBe(0);
});

describe("why", () => {
  test("tells the chain back to the lines of the trace, as JSON and on one screen", () => {
    const why = smmuJson<{ because: { seq: number; kind: string; origin: { line: number } }[] }>(folder, [
      "why",
      "x86-faults",
      "3325",
    ]);
    expect(why).toMatchObject({
      seq: 3325,
      verdict: "denied",
      reason: "permission",
      code: "0x05",
      conformance: "agreed",
      cause: "less-access",
    });
    expect(why.because.map(({ seq, kind, origin }) => [seq, kind, origin.line])).toEqual([
      [2978, "attach", 2980],
      [3235, "map", 3237],
      [3325, "dma", 3327],
    ]);
    const text = smmu(folder, ["why", "x86-faults", "3325"]).out;
    expect(text).toContain("the right to write is missing");
    expect(text).toContain("device pci:0:11.0 fix");
    expect(text.split("\n").every((line) => line.length <= 130)).toBe(true);
  });

  test("answers what if, at any moment", () => {
    const asked = [
      "why",
      "x86-faults",
      "--device",
      "pci:0000:00:05.0",
      "--address",
      "0xfffff002",
      "--access",
      "w",
    ];
    expect(smmuJson(folder, [...asked, "--at", "65"])).toMatchObject({
      verdict: "denied",
      cause: "use-before-map",
    });
    expect(smmuJson(folder, [...asked, "--at", "66"])).toMatchObject({
      verdict: "permitted",
      cause: "granted",
    });
  });

  test.each([
    [["why", "x86-faults", "0"], "is a unit"],
    [["why", "x86-faults"], "--device and --address"],
    [["why", "x86-faults", "--device", "pci:0000:00:05.0", "--address", "zzz"], "expected hex"],
  ])("refuses %j with a sentence", (args, words) => {
    const ran = smmu(folder, args);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(words);
  });
});

test("exposure counts device-seconds before translation was on", () => {
  const exposure = smmuJson<{ totals: { unrestrictedSeconds: number } }>(folder, ["exposure", "x86-faults"]);
  expect(exposure.totals.unrestrictedSeconds).toBeCloseTo(0.725, 3);
  expect(smmu(folder, ["exposure", "x86-faults"]).out).toContain("translation was off");
});

test("a report is one page that asks nothing of the network", () => {
  expect(smmuJson(folder, ["report", "x86-faults", "--html", "r.html", "--md", "r.md"])).toMatchObject({
    files: ["r.html", "r.md"],
    faults: 1196,
  });
  const html = readFileSync(join(folder, "r.html"), "utf8");
  expect(html).toContain("first cause");
  expect(html).toContain("<svg");
  expect(html).not.toMatch(/(?:src|href)=|url\(|@import|<script/);
  expect(readFileSync(join(folder, "r.md"), "utf8")).toContain("First cause: seq 2260");
});

test("a report without a file is Markdown on standard output", () => {
  expect(smmu(folder, ["report", "x86-faults"]).out).toMatch(/^# .*\n[\s\S]*First cause/);
});
