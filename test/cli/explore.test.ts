import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SMMU, scratch, smmu } from "../support/cli.ts";

const folder = scratch();

describe("smmu explore", () => {
  test("tells its figures as the contract names them", () => {
    const { code, out } = smmu(folder, ["explore", "--model", "cached-pages:5", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      model: "cached-pages",
      states: 16_810,
      distinct: 16_810,
      complete: true,
      stopped: null,
      properties: [{ kind: "always", held: true, counterexample: null }],
    });
  });

  test("finds on several threads, on the disk and with both what it finds in memory on one", () => {
    const figures = (...more: string[]) => {
      const { out } = smmu(folder, ["explore", "--model", "cached-pages:6", "--json", ...more]);
      const { states, transitions, depth, complete } = JSON.parse(out) as { [what: string]: unknown };
      return { states, transitions, depth, complete };
    };
    const plain = figures();
    expect(plain.states).toBe(117_652);
    expect(figures("--workers", "3")).toEqual(plain);
    expect(figures("--disk")).toEqual(plain);
    expect(figures("--disk", "--workers", "2")).toEqual(plain);
  });

  test("prints how likely bitstate mode misses a state, and calls nothing proved", () => {
    const { code, out } = smmu(folder, ["explore", "--model", "cached-pages:5", "--bitstate", "1"]);
    expect(code).toBe(0);
    expect(out).toContain("one was missed with a probability of");
    expect(out).toMatch(/^open +always/m);
  });

  test("killed with SIGKILL, goes on from its last checkpoint to the same figures", {
    timeout: 120_000,
  }, async () => {
    const kept = join(folder, "kept");
    const args = ["explore", "--model", "cached-pages:8", "--checkpoint", kept, "--checkpoint-every", "0.2"];
    const child = spawn(process.execPath, [SMMU, ...args], { cwd: folder, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    while (!existsSync(join(kept, "search.json")) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGKILL");
    await ended;
    expect(child.signalCode).toBe("SIGKILL");
    const again = smmu(folder, ["explore", "--model", "cached-pages:8", "--checkpoint", kept]);
    expect(again).toMatchObject({ code: 2 });
    expect(again.err).toContain(`--resume ${kept}`);
    const { code, out } = smmu(folder, ["explore", "--resume", kept, "--workers", "2", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ states: 5_764_804, depth: 17, complete: true });
    expect(existsSync(join(kept, "search.json"))).toBe(false);
  });

  test("ended by --time-max says what to do, and goes on", () => {
    const kept = join(folder, "late");
    const first = smmu(folder, [
      "explore",
      "--model",
      "cached-pages:7",
      "--checkpoint",
      kept,
      "--time-max",
      "0",
    ]);
    expect(first.code).toBe(0);
    expect(first.out).toContain("not every state was gone through: the time that was allowed ended it");
    expect(first.err).toContain(`smmu explore --resume ${kept} goes on with it`);
    const { out } = smmu(folder, ["explore", "--resume", kept, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ states: 823_546, complete: true });
  });

  test("stores the way to what is asked for as a boot, and writes it as ITF", () => {
    const args = [
      "explore",
      "--model",
      "ownership",
      "--depth-max",
      "8",
      "--path-to",
      "another client has it",
    ];
    const { code, out } = smmu(folder, [...args, "--itf", "way.itf", "--json"]);
    expect(code).toBe(0);
    const { properties } = JSON.parse(out) as {
      properties: { name: string; steps: string[] | null; path: { boot: string } | null }[];
    };
    const shown = properties.find(({ path }) => path !== null)!;
    expect(shown.name).toBe("a device is refused because another client has it");
    expect(shown.steps).toHaveLength(8);
    const calls = smmu(folder, ["log", shown.path!.boot, "--json"]);
    expect(calls.out).toContain("EBUSY");
    const itf = JSON.parse(readFileSync(join(folder, "way.itf"), "utf8")) as {
      vars: string[];
      states: { action: string }[];
    };
    expect(itf.states.map(({ action }) => action)).toEqual(["", ...shown.steps!]);
    expect(itf.vars).toContain("client_c1");
  });

  test.each([
    [["--model", "nothing"], "there is no model nothing"],
    [["--workers", "0"], "--workers 0 is not a whole number of at least 1"],
    [["--bitstate", "0"], "--bitstate 0 is not a whole number"],
    [["--resume", "."], "holds no search to go on with"],
    [["--resume", ".", "--model", "dss"], "give no model"],
    [["--path-to", "unicorns"], "no property of ownership is about unicorns"],
    [["--path-to", "client"], "could be"],
  ])("says of %j what is wrong, and ends with 2", (args, told) => {
    const { code, err } = smmu(folder, ["explore", ...args]);
    expect(code).toBe(2);
    expect(err).toContain(told);
  });

  test("does not go on with a search whose files are damaged", () => {
    const kept = join(folder, "short");
    smmu(folder, ["explore", "--model", "cached-pages:7", "--checkpoint", kept, "--time-max", "0"]);
    const note = JSON.parse(readFileSync(join(kept, "search.json"), "utf8")) as { layout: number };
    expect(existsSync(join(kept, `states-${note.layout}.words`))).toBe(true);
    truncate(join(kept, `states-${note.layout}.parents`));
    const { code, err } = smmu(folder, ["explore", "--resume", kept]);
    expect(code).toBe(2);
    expect(err).toContain("is damaged");
  });
});

function truncate(file: string): void {
  writeFileSync(file, "");
}
