import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, viewOf } from "../../core/decide.ts";
import { Folding } from "../../core/evolve.ts";
import { initialState } from "../../core/state.ts";
import { printState, readState } from "../../core/stateText.ts";
import type { Outcome } from "../../events/outcome.ts";
import { addressToBigint } from "../../events/vocabulary/address.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import { deepFreeze } from "../support/deepFreeze.ts";
import { run, stimuliOf } from "../support/machine.ts";
import { BASE, NaiveClients, type Raw, SPAN } from "../support/naiveClients.ts";

const TWINS = ["pci:0000:00:13.0", "pci:0000:00:13.1"];
const SURROUNDINGS: readonly Raw[] = [
  { kind: "unit", unit: "u0" },
  { kind: "unit", unit: "u1" },
  { kind: "device", device: "pci:0000:00:12.0", unit: "u0" },
  { kind: "device", device: "pci:0000:00:12.1", unit: "u1" },
  ...TWINS.map((device) => ({ kind: "device", device, unit: "u0", identifiers: ["0x8"] })),
];

const clients = fc.constantFrom("c1", "c1", "c1", "c2");
const sops = fc.constantFrom("o1", "o1", "o1", "o2");
// Places where requests meet: page ends and middles.
const places = fc.constantFrom(
  ...[0, 1, 0x7ff, 0x800, 0xfff].flatMap((offset) => [0, 1, 2, 3].map((page) => page * 4096 + offset)),
);
const lengths = fc.constantFrom(1, 2, 0x800, 0x801, 0x1000, 0x1000, 0x1800, 0x2000);
const ranges = fc.tuple(places, lengths).filter(([start, length]) => start + length <= SPAN);
const entries = fc
  .array(
    fc.oneof({ weight: 20, arbitrary: ranges }, { weight: 1, arbitrary: fc.constant([0, 0] as const) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((list) => list.map(([start, length]) => ({ phys: hex(BASE + start), len: hex(length) })));
const rights = fc.constantFrom(
  ...[["SMF_READ", "SMF_WRITE"], ["SMF_READ"], ["SMF_WRITE"], [], [], ["SMF_EXEC"], ["SMF_VIRT"]],
);
const targets = fc.oneof(
  { weight: 5, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 0x1000, 0x800, 0x801).map((offset) => hex(0x9000_0000 + offset)),
  },
);
const pci = fc.constantFrom(
  ...[
    [0, 18, 0],
    [0, 18, 1],
    [0, 19, 0],
    [0, 19, 1],
    [0, 20, 0],
    [0, 18, "SMMU_PCI_FIELD_ANY"],
    ["SMMU_PCI_FIELD_ANY", 19, "SMMU_PCI_FIELD_ANY"],
  ],
);

const call = (name: string, args: fc.Arbitrary<object>, as?: fc.Arbitrary<string>): fc.Arbitrary<Raw[]> =>
  fc
    .tuple(clients, args, as ?? fc.constant(undefined))
    .map(([client, given, name_]) => [
      { kind: "call", client, function: name, args: given, ...(name_ === undefined ? {} : { as: name_ }) },
    ]);

const dma = fc
  .tuple(
    fc.constantFrom("pci:0000:00:12.0", "pci:0000:00:12.0", "pci:0000:00:12.1", ...TWINS),
    ranges,
    fc.constantFrom("r", "w"),
  )
  .map(([device, [start, length], access]) => ({
    kind: "dma",
    device,
    address: hex(BASE + start),
    length,
    access,
  }));

const moves: fc.Arbitrary<Raw[]> = fc.oneof(
  {
    weight: 12,
    arbitrary: call(
      "smmu_mapping_add",
      fc.tuple(sops, rights, entries, targets).map(([sop, flags, list, target]) => ({
        sop,
        flags: target === null ? flags : [...flags, "SMF_TARGET"],
        entries: list,
        ...(target === null ? {} : { target }),
      })),
    ),
  },
  {
    weight: 8,
    arbitrary: call(
      "smmu_device_add_pci",
      fc
        .tuple(fc.oneof({ weight: 4, arbitrary: sops }, { weight: 1, arbitrary: fc.constant(null) }), pci)
        .map(([sop, [pbus, pdev, pfunc]]) => ({ sop, pbus, pdev, pfunc })),
    ),
  },
  { weight: 10, arbitrary: dma.map((transfer) => [transfer]) },
  {
    weight: 1,
    arbitrary: fc.tuple(dma, fc.integer({ min: 60, max: 70 })).map(([t, n]) => Array(n).fill(t) as Raw[]),
  },
  { weight: 4, arbitrary: call("smmu_xfer_status", fc.constant({})) },
  { weight: 3, arbitrary: call("smmu_obj_create", fc.constant({}), sops) },
  {
    weight: 1,
    arbitrary: call(
      "smmu_obj_destroy",
      sops.map((sop) => ({ sop })),
    ),
  },
  { weight: 2, arbitrary: call("smmu_init", fc.constant({})) },
  { weight: 1, arbitrary: call("smmu_fini", fc.constant({})) },
  { weight: 1, arbitrary: clients.map((client) => [{ kind: "exit", client }]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(clients, fc.constantFrom(["smmu/attach"], ["smmu/attach", "smmu/target"], []))
      .map(([client, abilities]) => [{ kind: "client", client, abilities }]),
  },
);

// Most stories begin with what makes the rest worth telling.
const begun: readonly Raw[] = ["c1", "c2"].flatMap((client): Raw[] => [
  { kind: "client", client, abilities: ["smmu/attach", ...(client === "c1" ? ["smmu/target"] : [])] },
  { kind: "call", client, function: "smmu_init" },
  { kind: "call", client, function: "smmu_obj_create", as: "o1" },
]);
const stories = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: fc.constant(begun) }, { weight: 1, arbitrary: fc.constant([]) }),
    fc.array(moves, { maxLength: 40, size: "max" }),
  )
  .map(([start, list]) => [...SURROUNDINGS, ...start, ...list.flat()]);

describe("calls and transfers come out as in a model of bytes and lists that shares nothing with the machine", () => {
  for (const family of ["ideal", "vtd", "ipmmu"] as const) {
    test(`family ${family}`, () => {
      fc.assert(
        fc.property(stories, (records) => {
          const [shipped, naive] = bothAnswers(family, records);
          expect(shipped).toEqual(naive);
        }),
        { numRuns: 250 },
      );
    });
  }
});

test("the stories reach every return, so that agreement means something", () => {
  const reached = new Set<string>();
  for (const records of fc.sample(stories, { numRuns: 300, seed: 11 })) {
    const answers = bothAnswers("ideal", records)[1];
    answers.forEach((answer, i) => {
      const name = records[i]!["function"] ?? records[i]!.kind;
      if (Array.isArray(answer)) reached.add(`${String(name)} ${String(answer[0])} ${String(answer[1])}`);
      if (Array.isArray(answer) && answer[4] === "lost") reached.add("lost");
    });
  }
  expect([...reached]).toEqual(
    expect.arrayContaining(
      [
        "smmu_init 0 ",
        "smmu_init -1 EPERM",
        "smmu_mapping_add 0 ",
        "smmu_mapping_add -1 EINVAL",
        "smmu_mapping_add -1 EPERM",
        "smmu_mapping_add -1 EBADF",
        "smmu_device_add_pci 0 ",
        "smmu_device_add_pci 1 ",
        "smmu_device_add_pci -1 EBUSY",
        "smmu_device_add_pci -1 ENOENT",
        "smmu_xfer_status 0 ",
        "smmu_xfer_status -1 EAGAIN",
        "lost",
      ].map((text) => (text.endsWith(" ") ? `${text}null` : text)),
    ),
  );
});

describe("what holds of every call", () => {
  test("a refused call changes nothing (API-5, G-29)", () => {
    fc.assert(
      fc.property(stories, (records) => {
        const { steps } = run("vtd", stimuliOf(records));
        steps.forEach(({ outcomes, state }, i) => {
          const returned = outcomes.find((outcome) => outcome.kind === "CallReturned");
          if (returned === undefined || returned.errno === null || i === 0) return;
          expect(printState(state)).toBe(printState(steps[i - 1]!.state));
        });
      }),
      { numRuns: 100 },
    );
  });

  test("a state that was printed and read answers as the state itself does", () => {
    fc.assert(
      fc.property(stories, (records) => {
        const { state } = run("vtd", stimuliOf(records));
        const text = printState(state);
        const read = readState(text)!;
        expect(printState(read)).toBe(text);
        for (const device of TWINS as DeviceName[])
          expect(viewOf(read).route(device).kind).toBe(viewOf(state).route(device).kind);
      }),
      { numRuns: 60 },
    );
  });

  test("folded in one go, with checkpoints anywhere, the stories come out the same (the fold holds back only what it may)", () => {
    fc.assert(
      fc.property(stories, fc.array(fc.nat(60)), (records, cuts) => {
        const stimuli = stimuliOf(records);
        const { steps, state } = run("ipmmu", stimuli);
        const folding = new Folding(deepFreeze(initialState("ipmmu")));
        stimuli.forEach((stimulus, seq) => {
          const outcomes = decide(folding, stimulus);
          expect(outcomes).toEqual(steps[seq]!.outcomes);
          for (const outcome of outcomes) folding.apply(outcome, seq);
          if (cuts.includes(seq))
            expect(printState(folding.checkpoint())).toBe(printState(steps[seq]!.state));
        });
        expect(printState(folding.finish())).toBe(printState(state));
      }),
      { numRuns: 150 },
    );
  });

  test("a device is in at most one object, and its owner is the object's (CM-7)", () => {
    fc.assert(
      fc.property(stories, (records) => {
        for (const { state } of run("ideal", stimuliOf(records)).steps) {
          for (const { object } of state.devices.values())
            if (object !== null) expect(state.objects.get(object)?.client).toBeTruthy();
        }
      }),
      { numRuns: 60 },
    );
  });
});

function bothAnswers(family: Family, records: readonly Raw[]): [unknown[], unknown[]] {
  const { steps } = run(family, stimuliOf(records));
  const model = new NaiveClients(family, TWINS);
  return [steps.map(({ outcomes }) => shippedAnswer(outcomes)), records.map((record) => model.take(record))];
}

function shippedAnswer(outcomes: readonly Outcome[]): unknown {
  for (const outcome of outcomes) {
    switch (outcome.kind) {
      case "CallReturned":
        return returnOf(outcome);
      case "TransferPermitted":
        return ["permitted", Number(addressToBigint(outcome.target))];
      case "TransferDenied":
        return ["denied", outcome.reason, Number(addressToBigint(outcome.at)), expect.anything()];
    }
  }
  return null;
}

function returnOf({
  function: name,
  returns,
  errno,
  wrote,
}: Extract<Outcome, { kind: "CallReturned" }>): unknown {
  if (name === "smmu_obj_create") return [returns === null ? "NULL" : "object", errno];
  if (name !== "smmu_xfer_status" || errno !== null) return [returns, errno];
  const status = wrote as {
    fault_addr: string;
    devid: { bus: number; dev: number; func: number } | null;
    flags: string[];
  };
  const { devid } = status;
  const device =
    devid === null
      ? null
      : `pci:0000:${hex(devid.bus).slice(2).padStart(2, "0")}:${hex(devid.dev).slice(2).padStart(2, "0")}.${devid.func}`;
  return [returns, errno, device, Number(status.fault_addr), status.flags.length > 0 ? "lost" : "all"];
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
