import { describe, expect, test } from "vitest";
import type { Rules } from "../../../replay/check/rules.ts";
import { SHIPPED } from "../../../replay/check/rules.ts";
import { explore } from "../../../replay/explore/explore.ts";
import { dssMachine } from "../../../replay/explore/models/dss.ts";
import { type MachineModel, machineModel } from "../../../replay/explore/models/machineModel.ts";
import { ownershipMachine } from "../../../replay/explore/models/ownership.ts";
import { storeTrail } from "../../../replay/explore/storeTrail.ts";
import { memoryEventStore } from "../../../store/memoryEventStore.ts";
import { plainSearch } from "./plainSearch.ts";

const SMALL: readonly (readonly [string, () => MachineModel])[] = [
  ["one of everything", () => ownershipMachine(sizes(1, 1, 1, 1, 1), SHIPPED)],
  ["two devices, two pages", () => ownershipMachine(sizes(2, 1, 1, 2, 1), SHIPPED)],
  ["two objects of one client", () => ownershipMachine(sizes(1, 1, 2, 1, 1), SHIPPED)],
  ["two clients", () => ownershipMachine(sizes(1, 2, 1, 1, 1), SHIPPED)],
];

describe("a search by look-ups is the search that runs every rule on the whole machine", () => {
  test.each(SMALL)("ownership: %s", (_, machine) => {
    expect(summary(machineModel(machine()))).toEqual(wholeSummary(machine()));
  });

  test("dss: one client, one device, one page", () => {
    const machine = dssMachine({ devices: 1, clients: 1, pages: 1, units: 1 }, SHIPPED);
    const reduced: MachineModel = {
      ...machine,
      // The safety variant, a guest and bad components alone make ten times as many states for a plain search.
      actions: machine.actions.filter(
        ({ name }) => !/^smmuman-safety|there is one|warn|certified|failure|vdev-/.test(name),
      ),
    };
    expect(summary(machineModel(reduced))).toEqual(wholeSummary(reduced));
  });
});

describe("symmetry", () => {
  test.each([
    [2, 1, 1, 2, 2],
    [2, 2, 1, 1, 1],
    [1, 1, 2, 2, 1],
    [3, 1, 1, 1, 1],
  ] as const)(
    "of %i devices, %i clients, %i objects, %i pages, %i rights loses no state",
    (devices, clients, objects, pages, rights) => {
      const model = machineModel(ownershipMachine({ devices, clients, objects, pages, rights }, SHIPPED));
      const all = explore(model, { keepGoing: true });
      const reduced = explore(model, { keepGoing: true, symmetry: true });
      expect(reduced.states).toBe(all.states);
      expect(reduced.distinct).toBeLessThan(all.distinct);
      expect(reduced.depth).toBe(all.depth);
      expect(verdicts(reduced)).toEqual(verdicts(all));
    },
  );

  test.each([
    [2, 1, 1, 1],
    [1, 3, 1, 1],
  ])(
    "of a start-up with %i pages, %i devices, %i clients, %i units loses no state",
    (pages, devices, clients, units) => {
      const machine = dssMachine({ pages, devices, clients, units }, SHIPPED);
      // The safety variant and a guest go the same ways once more.
      const actions = machine.actions.filter(
        ({ name }) => !/^smmuman-safety|there is one|warn|failure/.test(name),
      );
      const model = machineModel({ ...machine, actions });
      const all = explore(model, { keepGoing: true });
      const reduced = explore(model, { keepGoing: true, symmetry: true });
      expect(reduced.states).toBe(all.states);
      expect(reduced.distinct).toBeLessThan(all.distinct);
      expect(reduced.depth).toBe(all.depth);
      expect(verdicts(reduced)).toEqual(verdicts(all));
    },
  );

  test("nor a violation, nor the length of its counterexample", () => {
    const model = machineModel(ownershipMachine(sizes(2, 2, 1, 1, 1), THIEVING));
    const all = explore(model);
    const reduced = explore(model, { symmetry: true });
    const broken = (report: typeof all) =>
      report.properties
        .filter(({ held }) => held === false && held !== null)
        .map(({ name, trail }) => [name, trail?.length]);
    expect(broken(all)).not.toEqual([]);
    expect(broken(reduced)).toEqual(broken(all));
  });
});

test("a counterexample is stored as a boot that starts up and goes the same way", () => {
  const model = machineModel(ownershipMachine(sizes(1, 2, 1, 1, 1), THIEVING));
  const failed = explore(model).properties.find(({ held }) => held === false)!;
  expect(failed.name).toBe("no client takes a device that another one has");
  expect(failed.trail!.length).toBe(8);
  const info = storeTrail(memoryEventStore(), "thief", model, failed.name, failed.trail!);
  expect(info.events).toBeGreaterThan(30);
  expect(info.header.note).toBe(failed.name);
});

test("the shipped rules keep every property in every state", () => {
  const report = explore(machineModel(ownershipMachine(sizes(2, 2, 1, 1, 2), SHIPPED)));
  expect(report).toMatchObject({ states: 10470, complete: true });
  const unheld = report.properties.filter(({ held }) => held !== true).map(({ name }) => name);
  expect(unheld).toEqual([]);
});

// The owner of a device is not asked (CM-7).
const THIEVING: Rules = {
  ...SHIPPED,
  decide: (view, stimulus) => {
    const outcomes = SHIPPED.decide(view, stimulus);
    if (stimulus.kind !== "call" || stimulus.call.function !== "smmu_device_add_pci") return outcomes;
    const isBusy = outcomes.some((outcome) => outcome.kind === "CallReturned" && outcome.errno === "EBUSY");
    if (!isBusy) return outcomes;
    const devices = new Map(
      [...view.state.devices].map(([name, device]) => [name, { ...device, object: null }]),
    );
    return SHIPPED.decide(
      {
        ...view,
        space: (name) => view.space(name),
        route: (name) => view.route(name),
        state: { ...view.state, devices },
      },
      stimulus,
    );
  },
};

function sizes(devices: number, clients: number, objects: number, pages: number, rights: number) {
  return { devices, clients, objects, pages, rights };
}

function summary(model: ReturnType<typeof machineModel>) {
  const { states, transitions, depth, properties } = explore(model, { keepGoing: true });
  const broken = properties.filter(({ kind, held }) => kind !== "sometimes" && held === false);
  const reached = properties.filter(({ kind, held }) => kind === "sometimes" && held === true);
  return { states, transitions, depth, broken: names(broken), reached: names(reached) };
}

/** The same actions, each seeing and writing the whole machine. */
function wholeSummary(machine: MachineModel) {
  const all = machine.parts.all;
  const actions = machine.actions.map((action) => ({ ...action, reads: all, writes: all }));
  return plainSearch(machineModel({ ...machine, actions }));
}

function verdicts({ properties }: ReturnType<typeof explore>) {
  return properties.map(({ name, held }) => [name, held]);
}

function names(properties: readonly { readonly name: string }[]): string[] {
  return properties.map(({ name }) => name).sort();
}
