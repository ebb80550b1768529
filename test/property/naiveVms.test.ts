import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { viewOf } from "../../core/decide.ts";
import { LEVEL_PROPERTIES } from "../../core/properties/levels.ts";
import type { IommuState } from "../../core/state.ts";
import { printState, readState } from "../../core/stateText.ts";
import { translate } from "../../core/translate.ts";
import { vmOf } from "../../core/vms/judgeInVm.ts";
import { guestOf } from "../../core/vms/vmState.ts";
import type { Outcome } from "../../events/outcome.ts";
import { type Address, addressToBigint, type PageNumber } from "../../events/vocabulary/address.ts";
import { pageRange } from "../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { FAMILIES, type Family } from "../../events/vocabulary/family.ts";
import { run, stimuliOf } from "../support/machine.ts";
import { GUEST_PAGES, NaiveVms, type Raw } from "../support/naiveVms.ts";

const DEVICES = ["pci:0000:00:12.0", "pci:0000:00:13.0", "pci:0000:00:14.0"] as DeviceName[];
const SURROUNDINGS: readonly Raw[] = [
  { kind: "unit", unit: "u0" },
  ...DEVICES.map((device) => ({ kind: "device", device, unit: "u0" })),
];
const hex = (page: number, offset = 0) => `0x${(page * 4096 + offset).toString(16)}`;

const page = fc.nat(GUEST_PAGES - 1);
const run_ = fc
  .tuple(page, fc.integer({ min: 1, max: 5 }))
  .map(([first, pages]) => ({ first, pages: Math.min(pages, GUEST_PAGES - first) }));
const device = fc.constantFrom(DEVICES[0]!, DEVICES[0]!, DEVICES[1]!, DEVICES[2]!);
const vmNames = fc.constantFrom("a", "a", "a", "b");

const memory = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constant({ first: 0, pages: 6 }), fc.constant({ first: 8, pages: 3 })),
    },
    { weight: 2, arbitrary: fc.array(run_, { maxLength: 3 }) },
  )
  .chain((runs) =>
    fc.tuple(
      ...runs.map((each) => fc.integer({ min: 0x100, max: 0x110 }).map((host) => ({ ...each, host }))),
    ),
  )
  .map((runs) =>
    runs.map(({ first, pages, host }) => ({ guest: hex(first), host: hex(host), length: hex(pages) })),
  );
const starts: fc.Arbitrary<Raw[]> = fc
  .tuple(
    vmNames,
    memory,
    fc.uniqueArray(device, { maxLength: 2 }),
    fc.constantFrom(true, true, true, false),
    fc.constantFrom("service", "service", "service", "none"),
    fc.option(fc.tuple(device, run_), { freq: 3 }),
  )
  .map(([vm, parts, pass, vdev, kind, wanted]) => {
    const grant = wanted && { device: wanted[0], page: wanted[1].first, pages: wanted[1].pages };
    const config = grant ? configOf(grant) : "";
    const service = { name: "smmuman", files: { "a.smmu": config }, args: ["@a.smmu"] };
    return [
      {
        kind: "vm",
        vm,
        memory: parts,
        pass,
        vdev,
        ...(kind === "none" ? {} : { service, ...(grant ? { grant } : {}) }),
      },
    ];
  });

const clients = fc.constantFrom("da", "da", "da", "da", "db", "h");
const sops = fc.constantFrom("o1", "o1", "o2");
const call = (name: string, args: fc.Arbitrary<object>, as?: fc.Arbitrary<string>): fc.Arbitrary<Raw[]> =>
  fc
    .tuple(clients, args, as ?? fc.constant(undefined))
    .map(([client, given, told]) => [
      { kind: "call", client, function: name, args: given, ...(told === undefined ? {} : { as: told }) },
    ]);
const process = (client: string): Raw => ({
  kind: "client",
  client,
  abilities: ["smmu/attach"],
  ...(client === "h" ? {} : { vm: client.slice(1) }),
});

const moves: fc.Arbitrary<Raw[]> = fc.oneof(
  {
    weight: 10,
    arbitrary: call(
      "smmu_mapping_add",
      fc
        .tuple(
          sops,
          fc.constantFrom(["SMF_READ", "SMF_WRITE"], ["SMF_READ"], ["SMF_READ"], ["SMF_WRITE"], []),
          fc.array(run_, { minLength: 1, maxLength: 2 }),
        )
        .map(([sop, flags, runs]) => ({
          sop,
          flags,
          entries: runs.map(({ first, pages }) => ({ phys: hex(first), len: hex(pages) })),
        })),
    ),
  },
  {
    weight: 6,
    arbitrary: call(
      "smmu_device_add_pci",
      fc
        .tuple(fc.oneof({ weight: 4, arbitrary: sops }, { weight: 1, arbitrary: fc.constant(null) }), device)
        .map(([sop, name]) => ({ sop, pbus: 0, pdev: Number(`0x${name.slice(12, 14)}`), pfunc: 0 })),
    ),
  },
  { weight: 2, arbitrary: call("smmu_init", fc.constant({})) },
  { weight: 2, arbitrary: call("smmu_obj_create", fc.constant({}), sops) },
  {
    weight: 1,
    arbitrary: call(
      "smmu_obj_destroy",
      sops.map((sop) => ({ sop })),
    ),
  },
  { weight: 1, arbitrary: clients.map((client) => [{ kind: "exit", client }]) },
  { weight: 1, arbitrary: clients.map((client) => [process(client)]) },
  { weight: 3, arbitrary: starts },
  { weight: 1, arbitrary: vmNames.map((vm) => [{ kind: "vm.stop", vm }]) },
  { weight: 1, arbitrary: vmNames.map((vm) => [{ kind: "guest.fail", vm, what: "signal" }]) },
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        device,
        page,
        fc.constantFrom(0, 0x800, 0xfff),
        fc.constantFrom(1, 4, 0x1000, 0x3000),
        fc.constantFrom("r", "w"),
      )
      .map(([name, at, offset, length, access]) => [
        { kind: "dma", device: name, address: hex(at, offset), length, access },
      ]),
  },
);

// What a driver does: it attaches its device, maps a buffer, and the device uses it, or oversteps a little.
const drivers: fc.Arbitrary<Raw[]> = fc
  .tuple(
    device,
    run_,
    fc.constantFrom("SMF_READ", "SMF_WRITE"),
    fc.constantFrom("r", "w"),
    fc.integer({ min: -1, max: 1 }),
  )
  .map(([name, { first, pages }, flag, access, step]) => [
    {
      kind: "call",
      client: "da",
      function: "smmu_device_add_pci",
      args: { sop: "o1", pbus: 0, pdev: Number(`0x${name.slice(12, 14)}`), pfunc: 0 },
    },
    {
      kind: "call",
      client: "da",
      function: "smmu_mapping_add",
      args: { sop: "o1", flags: [flag], entries: [{ phys: hex(first), len: hex(pages) }] },
    },
    {
      kind: "dma",
      device: name,
      address: hex(Math.min(Math.max(first + step, 0), GUEST_PAGES - 1)),
      length: 64,
      access,
    },
  ]);

const begun: fc.Arbitrary<readonly Raw[]> = starts.map((first) => [
  ...first,
  process("da"),
  process("h"),
  { kind: "call", client: "da", function: "smmu_init" },
  { kind: "call", client: "da", function: "smmu_obj_create", as: "o1" },
  { kind: "call", client: "h", function: "smmu_init" },
  { kind: "call", client: "h", function: "smmu_obj_create", as: "o1" },
]);
const stories = fc
  .tuple(
    begun,
    fc.array(fc.oneof({ weight: 5, arbitrary: moves }, { weight: 1, arbitrary: drivers }), {
      maxLength: 40,
      size: "max",
    }),
  )
  .map(([start, list]) => [...SURROUNDINGS, ...start, ...list.flat()]);

describe("VMs, their guests' calls and transfers come out as in a model of pages and lists that shares nothing with the machine", () => {
  for (const family of FAMILIES) {
    test(`family ${family} (HV-3, HV-4, HV-6, HV-12, G-28, G-36)`, () => {
      fc.assert(
        fc.property(stories, (records) => {
          const [shipped, naive] = bothAnswers(family, records);
          expect(shipped).toEqual(naive);
        }),
        { numRuns: 120 },
      );
    });
  }

  test("the stories reach every stage and answer, so that agreement means something", () => {
    const reached = new Set<string>();
    for (const records of fc.sample(stories, { numRuns: 400, seed: 7 })) {
      for (const answer of bothAnswers("ideal", records)[1]) {
        if (!Array.isArray(answer)) reached.add(String(answer));
        else
          reached.add(`${answer[0]} ${answer[0] === "permitted" ? "" : answer[1]} ${answer[3] ?? ""}`.trim());
      }
    }
    expect([...reached]).toEqual(
      expect.arrayContaining([
        "started",
        "refused",
        "permitted",
        "denied no-object",
        "denied unmapped",
        "denied no-object guest",
        "denied unmapped guest",
        "denied permission guest",
        "denied unmapped vm",
        "0 null",
        "1 null",
        "-1 EINVAL",
        "-1 ENOENT",
        "-1 EBUSY",
        "-1 EBADF",
        "-1 EPERM",
      ]),
    );
  });
});

describe("composition: permissions at each level only shrink (HV-13)", () => {
  test("on every path, also of devices that the hardware cannot tell apart: what one may do, its guest's table, its VM's memory and the host's table all permit", () => {
    fc.assert(
      fc.property(
        stories,
        fc.constantFrom<Family>("ideal", "vtd", "ipmmu"),
        fc.boolean(),
        (told, family, twins) => {
          const records = twins ? told.map(asTwins) : told;
          const { steps } = run(family, stimuliOf(records.map(bare)));
          for (const [i, { stimulus, outcomes, state }] of steps.entries()) {
            onlyShrinks(state);
            const before = steps[i - 1]?.state;
            if (before === undefined) continue;
            const step = { before, stimulus, outcomes, after: state };
            for (const property of LEVEL_PROPERTIES)
              if (property.kind === "step")
                expect([property.name, property.holds(step)]).toEqual([property.name, true]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("what the host's unit enforces by itself is what all levels together permit, page by page", () => {
    fc.assert(
      fc.property(stories, (records) => {
        const { state } = run("ideal", stimuliOf(records.map(bare)));
        const model = new NaiveVms("ideal");
        for (const record of records) model.take(record);
        const view = viewOf(state);
        for (const name of DEVICES)
          for (let at = 0; at < GUEST_PAGES; at++)
            for (const access of ["r", "w"] as const) {
              const bytes = pageRange(at as PageNumber, at as PageNumber);
              const host = translate(view.rules, view.route(name), bytes, access);
              const wanted = model.walk(name, at * 4096, 4096, access) as unknown[];
              const enforced = host.verdict === "permitted" ? ["permitted", number(host.target)] : ["denied"];
              expect(enforced).toEqual(wanted.slice(0, enforced.length));
            }
      }),
      { numRuns: 120 },
    );
  });

  test("a request that was refused changes nothing, in the guest or in the host (G-36)", () => {
    fc.assert(
      fc.property(stories, (records) => {
        const { steps } = run("vtd", stimuliOf(records.map(bare)));
        steps.forEach(({ outcomes, state }, i) => {
          const returned = outcomes.map(inner).find((outcome) => outcome.kind === "CallReturned");
          if (returned === undefined || returned.errno === null) return;
          expect(printState(state)).toBe(printState(steps[i - 1]!.state));
        });
      }),
      { numRuns: 60 },
    );
  });

  test("a state with guests that was printed and read is the same state", () => {
    fc.assert(
      fc.property(stories, (records) => {
        const { state } = run("vtd", stimuliOf(records.map(bare)));
        const text = printState(state);
        const read = readState(text)!;
        expect(printState(read)).toBe(text);
        for (const name of DEVICES) expect(vmOf(read, name)?.name).toBe(vmOf(state, name)?.name);
      }),
      { numRuns: 60 },
    );
  });
});

function onlyShrinks(state: IommuState): void {
  const view = viewOf(state);
  for (const name of DEVICES) {
    const passed = vmOf(state, name);
    if (passed === null) continue;
    const guest = guestOf(passed.vm);
    for (let at = 0; at < GUEST_PAGES; at++)
      for (const access of ["r", "w"] as const) {
        const bytes = pageRange(at as PageNumber, at as PageNumber);
        const host = translate(view.rules, view.route(name), bytes, access);
        if (host.verdict !== "permitted") continue;
        const behind = passed.vm.memory.at(at);
        expect(behind, `${name} reaches page ${at}, which its VM does not have`).not.toBeNull();
        expect(host.target.page, `${name} reaches another page than its VM's`).toBe(at + behind!.value.delta);
        if (guest === null) continue;
        const inGuest = translate(view.rules, viewOf(guest).route(name), bytes, access);
        expect(inGuest.verdict, `${name} reaches page ${at}, which its guest denies`).toBe("permitted");
      }
  }
}

/** The first two devices are one to the hardware (LIM-6). */
function asTwins(record: Raw): Raw {
  const isOne = record.kind === "device" && record["device"] !== DEVICES[2];
  return isOne ? { ...record, identifiers: ["0x8"] } : record;
}

function bothAnswers(family: Family, records: readonly Raw[]): [unknown[], unknown[]] {
  const { steps } = run(family, stimuliOf(records.map(bare)));
  const model = new NaiveVms(family);
  return [
    steps.map(({ outcomes }) => shippedAnswer(outcomes.map(inner))),
    records.map((record) => model.take(record)),
  ];
}

// What the model alone is told.
function bare({ grant, ...record }: Raw): Raw {
  return record as Raw;
}

function inner(outcome: Outcome): Outcome {
  return outcome.kind === "InGuest" ? outcome.outcome : outcome;
}

function shippedAnswer(outcomes: readonly Outcome[]): unknown {
  for (const outcome of outcomes) {
    switch (outcome.kind) {
      case "VmStarted":
        return "started";
      case "VmRefused":
        return "refused";
      case "CallReturned": {
        const { returns, errno } = outcome;
        if (outcome.function === "smmu_obj_create") return [returns === null ? "NULL" : "object", errno];
        return [returns, errno];
      }
      case "TransferPermitted":
        return ["permitted", number(outcome.target)];
      case "TransferDenied": {
        const { reason, at, stage = null, guestAddress, hostAddress } = outcome;
        const place =
          guestAddress === undefined
            ? null
            : { guest: number(guestAddress), host: hostAddress == null ? null : number(hostAddress) };
        return ["denied", reason, number(at), stage, place];
      }
    }
  }
  return null;
}

function configOf({
  device: name,
  page: first,
  pages,
}: {
  device: string;
  page: number;
  pages: number;
}): string {
  return `allow x ${hex(first)},${hex(pages)}\ndevice pci:0:${Number(`0x${name.slice(12, 14)}`)}.0 x`;
}

function number(address: Address): number {
  return Number(addressToBigint(address));
}
