import fc from "fast-check";
import { expect, test } from "vitest";
import type { IommuEvent } from "../../events/recordedEvent.ts";
import { addressToBigint } from "../../events/vocabulary/address.ts";
import { BASE, type Gift, NaiveClients, type Raw, SPAN } from "../support/naiveClients.ts";
import { start } from "../support/startup.ts";

const UNITS = { "pci:0000:00:12.0": "dmar0", "pci:0000:00:12.1": "dmar0", "pci:0000:00:14.0": "dmar0" };
const DEVICES = Object.keys(UNITS);
const GIFTS: { readonly [device: string]: readonly Gift[] } = {
  "pci:0000:00:12.0": [
    { from: 0x0000, length: 0x1000, rights: 1, reserved: false },
    { from: 0x2800, length: 0x400, rights: 3, reserved: false },
    { from: 0x4000, length: 0x1000, rights: 3, reserved: true },
  ],
  "pci:0000:00:12.1": [
    { from: 0x1000, length: 0x1000, rights: 3, reserved: true },
    { from: 0x3000, length: 0x1000, rights: 3, reserved: true },
  ],
};
const CONFIG = `smmu vtd
  allow a 0x80000000,0x1000,s
  allow a2 0x80002800,0x400,st
  device pci:0:18.0 a
  device pci:0:18.0 a2
  reserved 0x80004000,0x1000
  device pci:0:18.1
  reserved 0x80001000,0x1000
  reserved 0x80003000,0x1000`;
const BOARD = {
  pci: DEVICES.map((device) => ({ device })),
  units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true }],
  files: [{ name: "smmu-vtd.so", certified: false, loadable: true }],
};

const hex = (value: number) => `0x${value.toString(16)}`;
const places = fc.tuple(
  fc.constantFrom(0, 1, 2, 3, 4, 5),
  fc.constantFrom(0, 0x7ff, 0x800, 0xfff),
  fc.constantFrom(1, 0x800, 0x801, 0x1000, 0x2000),
);
const ranges = places
  .map(([page, offset, length]) => [page * 4096 + offset, length] as const)
  .filter(([from, length]) => from + length <= SPAN);
const sops = fc.constantFrom("o1", "o1", "o2");
const devid = fc
  .constantFrom([18, 0], [18, 1], [20, 0])
  .map(([dev, func]) => ({ type: ["SDT_PCI"], bus: 0, dev, func }));
const rights = fc.constantFrom(["SMF_READ", "SMF_WRITE"], ["SMF_READ"], ["SMF_WRITE"], []);

const call = (name: string, args: fc.Arbitrary<object>, as?: fc.Arbitrary<string>): fc.Arbitrary<Raw> =>
  fc
    .tuple(fc.constantFrom("c1", "c1", "c2"), args, as ?? fc.constant(null))
    .map(([client, given, name_]) => ({
      kind: "call",
      client,
      function: name,
      args: given,
      ...(name_ === null ? {} : { as: name_ }),
    }));

const moves: fc.Arbitrary<Raw> = fc.oneof(
  {
    weight: 8,
    arbitrary: call(
      "smmu_mapping_add",
      fc.record({
        sop: sops,
        flags: rights,
        entries: ranges.map(([from, length]) => [{ phys: hex(BASE + from), len: hex(length) }]),
      }),
    ),
  },
  {
    weight: 6,
    arbitrary: call(
      "smmu_device_add_generic",
      fc.record({
        sop: fc.oneof({ weight: 3, arbitrary: sops }, { weight: 1, arbitrary: fc.constant(null) }),
        devid: fc.oneof({ weight: 12, arbitrary: devid }, { weight: 1, arbitrary: fc.constant(null) }),
      }),
    ),
  },
  {
    weight: 10,
    arbitrary: fc
      .tuple(fc.constantFrom(...DEVICES, DEVICES[0]!), ranges, fc.constantFrom("r", "w"))
      .map(([device, [from, length], access]) => ({
        kind: "dma",
        device,
        address: hex(BASE + from),
        length,
        access,
      })),
  },
  { weight: 3, arbitrary: call("smmu_xfer_status", fc.constant({})) },
  {
    weight: 3,
    arbitrary: call("smmu_xfer_notify", fc.constantFrom({ evp: "e" }, { evp: "e" }, { evp: null })),
  },
  {
    weight: 3,
    arbitrary: call("smmu_device_report_reserved", fc.record({ devid, offset: fc.nat(3), nresv: fc.nat(3) })),
  },
  {
    weight: 3,
    arbitrary: call("smmu_obj_create", fc.constantFrom({}, { flags: ["SOCF_RESERVED_MANUAL"] }), sops),
  },
  { weight: 1, arbitrary: call("smmu_obj_destroy", fc.record({ sop: sops })) },
  { weight: 2, arbitrary: call("smmu_init", fc.constant({})) },
  { weight: 1, arbitrary: call("smmu_fini", fc.constant({})) },
  { weight: 1, arbitrary: fc.constantFrom("c1", "c2").map((client) => ({ kind: "exit", client })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("c1", "c2")
      .map((client) => ({ kind: "client", client, abilities: ["smmu/attach", "smmu/target"] })),
  },
);
const DEATH: Raw = { kind: "fail", what: "signal", name: "SIGTERM", at: "run" };
const BEGUN: readonly Raw[] = ["c1", "c2"].flatMap((client): Raw[] => [
  { kind: "client", client, abilities: ["smmu/attach", ...(client === "c1" ? ["smmu/target"] : [])] },
  { kind: "call", client, function: "smmu_init", args: {} },
  { kind: "call", client, function: "smmu_obj_create", args: {}, as: "o1" },
]);
const stories = fc
  .tuple(fc.array(moves, { maxLength: 40, size: "max" }), fc.array(moves, { maxLength: 6 }), fc.boolean())
  .map(([before, after, dies]) => [...BEGUN, ...before, ...(dies ? [DEATH, ...after] : [])]);

/** What the machine answers, one a call and a transfer: as the model tells it. */
function shipped(events: readonly IommuEvent[]): unknown[] {
  const answers: unknown[] = [];
  for (const event of events) {
    switch (event.kind) {
      case "CallReturned": {
        const { function: name, returns, errno, wrote } = event;
        const value = name === "smmu_obj_create" ? (returns === null ? "NULL" : "object") : returns;
        const regions = Array.isArray(wrote)
          ? (wrote as { phys: string }[]).map(({ phys }) => Number(phys))
          : [];
        answers.push([value, errno, ...regions]);
        break;
      }
      case "TransferPermitted":
        answers.push(["permitted", Number(addressToBigint(event.target))]);
        break;
      case "TransferDenied":
        answers.push(["denied", event.reason, Number(addressToBigint(event.at)), "heard by "]);
        break;
      case "FaultDelivered":
        (answers.at(-1) as unknown[])[3] = `heard by ${event.notified.join()}`;
    }
  }
  return answers;
}

function naive(records: readonly Raw[]): unknown[] {
  const model = new NaiveClients("vtd", [], GIFTS, UNITS);
  return records.flatMap((record) => {
    model.heard = [];
    const answer = model.take(record) as unknown[] | null;
    if (answer === null) return [];
    if (answer[0] === "denied")
      return [[...answer.slice(0, 3), `heard by ${[...model.heard].sort().join()}`]];
    // What a status tells is compared where records alone are looked at.
    return [record["function"] === "smmu_xfer_status" ? answer.slice(0, 2) : answer];
  });
}

test("under a service, with start-up grants, reserved regions, notifications and its end, calls come out as in the model", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stories, (records) => {
      const { events, phase } = start({ config: CONFIG, board: BOARD, scenario: records });
      expect(phase).toBe(records.includes(DEATH) ? "dss" : "running");
      const answers = shipped(events);
      expect(answers).toEqual(naive(records));
      for (const [first, second, , heard] of answers as string[][])
        seen.add(`${first} ${second} ${heard ?? ""}`);
    }),
    { numRuns: 200 },
  );
  // Agreement means something only where the stories reach all that there is.
  expect([...seen].join("\n")).toMatch(/^denied \S+ heard by c1/m);
  for (const answer of ["-1 EBUSY", "-1 ENOENT", "-1 EBADF", "NULL EPERM", "-1 EFAULT", "1 null", "2 null"])
    expect([...seen].some((text) => text.startsWith(answer))).toBe(true);
});
