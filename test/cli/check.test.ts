import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { userProperties } from "../../cli/checking/userProperties.ts";
import { InputError } from "../../cli/inputError.ts";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

interface Checked {
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
  readonly missing: readonly string[];
  readonly coverage: { readonly [group: string]: { readonly [what: string]: number } };
  readonly properties: readonly {
    readonly name: string;
    readonly kind: string;
    readonly held: boolean | null;
    readonly runs: number;
    readonly path: string | null;
    readonly counterexample: { readonly boot: string; readonly events: number } | null;
  }[];
}

const folder = scratch();
const check = (...args: string[]) => smmuJson<Checked>(folder, ["check", ...args]);
const lasting = ({ seed, runs, steps, coverage, properties }: Checked) => ({
  seed,
  runs,
  steps,
  coverage,
  properties,
});

// The very example that docs/properties.md shows.
const example = /```ts\n([\s\S]*?)```/.exec(readFileSync("docs/properties.md", "utf8"))![1]!;

beforeAll(() => {
  writeFileSync(join(folder, "mine.ts"), example);
  expect(smmu(folder, ["import", fixture("traces/x86-faults.jsonl.gz")]).code).toBe(0);
});

describe("smmu check", () => {
  test("lives the same lives for the same seed, on one thread or two", () => {
    const one = check("--runs", "1200", "--seed", "11");
    const two = check("--runs", "1200", "--seed", "11", "--workers", "2");
    expect(lasting(two)).toEqual(lasting(one));
    expect(one.properties.filter(({ held }) => held === false)).toEqual([]);
  });

  test("goes on from what it kept, to the same end", () => {
    const whole = check("--runs", "2000", "--seed", "5", "--suite", "service");
    check("--runs", "1500", "--seed", "5", "--suite", "service", "--resume", "state.json");
    const rest = check("--runs", "2000", "--suite", "service", "--resume", "state.json");
    expect(lasting(rest)).toEqual(lasting(whole));
    const other = smmu(folder, ["check", "--suite", "all", "--resume", "state.json"]);
    expect(other).toMatchObject({ code: 2, out: "" });
    expect(other.err).toContain("is of another check");
    writeFileSync(join(folder, "odd.json"), "{}");
    expect(smmu(folder, ["check", "--resume", "odd.json"]).err).toContain("is no state of a check");
  });

  test("stops when its time is over, having lived whole chunks", () => {
    const { runs } = check("--time", "0.01", "--seed", "1", "--suite", "service");
    expect(runs % 1000).toBe(0);
  });

  test("lives futures of a recorded boot", () => {
    const { runs, coverage, properties } = check(
      "--from",
      "x86-faults",
      "--at",
      "2000",
      "--runs",
      "200",
      "--seed",
      "1",
    );
    expect(runs).toBe(200);
    expect(coverage["event"]!["dma"]).toBeGreaterThan(0);
    expect(properties.filter(({ held }) => held === false)).toEqual([]);
    expect(smmu(folder, ["check", "--from", "x86-faults", "--at", "999999"]).code).toBe(2);
    expect(smmu(folder, ["check", "--from", "nowhere"]).err).toContain("there is no boot nowhere");
  });

  test.each([
    [["--workers", "0"], "--workers 0"],
    [["--path", "1"], "--path is a place of a --seed"],
    [["--at", "1"], "--at is an event of the boot of --from"],
  ])("%j is a usage error, said in a sentence", (args, said) => {
    const ran = smmu(folder, ["check", ...args]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(said);
  });
});

describe("properties of one's own", () => {
  test("the documented example: what is broken is shrunk, stored, and found again by seed and path", () => {
    const asked = [
      "check",
      "--properties",
      "mine.ts",
      "--runs",
      "2000",
      "--seed",
      "3",
      "--suite",
      "transfers",
    ];
    const ran = smmu(folder, [...asked, "--json"]);
    expect(ran.code).toBe(1);
    const report = JSON.parse(ran.out) as Checked;
    const broken = report.properties.filter(({ held }) => held === false);
    expect(broken.map(({ name }) => name)).toEqual(["no call grants more than two pages"]);
    const { path, counterexample } = broken[0]!;
    const events = smmuJson<{ kind: string }[]>(folder, ["log", counterexample!.boot]);
    expect(events.length).toBe(counterexample!.events);
    const stimuli = events.filter(({ kind }) =>
      ["client", "call", "dma", "vm", "fail", "exit"].includes(kind),
    );
    expect(stimuli.map(({ kind }) => kind)).toEqual(["client", "call", "call", "call"]);
    const again = smmu(folder, [...asked, "--path", path!]);
    expect(again.code).toBe(1);
    expect(again.out).toContain("broken: no call grants more than two pages");
    expect(again.out).toContain(`--seed 3 --path ${path}`);
    expect(smmu(folder, ["diff", counterexample!.boot, "check-2"]).code).toBe(0);
  });

  const cases: readonly (readonly [string, string, string])[] = [
    ["a file without a list", "export const other = 1;", "exports no list named properties"],
    [
      "a property without a name",
      "export const properties = [{ kind: 'always' }];",
      "property 1 has no name",
    ],
    ["an unknown kind", "export default [{ kind: 'never', name: 'x' }];", 'is of kind "never"'],
    ["a missing function", "export default [{ kind: 'step', name: 'x' }];", 'has no function "holds"'],
    ["a syntax error", "export default [", "cannot be loaded"],
  ];
  test.each(cases)("%s is said in a sentence", async (what, text, said) => {
    const file = join(folder, `${what.replaceAll(" ", "-")}.mjs`);
    writeFileSync(file, text);
    await expect(userProperties(file)).rejects.toThrow(said);
    await expect(userProperties(file)).rejects.toThrow(InputError);
  });

  const thrown: readonly (readonly [string, string])[] = [
    ["holds: (s) => s.nothing.there", '"holds" of "mine" threw: Cannot read properties of undefined'],
    ["holds: 'yes'", 'has no function "holds"'],
  ];
  test.each(thrown)("%s ends the check with a sentence", (member, said) => {
    writeFileSync(join(folder, "bad.mjs"), `export default [{ kind: "always", name: "mine", ${member} }];`);
    const ran = smmu(folder, ["check", "--properties", "bad.mjs", "--runs", "10", "--seed", "1"]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(said);
    expect(ran.err).not.toContain("    at ");
  });
});
