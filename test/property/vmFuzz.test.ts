import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../core/decide.ts";
import { Folding } from "../../core/evolve.ts";
import { initialState } from "../../core/state.ts";
import { printState, readState } from "../../core/stateText.ts";
import { clientFaults } from "../../replay/clientFaults.ts";
import { replayBoot, stateAt } from "../../replay/replayBoot.ts";
import { bootFrom } from "../support/boots.ts";
import { deepFreeze } from "../support/deepFreeze.ts";
import { run, stimuliOf } from "../support/machine.ts";
import { start } from "../support/startup.ts";

/** Stories in which nobody keeps to what is sensible: recorders that write into a hypervisor's objects, qvms that call. */
const DEVICES = ["pci:0000:00:12.0", "pci:0000:00:13.0"];
const hex = (value: number | bigint) => `0x${value.toString(16)}`;
const device = fc.constantFrom(...DEVICES);
const vm = fc.constantFrom("a", "a", "b");
const client = fc.constantFrom("d", "d", "h", "qvm:a", "qvm:a#2", "qvm:b");
const object = fc.constantFrom("o1", "vm:a", `vm:a:${DEVICES[0]}`, `vm:a:${DEVICES[1]}`, "vm:b");
const page = fc.oneof(fc.nat(7).map(BigInt), fc.constantFrom((1n << 52n) - 1n, (1n << 40n) - 1n));
const address = page.map((each) => hex(each * 4096n));
const length = fc.constantFrom("0x1000", "0x2000", "0x800", "0x10000000000000000", "0x1");
const memory = fc.array(
  fc.record({
    guest: address,
    host: address,
    length: fc.constantFrom("0x1000", "0x4000", "0x800", "0x8000000000000000"),
  }),
  { maxLength: 3 },
);
const service = fc.constantFrom(
  { name: "smmuman", files: { "a.smmu": "allow x 0x0,0x2000\ndevice pci:0:18.0 x" }, args: ["@a.smmu"] },
  { name: "smmuman", args: [] },
  { name: "smmuman-safety" },
  { name: "smmuman", args: ["@missing.smmu"] },
);
const calls = fc.oneof(
  fc.constant({ function: "smmu_init" }),
  fc.constant({ function: "smmu_fini" }),
  fc.constant({ function: "smmu_obj_create", as: "o1" }),
  object.map((sop) => ({ function: "smmu_obj_destroy", args: { sop } })),
  fc.tuple(fc.option(object, { nil: null }), fc.constantFrom(18, 19)).map(([sop, pdev]) => ({
    function: "smmu_device_add_pci",
    args: { sop, pbus: 0, pdev, pfunc: 0 },
  })),
  fc
    .tuple(
      object,
      address,
      fc.constantFrom("0x1000", "0x3000", "0x1"),
      fc.constantFrom(["SMF_READ", "SMF_WRITE"], [], ["SMF_READ", "SMF_TARGET"]),
    )
    .map(([sop, phys, len, flags]) => ({
      function: "smmu_mapping_add",
      args: { sop, flags, entries: [{ phys, len }], target: "0x3000" },
    })),
  fc.constant({ function: "smmu_xfer_status" }),
  fc.constant({ function: "smmu_xfer_notify", args: { evp: "pulse" } }),
  fc.constant({ function: "smmu_safety" }),
);
const record: fc.Arbitrary<object> = fc.oneof(
  fc
    .record({
      kind: fc.constant("vm"),
      vm,
      memory,
      pass: fc.uniqueArray(device, { maxLength: 2 }),
      vdev: fc.boolean(),
      service: fc.option(service, { nil: null }),
      hostService: fc.constantFrom(true, true, true, false),
    })
    .map((each) => each),
  fc.record({ kind: fc.constant("vm.stop"), vm, crashed: fc.boolean() }),
  fc.record({
    kind: fc.constant("guest.fail"),
    vm,
    what: fc.constantFrom("signal", "unit", "vdev", "memory"),
  }),
  fc.tuple(client, fc.option(vm, { nil: undefined })).map(([name, inVm]) => ({
    kind: "client",
    client: name,
    abilities: ["smmu/attach", "smmu/target"],
    ...(inVm === undefined ? {} : { vm: inVm }),
  })),
  client.map((name) => ({ kind: "exit", client: name })),
  {
    weight: 6,
    arbitrary: fc.tuple(client, calls).map(([name, call]) => ({ kind: "call", client: name, ...call })),
  },
  fc.tuple(device, object).map(([each, name]) => ({ kind: "attach", device: each, object: name })),
  fc.tuple(device, object).map(([each, name]) => ({ kind: "detach", device: each, object: name })),
  fc.tuple(object, address, address).map(([name, at, target]) => ({
    kind: "map",
    object: name,
    address: at,
    target,
    length: "0x1000",
    access: "rw",
  })),
  fc
    .tuple(object, address)
    .map(([name, at]) => ({ kind: "unmap", object: name, address: at, length: "0x1000" })),
  object.map((name) => ({ kind: "object.destroy", object: name })),
  fc.boolean().map((enabled) => ({ kind: "translation", enabled })),
  fc.tuple(device, fc.boolean()).map(([each, enabled]) => ({ kind: "passthrough", device: each, enabled })),
  fc.tuple(device, fc.constantFrom("0x8", "0x9")).map(([each, id]) => ({
    kind: "device",
    device: each,
    unit: "u0",
    identifiers: [id],
  })),
  fc.constant({ kind: "unit", unit: "u0", faultRecords: 1 }),
  {
    weight: 5,
    arbitrary: fc
      .tuple(device, address, length, fc.constantFrom("r", "w"))
      .filter(([, at, size]) => BigInt(at) + BigInt(size) <= 1n << 64n)
      .map(([each, at, size, access]) => ({ kind: "dma", device: each, address: at, length: size, access })),
  },
);
// Most stories begin with a VM that runs, and a driver in it.
const begun: readonly object[] = [
  {
    kind: "vm",
    vm: "a",
    memory: [{ guest: "0x0", host: "0x4000", length: "0x4000" }],
    pass: DEVICES,
    vdev: true,
    service: { name: "smmuman", args: [] },
  },
  { kind: "client", client: "d", abilities: ["smmu/attach"], vm: "a" },
  { kind: "call", client: "d", function: "smmu_init" },
  { kind: "call", client: "d", function: "smmu_obj_create", as: "o1" },
];
const stories = fc
  .tuple(fc.constantFrom(begun, begun, []), fc.array(record, { maxLength: 30, size: "max" }))
  .map(([first, rest]) => [...first, ...rest]);

describe("whatever is told of VMs", () => {
  test("is decided, folded with checkpoints anywhere, printed and read as the same", () => {
    fc.assert(
      fc.property(stories, fc.array(fc.nat(30)), (records, cuts) => {
        const stimuli = stimuliOf(records);
        const { steps, state } = run("vtd", stimuli);
        const folding = new Folding(deepFreeze(initialState("vtd")));
        stimuli.forEach((stimulus, seq) => {
          const outcomes = decide(folding, stimulus);
          expect(outcomes).toEqual(steps[seq]!.outcomes);
          for (const outcome of outcomes) folding.apply(outcome, seq);
          if (cuts.includes(seq))
            expect(printState(folding.checkpoint())).toBe(printState(steps[seq]!.state));
        });
        expect(printState(folding.finish())).toBe(printState(state));
        expect(printState(readState(printState(state))!)).toBe(printState(state));
      }),
      { numRuns: 120 },
    );
  });

  test("is stored, replayed and explained: each refused transfer is one fault, followed to clients", () => {
    fc.assert(
      fc.property(stories, (records) => {
        const boot = bootFrom(records, "vtd");
        const { state } = run("vtd", stimuliOf(records));
        expect(printState(stateAt(boot))).toBe(printState(state));
        const report = replayBoot(boot);
        const faults = [...boot.faults()];
        expect(faults.length).toBe(report.transactions.denied);
        const told = clientFaults(boot);
        if (told !== null) expect(told.refused).toBe(faults.length);
      }),
      { numRuns: 60 },
    );
  });

  test("under a service that was started, and may have ended, as well", () => {
    const board = {
      units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", devices: DEVICES }],
      pci: DEVICES.map((each) => ({ device: each })),
      files: [{ name: "smmu-vtd.so" }],
    };
    fc.assert(
      fc.property(stories, fc.nat(30), (records, at) => {
        const failing = [
          ...records.slice(0, at),
          { kind: "fail", what: "signal", name: "SIGTERM" },
          ...records.slice(at),
        ];
        // A failure before anything else belongs to the start-up.
        const scenario = [{ kind: "mark", text: "up" }, ...failing];
        const { phase, state } = start({ config: "smmu vtd", board, scenario });
        expect(phase).toBe("dss");
        expect(printState(readState(printState(state))!)).toBe(printState(state));
      }),
      { numRuns: 40 },
    );
  });

  test("reaches what it is about", () => {
    const kinds = new Set<string>();
    for (const records of fc.sample(stories, { numRuns: 200, seed: 3 }))
      for (const { outcomes } of run("vtd", stimuliOf(records)).steps)
        for (const { kind } of outcomes) kinds.add(kind);
    expect([...kinds]).toEqual(
      expect.arrayContaining(["VmStarted", "VmRefused", "VmEnded", "InGuest", "DeviceNarrowed"]),
    );
  });
});
