import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();
const STARTED = ["shell", "a.smmu", "--board", "example:x86-vtd"];

beforeAll(() => {
  writeFileSync(
    join(folder, "a.smmu"),
    "smmu vtd\nallow smbs0 0x7f000000,0x100000,st\ndevice pci:0:18.0 smbs0\n",
  );
});

function shell(lines: readonly string[], args: readonly string[] = STARTED) {
  return smmu(folder, args, `${lines.join("\n")}\n`);
}

interface ShellJson {
  readonly branch: string;
  readonly at: number;
  readonly phase: string;
  readonly branches: readonly {
    readonly branch: string;
    readonly events: number;
    readonly saved: string | null;
  }[];
  readonly commands: readonly { readonly [member: string]: unknown }[];
  readonly errors: number;
  readonly findings: number;
}

function shellJson(lines: readonly string[], args: readonly string[] = STARTED) {
  const ran = shell(lines, [...args, "--json"]);
  return { ...ran, json: JSON.parse(ran.out) as ShellJson };
}

const ATTACHED = [
  "smmu_init(0)",
  "o1 = smmu_obj_create(SOCF_NONE);",
  "smmu_device_add_pci(o1, 0, 18, 0)",
  "smmu_mapping_add(o1, SMF_READ|SMF_WRITE, 0, 1, {0x10000000, 0x1000}, 0)",
];

test("a pipe of C calls and transfers reads as a transcript, with returns and errno by name", () => {
  const { code, out, err } = shell([
    ...ATTACHED,
    "dma 00:12.0 0x10000000 64 w",
    "dma 00:12.0 0x30000000 64 w",
    "smmu_xfer_status(&status)",
    "smmu_xfer_status(&status)",
    "client c2",
    "smmu_init(0)",
    "o2 = smmu_obj_create(SOCF_NONE)",
    "smmu_device_add_pci(o2, 0, 18, 0)",
  ]);
  expect(err).toBe("");
  expect(code).toBe(0);
  const lines = out.split("\n").map((line) => line.replace(/^\s*(?:\d+ {2})?/, ""));
  expect(lines).toEqual(
    expect.arrayContaining([
      "= o1",
      "o1: 0x10000000-0x10000fff is granted rw",
      "permitted -> 0x10000000",
      "denied at 0x30000000: unmapped (0x05)",
      "fault_addr = 0x30000000",
      "devid = { SDT_PCI, bus = 0, dev = 18, func = 0 }",
      "= -1 EAGAIN: no record is waiting (G-30)",
      expect.stringMatching(/^= -1 EBUSY: the device is another client's/),
    ]),
  );
});

test("every function of the API can be called, in C or in words, and returns what the machine does", () => {
  const { json, code } = shellJson([
    "client c1 attach target",
    "smmu_init 0",
    "o1 = smmu_obj_create(SOCF_RESERVED_MANUAL)",
    "smmu_device_add_generic(o1, {SDT_PCI, 0, 18, 0})",
    "smmu_device_add_pci(NULL, 0, 18, 0)",
    "smmu_device_add_mmio(o1, 0xe6ef0000, 0x1000)",
    "smmu_device_add_pci o1 SMMU_PCI_FIELD_ANY 18 0",
    "smmu_mapping_add o1 SMF_READ|SMF_TARGET 0x1000+0x1000 0x3000+0x1000 target=0x9000",
    "smmu_device_report_reserved(pci:0000:00:02.0, 0, 8)",
    "smmu_xfer_notify(&event)",
    "smmu_xfer_notify(NULL)",
    "smmu_xfer_status()",
    "smmu_safety()",
    "smmu_obj_destroy(o1)",
    "smmu_fini()",
  ]);
  expect(code).toBe(0);
  expect(json.commands.map(({ function: name, returns, errno }) => [name, returns, errno])).toEqual([
    [undefined, undefined, undefined],
    ["smmu_init", 0, null],
    ["smmu_obj_create", "o1", null],
    ["smmu_device_add_generic", 0, null],
    ["smmu_device_add_pci", 0, null],
    ["smmu_device_add_mmio", -1, "ENOENT"],
    ["smmu_device_add_pci", 0, null],
    ["smmu_mapping_add", 0, null],
    ["smmu_device_report_reserved", 1, null],
    ["smmu_xfer_notify", 0, null],
    ["smmu_xfer_notify", -1, "EFAULT"],
    ["smmu_xfer_status", -1, "EAGAIN"],
    ["smmu_safety", "SMMUMAN_SAFETY_NO", null],
    ["smmu_obj_destroy", 0, null],
    ["smmu_fini", 0, null],
  ]);
});

describe("what is wrong is said in a sentence with its place", () => {
  const BAD = [
    ["bogus", 'there is no command or function "bogus"; help lists them'],
    ["smmu_device_add_pci(o1, 0)", "smmu_device_add_pci takes (sop, pbus, pdev, pfunc); pdev is missing"],
    ["smmu_init(0, 1)", 'smmu_init takes (flags); "1" is one argument too many'],
    [
      "smmu_mapping_add(o1, SMF_FOO, 0x1000+1)",
      '"SMF_FOO" is no flag of smmu_mapping_add; there are SMF_NONE',
    ],
    ["smmu_mapping_add(o1, SMF_READ, {0x1000)", "a { is left open"],
    ["smmu_device_add_pci(o1, x, 0, 0)", 'pbus is "x", expected a whole number'],
    ["dma 00:12.0", "a transfer is dma DEVICE ADDRESS [LENGTH] r|w"],
    ["dma nowhere 0x1000 w", '"nowhere" is no device'],
    ["goto 9999", "to 92"],
    ["switch nowhere", 'there is no branch "nowhere"; there are: a'],
    ["why", "no transfer was refused up to here"],
    ["exit c1", "exit leaves the shell; kill c1 ends the process c1"],
    ['{"kind":"dma"}', '"dma" needs "device"'],
    ["{", "the record ends before it is complete"],
  ] as const;

  test("and the next line is done all the same; the exit code is 2", () => {
    const { code, err, out } = shell([...BAD.map(([line]) => line), "mark after all"]);
    expect(code).toBe(2);
    const told = err.trimEnd().split("\n");
    BAD.forEach(([, sentence], i) => {
      expect(told[i]).toMatch(new RegExp(`^standard input:${i + 1}: `));
      expect(told[i]).toContain(sentence);
    });
    expect(told).toHaveLength(BAD.length);
    expect(out).toContain("after all");
  });

  test("with --bail the first bad line ends the script, which is named", () => {
    writeFileSync(join(folder, "s.txt"), "# a comment\nmark one\nbogus\nmark two\n");
    const { code, err, out } = smmu(folder, [...STARTED, "--script", "s.txt", "--bail"]);
    expect(code).toBe(2);
    expect(err).toContain("s.txt:3: ");
    expect(out).not.toContain("mark two");
  });

  test("so is what is wrong with the command line", () => {
    for (const [args, sentence] of [
      [["shell", "none.smmu"], "none.smmu"],
      [["shell", "--open", "nothing"], "there is no database"],
      [["shell", "--at", "3"], "--at is a seq of the boot that --open names"],
      [["shell", "--board", "example:x86-vtd"], "need a service to start"],
      [["shell", "--script", "none.txt"], "none.txt"],
      [["shell", "-", "--board", "example:x86-vtd"], "cannot be both"],
    ] as const) {
      const { code, err } = smmu(folder, args, "");
      expect([args, code]).toEqual([args, 2]);
      expect(err).toContain(sentence);
      expect(err).not.toContain("bug");
    }
  });
});

describe("expectations make a script a test", () => {
  test("what is met is said; what is not is a finding", () => {
    const met = shell(["smmu_init(0) => 0", "dma 00:12.0 0x7f000000 64 w => permitted 0x7f000000"]);
    expect(met.code).toBe(0);
    expect(met.out.match(/^ +as expected$/gm)).toHaveLength(2);
    const missed = shell([
      "smmu_init(1) => 0",
      "dma 00:12.0 0x1000 w => permitted",
      "dma 00:12.0 0x1000 w => denied 0x05",
    ]);
    expect(missed.code).toBe(1);
    expect(missed.out.match(/not as expected/g)).toHaveLength(2);
  });

  test("a service in its Design Safe State is a finding, too", () => {
    const { code, json } = shellJson(["fail signal SIGTERM", "smmu_init(0)"]);
    expect(code).toBe(1);
    expect(json.phase).toBe("dss");
    expect(json.commands[1]).toMatchObject({ returns: -1, errno: "EBADF" });
  });
});

describe("places and branches", () => {
  test("the state at any seq is the one that the stored boot has there", () => {
    const { json } = shellJson([
      ...ATTACHED,
      "save walked",
      "goto 17",
      "state",
      "goto 100",
      "state",
      "goto end",
      "state",
    ]);
    const states = json.commands.filter((command) => "stateDigest" in command || "units" in command);
    expect(states).toHaveLength(3);
    for (const state of states) {
      const at = state["at"] as number;
      const stored = smmuJson<{ readonly boot: string }>(folder, ["state", "walked", "--at", String(at)]);
      const { boot: _, ...told } = stored;
      expect(state).toMatchObject(told);
    }
  });

  test("something new in the past begins a branch; the trunk stays, and both are saved as boots that verify", () => {
    const { json, code } = shellJson([
      ...ATTACHED,
      "back",
      "write 00:12.0 0x10000000",
      "branches",
      "switch a",
      "write 00:12.0 0x10000000",
      "save all",
    ]);
    expect(code).toBe(0);
    expect(json.commands.filter(({ kind }) => kind === "dma").map(({ verdict }) => verdict)).toMatchObject([
      { verdict: "denied" },
      { verdict: "permitted" },
    ]);
    expect(json.branches).toMatchObject([
      { branch: "a", saved: "a" },
      { branch: "a-2", saved: "a-2", from: { branch: "a" } },
    ]);
    expect(smmu(folder, ["verify"]).code).toBe(0);
    for (const boot of ["a", "a-2"]) expect(smmu(folder, ["replay", boot]).code).toBe(0);
  });

  test("in the middle of what one stimulus brings about nothing can go on, and the shell says where it can", () => {
    const { err } = shell(["goto 40", "mark x"]);
    expect(err).toMatch(/event 40 is in the middle of what follows from \d+; goto \d+ or goto \d+ first/);
  });

  test("what a branch left behind can happen again there: the same calls after a client's death", () => {
    const { json } = shellJson([
      ...ATTACHED,
      "write 00:12.0 0x10000000",
      "back",
      "branch without",
      "kill shell",
      "run",
    ]);
    const last = json.commands.at(-1) as { readonly steps: number; readonly happened: readonly object[] };
    expect(last.steps).toBe(1);
    expect(last.happened[0]).toMatchObject({ kind: "dma", verdict: { verdict: "denied" } });
  });
});

test("a scenario's records happen when they are stepped to", () => {
  writeFileSync(
    join(folder, "s.jsonl"),
    '{"kind":"mark","text":"one"}\n{"kind":"dma","device":"pci:0000:00:12.0","address":"0x1000","length":4,"access":"r","observed":{"verdict":"permitted"}}\n',
  );
  const { out, code } = shell(["step", "run", "step"], [...STARTED, "--scenario", "s.jsonl"]);
  expect(out).toContain("2 records of the scenario to come: step, or run");
  expect(out).toContain("nothing is to come: this is the end of the branch");
  expect(code).toBe(1);
});

describe("a stored boot", () => {
  beforeAll(() => {
    writeFileSync(
      join(folder, "t.jsonl"),
      [
        { format: "smmu-trace", version: 1, family: "ideal" },
        { kind: "attach", device: "pci:0000:00:12.0", object: "d1" },
        { kind: "map", object: "d1", address: "0x1000", length: 4096, access: "r" },
        { kind: "dma", device: "pci:0000:00:12.0", address: "0x1000", length: 4, access: "r" },
      ]
        .map((record) => JSON.stringify(record))
        .join("\n"),
    );
    expect(smmu(folder, ["import", "t.jsonl", "--boot", "recorded"]).code).toBe(0);
  });

  test("is opened at a seq, never changed, and goes on in a branch", () => {
    const before = smmuJson<{ readonly elapsedMs: number }>(folder, ["replay", "recorded"]);
    const { json, code } = shellJson(
      ["state", "read 00:12.0 0x1000", "step 2", "why 3", "save"],
      ["shell", "--open", "recorded", "--at", "0"],
    );
    expect(code).toBe(0);
    expect(json.commands[1]).toMatchObject({ branched: "recorded-2", verdict: { verdict: "denied" } });
    expect(json.commands[2]).toMatchObject({ steps: 2 });
    expect(smmu(folder, ["verify"]).code).toBe(0);
    const { elapsedMs: _, ...same } = before;
    expect(smmuJson(folder, ["replay", "recorded"])).toMatchObject(same);
    expect(smmuJson<{ kind: string }[]>(folder, ["log", "recorded-2"]).map(({ kind }) => kind)).toEqual([
      "attach",
      "dma",
      "map",
      "dma",
    ]);
  });
});

test("without a configuration there is an empty machine, and with nothing typed nothing happens", () => {
  const { code, out } = shell(["smmu_init(0)"], ["shell", "--family", "vtd"]);
  expect(code).toBe(0);
  expect(out).toContain("empty: a machine of family vtd");
  expect(smmu(folder, ["shell"], "").code).toBe(0);
});
