import { describe, expect, test } from "vitest";
import { events } from "../../replay/bootEvents.ts";
import { BootRecorder } from "../../replay/bootRecorder.ts";
import { simulate } from "../../replay/simulate.ts";
import { questionOf } from "../../replay/why/question.ts";
import { type Explanation, explain, explainEvent } from "../../replay/why/why.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { memoryEventStore } from "../../store/memoryEventStore.ts";
import { bootFrom } from "../support/boots.ts";
import { assemble, type StartupStory } from "../support/startup.ts";

const A = "pci:0000:00:12.0";
const B = "pci:0000:00:13.0";
const record = (kind: string, more: object) => ({ kind, ...more });
const unit = record("unit", { unit: "u0", addressWidth: 39 });
const machine = [
  unit,
  record("device", { device: A, unit: "u0" }),
  record("device", { device: B, unit: "u0" }),
];
const attach = (object = "o1", device = A) => record("attach", { device, object });
const map = (address: string, length: number, more: object = {}) =>
  record("map", { object: "o1", address, length, access: "rw", ...more });
const unmap = (address: string, length: number) => record("unmap", { object: "o1", address, length });
const dma = (address: string, length = 16, access = "w", more: object = {}) =>
  record("dma", { device: A, address, length, access, ...more });
const vm = (more: object = {}) =>
  record("vm", {
    vm: "linux",
    memory: [{ guest: "0x80000000", host: "0x20000000", length: "0x10000000" }],
    pass: [A],
    vdev: false,
    ...more,
  });
const guestService = (...lines: string[]) => ({
  vdev: true,
  service: { name: "smmuman", files: { "g.smmu": lines.join("\n") }, args: ["@g.smmu"] },
});

/** Explains the last transfer of a boot. */
function whyLast(boot: BootReader): Explanation {
  const last = [...events(boot)].findLast(({ event }) => event.kind === "dma")!;
  const question = questionOf(last, boot);
  if ("problem" in question) throw new Error(question.problem);
  return explain(boot, question);
}

type Story = readonly [name: string, records: readonly object[], cause: string, text: string];

const BARE: readonly Story[] = [
  [
    "past the end of several grants that touch: where it began does not matter",
    [attach(), map("0x1000", 4096), map("0x2000", 4096), dma("0x1ff0", 0x1020)],
    "past-the-end",
    "runs 16 bytes past its end",
  ],
  [
    "into what was cut off from the grant that it began in: that was revoked, and is no end",
    [attach(), map("0x1000", 0x2000), unmap("0x2000", 4096), dma("0x1ff0", 32)],
    "use-after-unmap",
    "revoked at seq 2, 1 event before the transfer",
  ],
  [
    "before the start of a grant, and into it",
    [attach(), map("0x5000", 4096), dma("0x4ff8", 16)],
    "before-the-start",
    "begins 8 bytes before the grant 0x5000-0x5fff of o1 and runs into it",
  ],
  [
    "the page before a grant, to its last byte",
    [attach(), map("0x5000", 4096), dma("0x4000", 4096)],
    "before-the-start",
    "begins 4096 bytes before the grant 0x5000-0x5fff of o1 and ends right before it",
  ],
  [
    "somewhere in the page before a grant: that grant has nothing to do with it",
    [attach(), map("0x5000", 4096), dma("0x4100", 16)],
    "never-granted",
    "no event of this boot ever granted 0x4000-0x4fff to o1",
  ],
  [
    "rights that were taken away, with how long before",
    [
      attach(),
      map("0x1000", 4096),
      { ...map("0x1000", 4096, { access: "r" }), t: 1_000 },
      { ...dma("0x1000"), t: 38_000 },
    ],
    "less-access",
    "the right to write is missing; it was granted rw at seq 1, until seq 2, 1 event (37 us) before the transfer",
  ],
  [
    "the grant of an object that the device used before, revoked since",
    [attach(), map("0x1000", 4096), attach("o2"), unmap("0x1000", 4096), dma("0x1000")],
    "use-after-unmap",
    `of o1, which ${A} used, was granted rw at seq 1 and revoked at seq 3`,
  ],
];

const VMS: readonly Story[] = [
  [
    "a host-physical address given to a guest's device",
    [...machine, vm(), dma("0x20001000")],
    "wrong-stage",
    "0x20001000 is the host-physical address of memory that VM linux has at guest-physical 0x80001000",
  ],
  [
    "a guest-physical address given to a device of the host",
    [...machine, attach("o1", B), map("0x20000000", 4096), vm(), dma("0x80000010", 16, "w", { device: B })],
    "wrong-stage",
    "0x80000010 is a guest-physical address of VM linux; the memory behind it is at 0x20000010",
  ],
  [
    "an address that the VM has no memory at",
    [...machine, vm(), dma("0x40001000")],
    "outside-vm",
    "VM linux has no memory at 0x40001000",
  ],
  [
    "an address that the guest's own service does not grant",
    [...machine, vm(guestService("allow x 0x80000000,0x1000,st", "device pci:0:18.0 x")), dma("0x80005000")],
    "guest-not-granted",
    `the service of VM linux's guest does not grant 0x80005000 to ${A}`,
  ],
  [
    "less access in the guest's own table",
    [...machine, vm(guestService("allow x 0x80000000,0x1000,s", "device pci:0:18.0 x")), dma("0x80000000")],
    "less-access",
    "the service of VM linux's guest grants 0x80000000 r",
  ],
  [
    "a VM that did not start",
    [unit, vm(), dma("0x80000000")],
    "never-attached",
    "VM linux, to which it should pass, was refused at seq 1",
  ],
  [
    "after the VM has ended",
    [...machine, vm(), record("vm.stop", { vm: "linux" }), dma("0x80000000")],
    "detached",
    "attached to vm:linux at seq 3 and detached at seq 4, 1 event before the transfer",
  ],
];

describe.each([
  ["a bare recording", BARE],
  ["a host with VMs", VMS],
] as const)("of %s, the cause is", (_, stories) => {
  test.each(stories)("%s", (_name, records, cause, text) => {
    const explanation = whyLast(bootFrom(records, "vtd"));
    expect(explanation).toMatchObject({ verdict: "denied", cause });
    expect(explanation.text).toContain(text);
    expect(explanation.because.at(-1)!.kind).toBe("dma");
  });
});

const call = (name: string, args: object, more: object = {}) =>
  record("call", { client: "devb", function: name, args, ...more });
const mapping = (address: string, flags: readonly string[]) =>
  call("smmu_mapping_add", {
    sop: "mine",
    flags,
    pid: 0,
    num_entries: 1,
    entries: [{ phys: address, len: "0x1000" }],
    target: flags.includes("SMF_TARGET") ? "0x60000000" : "0x0",
  });
const CLIENT = [
  record("client", { client: "devb", abilities: ["smmu/attach"] }),
  call("smmu_init", { flags: [] }),
  call("smmu_obj_create", { flags: [] }, { as: "mine" }),
  call("smmu_device_add_pci", { sop: "mine", pbus: 0, pdev: 18, pfunc: 0 }),
];
const granted = mapping("0x40000000", ["SMF_READ", "SMF_WRITE"]);
const end = record("fail", { what: "signal", name: "SIGTERM" });
const CONFIG = "smmu vtd require\nallow ram 0x80000000,0x10000,st\ndevice pci:0:18.0 ram\n";

/** A simulated boot: its outcomes are events of its log. */
function simulated(scenario: readonly object[], more: Partial<StartupStory> = {}): BootReader {
  const { simulation, family } = assemble({ config: CONFIG, board: "example:x86-vtd", scenario, ...more });
  const store = memoryEventStore();
  const header = { family, recorder: null, note: null, outcomes: "recorded", extra: null } as const;
  const recorder = new BootRecorder(
    store.create({ name: "b", source: "test", sourceDigest: null, header }),
    header,
  );
  simulate(recorder, simulation);
  recorder.finish(0);
  return store.read("b");
}

describe("of a service and its clients, the cause is", () => {
  test.each<Story>([
    [
      "the client that revoked, and its call",
      [...CLIENT, granted, mapping("0x40000000", []), dma("0x40000000")],
      "use-after-unmap",
      "revoked by devb (smmu_mapping_add)",
    ],
    [
      "the end of the client that held the object",
      [...CLIENT, granted, record("exit", { client: "devb" }), dma("0x40000000")],
      "use-after-unmap",
      `which ${A} used, was granted rw`,
    ],
    [
      "a call that was refused",
      [...CLIENT, mapping("0x50000000", ["SMF_READ", "SMF_TARGET"]), dma("0x50000000", 16, "r")],
      "request-refused",
      "refused with EPERM",
    ],
    [
      "a request that came too late",
      [...CLIENT, dma("0x40000000"), granted],
      "use-before-map",
      "not yet granted",
    ],
    [
      "the Design Safe State, of what was never granted",
      [end, dma("0x40000000")],
      "dss",
      "in its Design Safe State since seq",
    ],
    [
      "that nobody programmed the device, though another one has the page",
      [dma("0x80000000", 16, "w", { device: "pci:0000:00:1f.6" })],
      "never-attached",
      `attached to no object and no line of the configuration grants it anything; the page is granted in the start-up grants of ${A}`,
    ],
  ])("%s", (_, scenario, cause, text) => {
    const boot = simulated(scenario);
    const explanation = whyLast(boot);
    expect(explanation).toMatchObject({ verdict: "denied", cause });
    expect(explanation.text).toContain(text);
  });
});

describe("of a log of reports, nothing but the report is told:", () => {
  const report = (more: object) => record("fault", { address: "0x7000", access: "w", ...more });

  test.each([
    [
      "a device that the recording lists nowhere",
      report({ device: A, code: "0x05", reason: "write-denied" }),
      "not mapped for the device, or not for this access",
    ],
    [
      "a report without a device",
      report({ reason: "not-mapped" }),
      "the unit refused a write of some device at 0x7000",
    ],
    [
      "a report without an access",
      { kind: "fault", device: A, address: "0x7000", reason: "permission" },
      "an access (it does not say whether a read or a write) of pci:0000:00:12.0 at 0x7000",
    ],
  ])("%s", (_, fault, text) => {
    const boot = bootFrom([fault], "vtd");
    const answer = explainEvent(boot, [...events(boot)][0]!);
    if ("problem" in answer) throw new Error(answer.problem);
    const { explanation } = answer;
    expect(explanation).toMatchObject({ verdict: "denied", cause: "not-recorded", fix: null });
    expect(explanation.text).toContain(text);
    expect(explanation.missing.join("\n")).toContain("kmap");
  });

  test("where the tables of the moment permit it, the report still stands", () => {
    const boot = bootFrom([attach(), map("0x7000", 4096), report({ device: A })], "vtd");
    const answer = explainEvent(boot, [...events(boot)][2]!);
    expect("problem" in answer ? null : answer.explanation).toMatchObject({
      verdict: "denied",
      cause: "recorded-otherwise",
    });
  });
});

describe("a permitted transfer says what permits it", () => {
  test("by a line of the configuration, and not under the safety variant where a component is not certified", () => {
    const { because, otherwise, cause } = whyLast(simulated([dma("0x80000000")]));
    expect(cause).toBe("granted");
    expect(because.map(({ text }) => text)).toContain(
      "the configuration says: allow ram 0x80000000,0x10000,st",
    );
    expect(otherwise).toContain("under smmuman-safety it would be denied: smmu-vtd.so is not certified");
  });

  test("by a window before programming, and not without it", () => {
    const { cause, otherwise } = whyLast(simulated([dma("0x40000000"), record("service.start", {})]));
    expect(cause).toBe("unrestricted");
    expect(otherwise).toBe("were the device confined, it would be denied: no-object");
  });
});
