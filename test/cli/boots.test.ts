import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();
const hasShell = spawnSync("sqlite3", ["--version"]).status === 0;
const TRACE = fixture("traces/x86-faults.jsonl.gz");

interface Replay {
  readonly events: number;
  readonly phase: string;
  readonly stateDigest: string;
  readonly transactions: { total: number; permitted: number; denied: number };
  readonly conformance: {
    compared: number;
    agreed: number;
    stale: number;
    diverged: number;
    divergences: unknown[];
  };
}

beforeAll(() => {
  expect(smmu(folder, ["import", TRACE]).code).toBe(0);
});

describe("a recorded boot", () => {
  test("is imported once: the same input again changes nothing", () => {
    const again = smmuJson<{ boot: string; events: number; unchanged: boolean }>(folder, ["import", TRACE]);
    expect(again).toMatchObject({
      boot: "x86-faults",
      events: 4992,
      faults: 1196,
      skipped: 0,
      unchanged: true,
      diagnostics: [],
    });
    expect(smmuJson<unknown[]>(folder, ["boots"])).toHaveLength(1);
  });

  test("is judged as the machine judged it, every transfer", () => {
    const ran = smmu(folder, ["replay", "x86-faults", "--json"]);
    expect(ran.code).toBe(0);
    const replay = JSON.parse(ran.out) as Replay;
    expect(replay.transactions).toMatchObject({ total: 2814, permitted: 1618, denied: 1196 });
    expect(replay.conformance).toMatchObject({
      compared: 2814,
      agreed: 2814,
      stale: 0,
      diverged: 0,
      divergences: [],
    });
  });

  test("gives the same digests when replayed again, and in another database", () => {
    const first = smmuJson<Replay>(folder, ["replay", "x86-faults"]);
    expect(smmuJson<Replay>(folder, ["replay", "x86-faults"]).stateDigest).toBe(first.stateDigest);
    smmu(folder, ["import", TRACE, "--db", "other.db", "--boot", "renamed"]);
    const other = smmuJson<Replay & { logDigest: string }>(folder, ["replay", "renamed", "--db", "other.db"]);
    expect(other).toMatchObject({
      stateDigest: first.stateDigest,
      logDigest: (first as Replay & { logDigest: string }).logDigest,
    });
  });

  test("counts a seq from 0, the record after the header", () => {
    const [first] = smmuJson<unknown[]>(folder, ["log", "x86-faults", "--from", "0", "--to", "0"]);
    expect(first).toMatchObject({
      seq: 0,
      t: 0,
      kind: "unit",
      unit: "dmar0",
      addressWidth: 39,
      origin: { line: 2 },
    });
  });

  test("tells its events by kind and device", () => {
    const denied = smmuJson<{ kind: string; device: string }[]>(folder, [
      "log",
      "x86-faults",
      "--kind",
      "fault",
      "--device",
      "pci:0000:00:0a.0",
    ]);
    expect(denied.length).toBeGreaterThan(10);
    expect(new Set(denied.map((event) => `${event.kind} ${event.device}`))).toEqual(
      new Set(["fault pci:0000:00:0a.0"]),
    );
  });

  test("lists each refused transfer once, with the report of it where there is one", () => {
    const faults = smmuJson<{ seq: number; reportSeq: number | null; explanation: string }[]>(folder, [
      "faults",
      "x86-faults",
    ]);
    expect(faults).toHaveLength(1196);
    expect(faults.filter((fault) => fault.reportSeq !== null)).toHaveLength(197);
    expect(faults[0]).toMatchObject({
      seq: 2260,
      bdf: "00:0a.0",
      sourceId: "0x0050",
      address: "0xb2fdc",
      access: "write",
      code: "0x05",
      reason: "unmapped",
    });
    expect(faults.every((fault) => fault.explanation.length > 20)).toBe(true);
  });

  test("shows the machine at any event, from the nearest snapshot or from the start", () => {
    const state = smmuJson<{
      phase: string;
      objects: { id: string; mappings: { address: string; since: number }[] }[];
    }>(folder, ["state", "x86-faults", "--at", "65"]);
    expect(state.phase).toBe("running");
    expect(state.objects.find(({ id }) => id === "domain-2")!.mappings).toEqual([
      { address: "0xffffe000", length: "0x1000", target: "0x3fea2000", access: "rw", since: 64 },
      { address: "0xfffff000", length: "0x1000", target: "0x3feab000", access: "rw", since: 65 },
    ]);
  });

  test.skipIf(!hasShell)(
    `can be queried with the plain sqlite3 shell${hasShell ? "" : " (left out: there is no sqlite3 here)"}`,
    () => {
      const count = execFileSync("sqlite3", [join(folder, "smmu.db"), "SELECT count(*) FROM faults"], {
        encoding: "utf8",
      });
      expect(count.trim()).toBe("1196");
    },
  );

  test("is whole by verify, and gone after remove", () => {
    smmu(folder, ["import", TRACE, "--db", "gone.db"]);
    expect(smmuJson(folder, ["verify", "--db", "gone.db"])).toMatchObject({
      ok: true,
      boots: [{ boot: "x86-faults", ok: true, firstBad: null }],
    });
    expect(smmu(folder, ["remove", "x86-faults", "--db", "gone.db"]).code).toBe(0);
    expect(smmuJson(folder, ["boots", "--db", "gone.db"])).toEqual([]);
  });
});

describe("the command line", () => {
  test.each([
    [["nonsense"], "nonsense"],
    [["replay"], "smmu replay --help"],
    [["replay", "absent"], "there is no boot absent; there are: x86-faults"],
    [["replay", "x86-faults", "--at", "4992"], "its events are 0 to 4991"],
    [["log", "x86-faults", "--device", "disk0"], "pci:SSSS:bb:dd.f"],
    [["log", "x86-faults", "--frm", "1"], "frm"],
    [[], "name a command"],
  ])("refuses %j with a sentence and exit 2", (args, words) => {
    const ran = smmu(folder, args);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(words);
    expect(ran.err).not.toMatch(/^\s+at /m);
    expect(ran.out).toBe("");
  });

  test("ends quietly when its reader has seen enough", () => {
    const script = `"${process.execPath}" "${join(import.meta.dirname, "../../dist/cli/smmu.js")}" log x86-faults | head -n 1; exit \${PIPESTATUS[0]}`;
    const out = execFileSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" });
    expect(out.split("\n")).toHaveLength(2);
  });

  test("tells a newcomer the next commands in its demo", () => {
    const ran = smmu(folder, ["demo", "--db", "demo.db"]);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("1,196 faults");
    expect(ran.out).toContain("npx smmu state x86-faults --at");
  });
});
