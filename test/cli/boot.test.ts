import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

/** The partial x86 configuration of the guide (SUB-4). */
const PARTIAL = `debug 2
smmu vtd require
allow smbs0 $asinfo_start{smbs0},$asinfo_length{smbs0},st
allow xhci  $asinfo_start{xhci},$asinfo_length{xhci},st
device pci:0:18.0 smbs0
device pci:0:21.0 xhci
`;

interface Boot {
  readonly boot: string;
  readonly phase: string;
  readonly dss: { reason: string; requirement: string; seq: number } | null;
  readonly events: number;
  readonly faults: number;
  readonly calls: unknown[];
  readonly transactions: { total: number; permitted: number; denied: number; unrestricted: number };
  readonly conformance: { compared: number; diverged: number };
  readonly config?: { readonly [member: string]: unknown };
  readonly configText?: string;
  readonly unchanged: boolean;
  readonly diagnostics: { code: string; file: string; line: number }[];
}

beforeAll(() => {
  write("partial.smmu", PARTIAL);
  write("empty.smmu", "# nothing yet\n");
  write("bad.smmu", "smmu vtd\nalow a 0x1000,0x1000\n");
});

describe("smmu boot", () => {
  test("the guide's partial configuration starts on a board that has its asinfo entries", () => {
    const boot = smmuJson<Boot>(folder, ["boot", "partial.smmu", "--board", "example:x86-vtd"]);
    expect(boot).toMatchObject({
      boot: "partial",
      phase: "running",
      dss: null,
      faults: 0,
      calls: [],
      transactions: { total: 0, permitted: 0, denied: 0 },
      conformance: { compared: 0, diverged: 0, divergences: [] },
    });
  });

  test("the same input again is the same boot; other input is another one", () => {
    const again = smmuJson<Boot>(folder, ["boot", "partial.smmu", "--board", "example:x86-vtd"]);
    expect(again).toMatchObject({ boot: "partial", unchanged: true });
    const other = smmuJson<Boot>(folder, [
      "boot",
      "partial.smmu",
      "--board",
      "example:x86-vtd",
      "--service",
      "smmuman-safety",
    ]);
    expect(other).toMatchObject({ boot: "partial-2", unchanged: false });
  });

  test("a boot that ends in the DSS: exit 1, with reason, requirement and the event that caused it", () => {
    const ran = smmu(folder, ["boot", "bad.smmu", "--board", "example:x86-vtd", "--json"]);
    expect(ran.code).toBe(1);
    const boot = JSON.parse(ran.out) as Boot;
    expect(boot).toMatchObject({
      phase: "dss",
      dss: {
        reason: "configuration-error",
        requirement: "G-7",
        detail: expect.stringContaining("unknown option"),
        origin: { file: "bad.smmu", line: 2, column: 1 },
      },
      diagnostics: [{ code: "CFG201", file: "bad.smmu", line: 2 }],
    });
    const [cause] = smmuJson<{ kind: string }[]>(folder, [
      "log",
      "bad",
      "--from",
      `${boot.dss!.seq}`,
      "--to",
      `${boot.dss!.seq}`,
    ]);
    expect(cause).toMatchObject({ kind: "config.problem", code: "CFG201" });
    expect(
      smmuJson<{ boot: string; dss: object }[]>(folder, ["boots"]).find((b) => b.boot === "bad")!.dss,
    ).toMatchObject({ reason: "configuration-error", requirement: "G-7" });
  });

  test("without a board no library can be loaded, and it says so", () => {
    const ran = smmu(folder, ["boot", "partial.smmu", "--args", "smmu vtd", "--boot", "bare"]);
    expect(ran.code).toBe(1);
    // Nor is there an asinfo table to look names up in: what is wrong first is told first.
    expect(ran.out).toContain("configuration-error (G-7)");
    const plain = smmu(folder, ["boot", "--args", "smmu vtd", "--boot", "plain"]);
    expect(plain.code).toBe(1);
    expect(plain.out).toContain("hardware-absent (DSS-3.2)");
    expect(plain.out).toContain("on a board of which nothing is said");
  });

  test("tells the start-up as a story, and what to do about a DSS", () => {
    const { out, code } = smmu(folder, ["boot", "partial.smmu", "--board", "example:x86-vtd"]);
    expect(code).toBe(0);
    expect(out).toContain("smmuman on example:x86-vtd: running");
    expect(out).toMatch(/allow smbs0 0x70000000,0x100000,st {3}partial\.smmu:3/);
    expect(out).toContain("0x70000000-0x700fffff rw, allow smbs0");
    expect(out).toContain("ready: the launching command returns 0 (G-3)");
    expect(smmu(folder, ["boot", "empty.smmu", "--board", "example:x86-vtd"]).out).toContain(
      "what to do: name the support library with smmu",
    );
  });

  test("--print-config prints the effective configuration, which starts the same way", () => {
    const boot = smmuJson<Boot>(folder, [
      "boot",
      "partial.smmu",
      "--board",
      "example:x86-vtd",
      "--print-config",
      "--boot",
      "printed",
    ]);
    expect(boot.config).toMatchObject({
      service: "smmuman",
      placement: "hardware",
      debug: 2,
      foreground: false,
      safety: "none",
      user: null,
      smmu: { type: "vtd", parameters: ["require"], library: null },
      units: [],
      allow: [
        { name: "smbs0", start: "0x70000000", length: "0x100000", source: true, target: true },
        { name: "xhci", start: "0x70100000", length: "0x200000", source: true, target: true },
      ],
      devices: [
        { device: "pci:0000:00:12.0", allow: ["smbs0"], unit: null, use: null, reserved: [] },
        { device: "pci:0000:00:15.0", allow: ["xhci"] },
      ],
    });
    write("again.smmu", boot.configText!);
    const again = smmuJson<Boot & { stateDigest: string }>(folder, [
      "boot",
      "again.smmu",
      "--board",
      "example:x86-vtd",
    ]);
    expect(again.stateDigest).toBe((boot as Boot & { stateDigest: string }).stateDigest);
  });

  test("a scenario: transfers, failures and expectations", () => {
    write(
      "run.yaml",
      `
after:
  - dma: {device: pci:0000:00:12.0, address: 0x70000000, length: 64, access: w, observed: {verdict: permitted}}
  - dma: {device: pci:0000:00:12.0, address: 0x60000000, length: 64, access: w, observed: {verdict: denied}}
  - dma: {device: pci:0000:00:12.0, address: 0x50000000, length: 64, access: r}
  - fail: {what: signal, name: SIGTERM}
`,
    );
    const ran = smmu(folder, [
      "boot",
      "partial.smmu",
      "--board",
      "example:x86-vtd",
      "--scenario",
      "run.yaml",
      "--boot",
      "run",
      "--json",
    ]);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({
      phase: "dss",
      dss: { reason: "terminated", requirement: "G-8" },
      faults: 2,
      transactions: { total: 3, permitted: 1, denied: 2, unrestricted: 0 },
      conformance: { compared: 2, agreed: 2, diverged: 0 },
    });
    expect(smmuJson<unknown[]>(folder, ["faults", "run"])).toHaveLength(2);
    expect(smmuJson(folder, ["replay", "run"])).toMatchObject({ phase: "dss", conformance: { diverged: 0 } });
  });

  test("a verdict that is not the expected one: exit 1", () => {
    write(
      "diverges.jsonl",
      `${JSON.stringify({ kind: "dma", device: "pci:0000:00:12.0", address: "0x1000", length: 4, access: "r", observed: { verdict: "permitted" } })}\n`,
    );
    const args = [
      "boot",
      "partial.smmu",
      "--board",
      "example:x86-vtd",
      "--scenario",
      "diverges.jsonl",
      "--json",
    ];
    const ran = smmu(folder, args);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({ phase: "running", conformance: { diverged: 1 } });
  });

  test("--fail-step makes that step fail", () => {
    const args = ["boot", "partial.smmu", "--board", "example:x86-vtd", "--fail-step", "9", "--json"];
    const ran = smmu(folder, args);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({
      dss: { reason: "resource-exhausted", requirement: "DSS-4" },
    });
  });

  test("--fail-each: a table of every step, each in the DSS or harmless", () => {
    const args = ["boot", "partial.smmu", "--board", "example:x86-vtd", "--fail-each"];
    const { out, code } = smmu(folder, args);
    expect(code).toBe(0);
    expect(out).toContain("17 steps: each failure ends in the DSS or is harmless");
    const { failEach } = smmuJson<{ failEach: { step: number; ok: boolean }[] }>(folder, args);
    expect(failEach.map(({ step }) => step)).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
    expect(failEach.every(({ ok }) => ok)).toBe(true);
  });

  test("in a guest", () => {
    const args = [
      "boot",
      "partial.smmu",
      "--board",
      "example:guest",
      "--guest",
      "--service",
      "smmuman-safety",
    ];
    const boot = smmuJson<Boot & { placement: string }>(folder, [...args, "--boot", "guest"]);
    expect(boot).toMatchObject({ phase: "running", placement: "guest" });
    expect(boot.diagnostics.map(({ code }) => code)).toEqual(["CFG501"]);
  });

  test("the start-up grants stand in the state, with the event that gave them", () => {
    const state = smmuJson<{
      phase: string;
      units: { unit: string; translation: boolean }[];
      objects: { id: string; devices: string[]; mappings: { address: string; since: number }[] }[];
    }>(folder, ["state", "partial"]);
    expect(state.phase).toBe("running");
    expect(state.units.map(({ unit, translation }) => `${unit} ${translation}`)).toEqual([
      "dmar0 true",
      "dmar1 true",
    ]);
    const own = state.objects.find(({ devices }) => devices.includes("pci:0000:00:12.0"))!;
    expect(own.mappings).toMatchObject([
      { address: "0x70000000", length: "0x100000", target: "0x70000000", access: "rw", by: "allow" },
    ]);
    const [cause] = smmuJson<{ kind: string }[]>(folder, [
      "log",
      "partial",
      "--from",
      `${own.mappings[0]!.since}`,
      "--to",
      `${own.mappings[0]!.since}`,
    ]);
    expect(cause!.kind).toBe("answer");
  });

  test("verifies, as every boot does", () => {
    expect(smmuJson(folder, ["verify"])).toMatchObject({ ok: true });
  });

  test("several board files are one board", () => {
    write("lib.json", JSON.stringify({ format: "smmu-board", version: 1, files: [{ name: "smmu-vtd.so" }] }));
    write("dmar.smmu", "smmu vtd require\ndevice pci:0:29.0\n");
    const table = fixture("acpi/dmar-5949ea99a04b.bin");
    const boot = smmuJson<Boot>(folder, ["boot", "dmar.smmu", "--board", "lib.json", "--board", table]);
    expect(boot.phase).toBe("running");
    const reserved = smmuJson<{ kind: string; device: string; address?: string }[]>(folder, [
      "log",
      boot.boot,
      "--kind",
      "StartupGranted",
    ]);
    expect(reserved.map(({ device }) => device)).toContain("pci:0000:00:1d.0");
  });
});

describe("input that cannot be used", () => {
  test.each([
    ["no configuration", ["boot"], "name a configuration file"],
    ["a configuration that is not there", ["boot", "nothing.smmu"], "nothing.smmu does not exist"],
    ["a configuration that is a directory", ["boot", "."], "is a directory"],
    ["a board that is not there", ["boot", "partial.smmu", "--board", "no.json"], "no.json does not exist"],
    ["a board that is none", ["boot", "partial.smmu", "--board", "partial.smmu"], "BRD007"],
    ["an example that is none", ["boot", "partial.smmu", "--board", "example:x"], "BRD008"],
    ["a scenario that is none", ["boot", "partial.smmu", "--scenario", "partial.smmu"], "SCN002"],
    ["a step that is none", ["boot", "partial.smmu", "--fail-step", "0"], "steps count from 1"],
    ["a service that is none", ["boot", "partial.smmu", "--service", "smmud"], "smmud"],
  ])("%s: exit 2, and why", (_, args, why) => {
    const { code, err, out } = smmu(folder, args);
    expect(code).toBe(2);
    expect(err).toContain(why);
    expect(out).toBe("");
  });

  test("an @ file of the configuration that is not there is the service's to miss: G-7", () => {
    write("at.smmu", "smmu vtd\n@missing.smmu\n");
    const ran = smmu(folder, ["boot", "at.smmu", "--board", "example:x86-vtd", "--json"]);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({ dss: { reason: "configuration-error", requirement: "G-7" } });
  });

  test("an @ of a directory, a device or a pipe is refused, not read or waited for", () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    write("dev.smmu", "@/dev/zero\n@.\n@pipe\n");
    const ran = smmu(folder, ["boot", "dev.smmu", "--board", "example:x86-vtd", "--json"]);
    expect(ran.code).toBe(1);
    const { diagnostics } = JSON.parse(ran.out) as Boot;
    expect(diagnostics.map(({ code, line }) => `${code}:${line}`)).toEqual([
      "CFG001:1",
      "CFG001:2",
      "CFG001:3",
    ]);
  });
});

describe("smmu inspect", () => {
  test("a table: exactly the facts", () => {
    const expected = JSON.parse(readFileSync(fixture("acpi/dmar-5949ea99a04b.expected.json"), "utf8")) as {
      facts: unknown;
    };
    const file = fixture("acpi/dmar-5949ea99a04b.bin");
    expect(smmuJson<{ facts: unknown }>(folder, ["inspect", file]).facts).toEqual(expected.facts);
  });

  test("a table as text: its structures, and what a service would learn of them", () => {
    const { out, code } = smmu(folder, ["inspect", fixture("acpi/dmar-5949ea99a04b.bin")]);
    expect(code).toBe(0);
    expect(out).toContain("type=RMRR");
    expect(out).toMatch(/dmar1 +vtd +0xfed91000 +- +PCI segment 0/);
  });

  test("an example prints as a board file that can be saved and given back", () => {
    const { out, code } = smmu(folder, ["inspect", "example:rcar-h3"]);
    expect(code).toBe(0);
    write("rcar.json", out);
    write(
      "rcar.smmu",
      "smmu rcar3 0xe67b0000,228,18,0x4f.0x20\nunit vi0 0xfebd0000,0\ndevice mem:0xE6EF0000 use vi0 0\n",
    );
    expect(smmuJson<Boot>(folder, ["boot", "rcar.smmu", "--board", "rcar.json"]).phase).toBe("running");
  });

  test("a damaged table: what can be read, what is wrong, exit 2", () => {
    const bytes = readFileSync(fixture("acpi/dmar-5949ea99a04b.bin"));
    bytes[50] = 0;
    writeFileSync(join(folder, "damaged.bin"), bytes);
    const { code, err } = smmu(folder, ["inspect", "damaged.bin"]);
    expect(code).toBe(2);
    expect(err).toContain("error[DMAR");
  });

  test("a file that is nothing of ours: exit 2", () => {
    expect(smmu(folder, ["inspect", "partial.smmu"]).code).toBe(2);
  });
});
