import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Rules } from "../../../replay/check/rules.ts";
import { SHIPPED } from "../../../replay/check/rules.ts";
import { explore } from "../../../replay/explore/explore.ts";
import { machineModel } from "../../../replay/explore/models/machineModel.ts";
import { ownershipMachine } from "../../../replay/explore/models/ownership.ts";

const isInstalled = ["spin", "gcc"].every((tool) => spawnSync(tool, ["--version"]).error === undefined);
if (!isInstalled)
  console.warn(
    "spin or gcc is not installed: the models of docs/models are not compared (apt-get install spin gcc)",
  );

describe.skipIf(!isInstalled)("the models that were written from the specification, searched by Spin", () => {
  test("have as many states as the shipped rules, and the same verdicts", { timeout: 600_000 }, () => {
    const { stdout } = spawnSync(process.execPath, ["scripts/spin.mjs", "--quick", "--json"], {
      encoding: "utf8",
    });
    const { agree, rows } = JSON.parse(stdout) as {
      agree: boolean;
      rows: { model: string; sizes: string; agree: boolean; spin: { complete: boolean } }[];
    };
    expect(rows.filter((row) => !row.agree || !row.spin.complete)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(6);
    expect(agree).toBe(true);
  });

  test("without the owner check both are broken, in as many steps (CM-7)", { timeout: 120_000 }, () => {
    const sizes = { devices: 1, clients: 2, objects: 1, pages: 1, rights: 1 };
    const failed = explore(machineModel(ownershipMachine(sizes, THIEVING))).properties.find(
      ({ held }) => held === false,
    )!;
    const steps = failed.trail!.length;
    expect(errorsInSpin("ownership", { ...sizes, mutant_thief: 1 }, [steps - 1, steps])).toEqual([0, 1]);
  });
});

/** Failed assertions that Spin finds within each number of steps. */
function errorsInSpin(
  model: string,
  sizes: { readonly [what: string]: number },
  steps: readonly number[],
): number[] {
  const cwd = mkdtempSync(join(tmpdir(), "smmu-spin-test-"));
  try {
    const defines = Object.entries(sizes).map(([what, size]) => `-D${what.toUpperCase()}=${size}`);
    const source = join(process.cwd(), "docs", "models", `${model}.pml`);
    execFileSync("spin", [...defines, "-a", source], { cwd, stdio: "pipe" });
    execFileSync("gcc", ["-w", "-O1", "-DSAFETY", "-DNOREDUCE", "-DREACH", "-o", "pan", "pan.c"], { cwd });
    return steps.map((each) => {
      const { stdout } = spawnSync("./pan", ["-E", `-m${each}`], { cwd, encoding: "utf8" });
      return Number(/errors: (\d+)/.exec(stdout)?.[1] ?? Number.NaN);
    });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

// A device is taken whoever has it, as MUTANT_THIEF has it in the model.
const THIEVING: Rules = {
  ...SHIPPED,
  decide: (view, stimulus) => {
    const outcomes = SHIPPED.decide(view, stimulus);
    const isBusy = outcomes.some((outcome) => outcome.kind === "CallReturned" && outcome.errno === "EBUSY");
    if (!isBusy) return outcomes;
    const { state } = view;
    const devices = new Map([...state.devices].map(([name, device]) => [name, { ...device, object: null }]));
    const blind = {
      ...view,
      space: (name: Parameters<typeof view.space>[0]) => view.space(name),
      route: (name: Parameters<typeof view.route>[0]) => view.route(name),
      state: { ...state, devices },
    };
    return SHIPPED.decide(blind, stimulus);
  },
};
