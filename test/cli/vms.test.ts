import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();
const at = (name: string) => fixture(`vms/${name}`);
const HOST = [at("host.smmu"), "--board", at("board.json")];
const VMS = ["--vm", at("net.qvmconf"), "--vm", at("linux.qvmconf")];
const GUEST = ["--in-vm", `net=smmuman @${at("guest.smmu")}`];
const BOOT = [
  "boot",
  ...HOST,
  ...VMS,
  ...GUEST,
  "--scenario",
  at("story.jsonl"),
  "--boot",
  "vms",
  "--replace",
];

interface Fault {
  readonly device: string;
  readonly vm: string;
  readonly stage: string;
  readonly guestAddress: string;
  readonly hostAddress: string | null;
  readonly explanation: string;
}

describe("a host with two guests, from files, end to end", () => {
  test("boot: VMs start, calls and transfers come out as the scenario expects", () => {
    const boot = smmuJson<{
      phase: string;
      calls: { client: string; returns: unknown; errno: string | null }[];
      conformance: { compared: number; agreed: number };
      transactions: object;
    }>(folder, BOOT);
    expect(boot.phase).toBe("running");
    expect(boot.calls.map(({ client, returns, errno }) => `${client} ${returns} ${errno}`)).toEqual([
      "devnp 0 null",
      "devnp rings null",
      "devnp 0 null",
      "devnp 0 null",
      "devnp -1 EINVAL",
      "devnp 0 null",
    ]);
    expect(boot.conformance.agreed).toBe(boot.conformance.compared);
    expect(boot.transactions).toMatchObject({ total: 7, permitted: 3, denied: 4, unrestricted: 0 });
  });

  test("faults: the stage, and the address in the terms of the guest and of the host (HV-7)", () => {
    const faults = smmuJson<Fault[]>(folder, ["faults", "vms"]);
    expect(
      faults.map(({ vm, stage, guestAddress, hostAddress }) => [vm, stage, guestAddress, hostAddress]),
    ).toEqual([
      ["net", "guest", "0x80104000", "0x70004000"],
      ["net", "guest", "0x70000040", null],
      ["linux", "vm", "0x20000000", null],
      [undefined, undefined, undefined, undefined],
    ]);
    expect(faults[0]!.explanation).toContain("refused by the guest's table in VM net");
    expect(faults[1]!.explanation).toContain("the address is a host-physical one");
    expect(faults[1]!.explanation).toContain("guest-physical 0x80100040");
    expect(faults[2]!.explanation).toContain("VM linux has no memory at guest-physical 0x20000000");
  });

  test("state: each VM with its memory and devices, and its guest's own machine", () => {
    const { vms } = smmuJson<{ vms: { [name: string]: unknown }[] }>(folder, ["state", "vms"]);
    expect(vms).toMatchObject([
      { vm: "linux", running: false, guest: null },
      {
        vm: "net",
        running: true,
        memory: [{ guest: "0x80000000", host: "0x6ff00000", length: "0x10000000" }],
        devices: [{ device: "pci:0000:00:12.0", confined: true, guestObject: "rings" }],
        guest: { phase: "running", objects: [{ id: "rings" }, { startup: true }] },
      },
    ]);
    const text = smmu(folder, ["state", "vms"]).out;
    expect(text).toContain("VM net: running");
    expect(text).toContain("0x80000000-0x8fffffff  0x6ff00000-0x7fefffff");
    expect(text).toContain("VM linux: ended");
  });

  test("log: what happens in guests, by kind and by device", () => {
    expect(smmu(folder, ["log", "vms"]).code).toBe(0);
    const returned = smmuJson<{ kind: string; vm: string; outcome: { kind: string } }[]>(folder, [
      ...["log", "vms", "--kind", "CallReturned"],
    ]);
    expect(returned.map(({ vm, outcome }) => `${vm} ${outcome.kind}`)).toEqual(
      Array.from({ length: 6 }, () => "net CallReturned"),
    );
    expect(smmu(folder, ["log", "vms", "--device", "pci:0000:00:14.0"]).out).toContain("VmStarted");
  });

  test("replay finds the same, and the database is whole", () => {
    const replay = smmuJson<{ conformance: { diverged: number } }>(folder, ["replay", "vms"]);
    expect(replay.conformance.diverged).toBe(0);
    expect(smmuJson<{ ok: boolean }>(folder, ["verify"]).ok).toBe(true);
  });

  test("export and import: the trace tells the same story", () => {
    const { out } = smmu(folder, ["export", "vms", "--to", "vms.jsonl", "--as", "smmu-trace"]);
    expect(out).toContain("vms.jsonl");
    const again = smmu(folder, ["import", "vms.jsonl", "--boot", "again", "--replace"]);
    expect(again.code).toBe(0);
    const state = (boot: string) => smmuJson<{ stateDigest: string }>(folder, ["replay", boot]).stateDigest;
    expect(state("again")).toBe(state("vms"));
  });

  test("the same input is the same boot", () => {
    expect(smmu(folder, BOOT.slice(0, -1)).out).toContain("there already from the same input");
  });
});

describe("lint of qvm configurations", () => {
  const codes = (args: readonly string[]) =>
    smmuJson<{ diagnostics: { code: string; severity: string }[] }>(folder, [
      "lint",
      ...args,
    ]).diagnostics.map(({ code }) => code);

  test("the example has notes only", () => {
    const report = smmuJson<{ ok: boolean; vms: unknown }>(folder, [
      ...["lint", at("net.qvmconf"), at("linux.qvmconf")],
    ]);
    expect(report.ok).toBe(true);
    expect(report.vms).toMatchObject([
      {
        vm: "net",
        unity: false,
        memory: [{ guest: "0x80000000", host: null, length: "0x10000000" }],
        devices: [{ device: "pci:0000:00:12.0", dma: true, attributes: "rwd" }],
        vdev: { intr: 40, loc: null },
        safety: "none",
      },
      { vm: "linux", vdev: null, devices: [{ dma: true }, { device: "mmio:0xfee1c000", dma: false }] },
    ]);
    expect(codes([at("net.qvmconf")])).toEqual(["QVM003", "QVM110"]);
  });

  test("with the host's configuration and board the VMs are tried: the disk is the host's (HV-12)", () => {
    const files = [at("disk.qvmconf"), at("net.qvmconf")];
    expect(codes([...HOST, ...files])).toContain("QVM202");
    expect(smmu(folder, ["lint", ...HOST, ...files]).code).toBe(1);
  });

  test("a device that no unit is known to control (HV-8)", () => {
    expect(codes([...HOST, at("unknown.qvmconf")])).toContain("QVM203");
  });

  test("safety required does not start a VM of which nobody says that all is certified (SAF-8, G-2)", () => {
    writeFileSync(join(folder, "strict.qvmconf"), "system strict\nram 0x80000000,1M\nsafety required\n");
    expect(codes([...HOST, "strict.qvmconf"])).toContain("QVM207");
    const ran = smmu(folder, ["boot", ...HOST, "--vm", "strict.qvmconf", "--boot", "strict"]);
    expect(ran.err).toContain("error[QVM207]");
    expect(ran.out).not.toContain("qvm starts VM strict");
  });

  test("a file of another name is known by its first words", () => {
    const ran = smmu(folder, ["lint", "-", "--json"], "system a\nram 0x1000,100\n");
    expect(JSON.parse(ran.out)).toMatchObject({
      ok: false,
      diagnostics: [{ code: "QVM102", line: 2, column: 5 }],
    });
  });
});

describe("what cannot be started says why", () => {
  test.each([
    [["--vm", "nowhere.qvmconf"], "nowhere.qvmconf"],
    [[...VMS, "--in-vm", "nobody=smmuman"], "--in-vm names VM nobody"],
    [[...VMS, "--in-vm", "net"], 'write --in-vm "NAME=smmuman @guest.smmu"'],
    [[...VMS, "--in-vm", "net=smmuman @nowhere.smmu"], "nowhere.smmu cannot be read"],
    [[...VMS, "--guest"], "a guest starts no VMs"],
    [["--vm", at("guest.smmu")], "error[QVM"],
  ])("%j", (args, message) => {
    const ran = smmu(folder, ["boot", ...HOST, ...args, "--boot", "bad"]);
    expect(ran.err).toContain(message);
    expect(ran.code).toBe(2);
  });
});
