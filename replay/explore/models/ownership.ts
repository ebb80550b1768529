import type { ClientState } from "../../../core/clients/clientState.ts";
import type { SafetyProperty } from "../../../core/properties/property.ts";
import { PROPERTIES } from "../../../core/properties.ts";
import type { DeviceState, IommuState } from "../../../core/state.ts";
import { ABILITY_ATTACH } from "../../../events/vocabulary/clientApi.ts";
import {
  type ClientName,
  clientName,
  type ObjectName,
  objectName,
} from "../../../events/vocabulary/names.ts";
import { addDevice, addMapping, callOf, transfer } from "../../check/calls.ts";
import type { Rules } from "../../check/rules.ts";
import { deviceAt } from "../../check/smallBoard.ts";
import { startedMachine } from "../../check/startedMachine.ts";
import type { Exchange, Model } from "../model.ts";
import { type MachineAction, type MachineModel, machineModel } from "./machineModel.ts";
import { type Bounds, MachineParts, type ObjectPart } from "./machineParts.ts";
import { permutations } from "./permutations.ts";

/** How large an ownership model is. */
export interface OwnershipSizes {
  readonly devices: number;
  readonly clients: number;
  /** Objects of each client. */
  readonly objects: number;
  readonly pages: number;
  /** Kinds of grants: read; read and write; write. */
  readonly rights: number;
}

const RIGHTS = [1, 3, 2] as const;

/**
 * Clients of a service that runs: they come, connect, create, attach, move, map, unmap, destroy, leave and die, and
 * devices try every page, with the shipped rules; at any moment the service may be stopped (docs/models.md).
 */
export function ownership(sizes: OwnershipSizes, rules: Rules): Model {
  return machineModel(ownershipMachine(sizes, rules));
}

/** The same, not yet made a model. */
export function ownershipMachine(sizes: OwnershipSizes, rules: Rules): MachineModel {
  const clients = range(sizes.clients).map((c) => clientName(`c${c}`));
  const objects = clients.flatMap((client) =>
    range(sizes.objects).map((o) => ({ object: objectName(`${client}.o${o}`), client })),
  );
  const bounds: Bounds = {
    devices: range(sizes.devices).map(deviceAt),
    clients,
    objects,
    pages: range(sizes.pages).map((p) => 0x100 + p),
  };
  const board = { devices: sizes.devices, units: 1, configured: 0, reserved: false };
  const { state, stimuli } = startedMachine(board, rules);
  const parts = new MachineParts(bounds, state);
  const allObjects = objects.map((_, o) => parts.object(o));
  return {
    name: "ownership",
    sizes: { ...sizes },
    parts,
    rules,
    properties: propertiesShown(shownBy(sizes)).filter(({ name }) => !LEFT_OUT.includes(name)),
    footprints: ({ name }) =>
      name.startsWith("a device is in no object")
        ? [
            ...parts.devices.map((device) => [parts.system, device, ...allObjects]),
            ...objects.map(({ client }, o) => [
              parts.system,
              parts.client(clients.indexOf(client)),
              parts.object(o),
            ]),
          ]
        : [parts.service],
    actions: ownershipActions(parts, bounds, sizes.rights),
    symmetry: {
      kind: "exchanges",
      exchanges: exchangesOf(parts, bounds, sizes.objects, range(sizes.devices)),
    },
    prelude: stimuli,
    initial: state,
  };
}

// It is about records, which are left out.
const LEFT_OUT = ["a client has at most 64 records"];

/** What so small a machine must show to be reachable. */
function shownBy({ clients, objects }: OwnershipSizes): readonly string[] {
  return [
    "a transfer is permitted by a grant",
    "a transfer is refused for want of a grant",
    "a transfer is refused for want of a right",
    ...(clients > 1 ? ["a device is refused because another client has it"] : []),
    "a client dies with objects",
    "a device waits for a reissue",
    ...(objects > 1 ? ["a device moves between objects of one client"] : []),
    "a service enters its Design Safe State while it runs",
  ];
}

/** Every sentence that must hold, but for those about VMs, which there are none of; and what must be seen to be reachable. */
export function propertiesShown(reachable: readonly string[]): readonly SafetyProperty[] {
  return PROPERTIES.filter(({ name, kind }) =>
    kind === "sometimes" ? reachable.includes(name) : !/\bVMs?\b|\bguest's\b|narrowed/.test(name),
  );
}

/** What clients and devices do; also what they do in models that have a start-up beside. */
export function ownershipActions(parts: MachineParts, bounds: Bounds, rights: number): MachineAction[] {
  const { clients, objects } = bounds;
  return [
    ...clients.flatMap((client, c) => clientActions(parts, bounds, client, c)),
    ...objects.flatMap((_, o) => objectActions(parts, bounds, o, rights)),
    ...bounds.devices.flatMap((_, d) => transferActions(parts, bounds, d)),
    {
      name: "the service is stopped by a signal",
      reads: parts.service,
      writes: parts.service,
      stimulus: ({ service }) =>
        service?.phase === "running" ? { kind: "fail", what: "signal", name: "SIGKILL", at: null } : null,
    },
  ];
}

function clientActions(parts: MachineParts, bounds: Bounds, client: ClientName, c: number): MachineAction[] {
  const own = bounds.objects.flatMap((held, o) => (held.client === client ? [o] : []));
  const itself = [parts.system, parts.client(c)];
  const objects = own.map((o) => parts.object(o));
  const pages = own.flatMap((o) => parts.pagesOf(o));
  const isEmpty = (state: IommuState): boolean =>
    own.every((o) => !state.objects.has(bounds.objects[o]!.object));
  const leaving = (action: Pick<MachineAction, "name" | "stimulus">): MachineAction[] =>
    wiping(
      { ...action, reads: [...itself, ...parts.devices, ...objects] },
      [parts.client(c), ...parts.devices, ...objects],
      pages,
      isEmpty,
    );
  return [
    {
      name: `${client} starts`,
      reads: itself,
      writes: [parts.client(c)],
      stimulus: ({ clients }) =>
        clients.has(client) ? null : { kind: "client", client, abilities: [ABILITY_ATTACH], vm: null },
    },
    {
      name: `${client} smmu_init`,
      reads: itself,
      writes: [parts.client(c)],
      stimulus: () => callOf(client, { function: "smmu_init", flags: 0 }),
    },
    ...leaving({ name: `${client} smmu_fini`, stimulus: () => callOf(client, { function: "smmu_fini" }) }),
    ...leaving({
      name: `${client} dies`,
      stimulus: ({ clients }) => (clients.has(client) ? { kind: "exit", client } : null),
    }),
  ];
}

/** An action that empties pages without reading them where it destroys what they are pages of, and else leaves them. */
function wiping(
  action: Omit<MachineAction, "writes">,
  writes: readonly number[],
  pages: readonly number[],
  isEmpty: (after: IommuState) => boolean,
): MachineAction[] {
  return [
    { ...action, writes: [...writes, ...pages], when: isEmpty },
    { ...action, writes, when: (after) => !isEmpty(after) },
  ];
}

function objectActions(parts: MachineParts, bounds: Bounds, o: number, rights: number): MachineAction[] {
  const { object, client } = bounds.objects[o]!;
  const c = bounds.clients.indexOf(client);
  const itself = [parts.system, parts.client(c), parts.object(o)];
  const pages = parts.pagesOf(o);
  return [
    {
      name: `${client} creates ${object}`,
      reads: itself,
      writes: [parts.client(c), parts.object(o)],
      stimulus: ({ objects }) =>
        objects.has(object) ? null : callOf(client, { function: "smmu_obj_create", flags: 0 }, object),
    },
    ...wiping(
      {
        name: `${client} destroys ${object}`,
        reads: [...itself, ...parts.devices],
        stimulus: () => callOf(client, { function: "smmu_obj_destroy", sop: object }),
      },
      [parts.client(c), parts.object(o), ...parts.devices],
      pages,
      ({ objects }) => !objects.has(object),
    ),
    ...bounds.devices.flatMap((_, d) => deviceActions(parts, bounds, o, d)),
    ...bounds.pages.flatMap((page, p) =>
      [0, ...RIGHTS.slice(0, rights)].map((flags) => ({
        name: `${client} ${flags === 0 ? "unmaps" : `maps ${["", "r", "w", "rw"][flags]}`} page ${page.toString(16)} of ${object}`,
        reads: [...itself, parts.page(o, p), ...parts.devices],
        writes: [parts.object(o), parts.page(o, p)],
        stimulus: () => addMapping(client, object, flags, page),
      })),
    ),
  ];
}

/** A device goes into an object: from nowhere or from one of the others, one by one, so that each reads little. */
function deviceActions(parts: MachineParts, bounds: Bounds, o: number, d: number): MachineAction[] {
  const { object, client } = bounds.objects[o]!;
  const device = bounds.devices[d]!;
  const c = bounds.clients.indexOf(client);
  const itself = [parts.system, parts.client(c), parts.object(o), parts.device(d)];
  const isIn = (state: IommuState, wanted: ObjectName | null): boolean =>
    (state.devices.get(device)?.object ?? null) === wanted;
  const pages = parts.pagesOf(o);
  const attach = (from: number | null): MachineAction => {
    const before = from === null || from === o ? [] : [parts.object(from)];
    const held = from === null ? null : bounds.objects[from]!.object;
    return {
      name: `${client} attaches ${device} to ${object}`,
      reads: [...itself, ...before, ...pages],
      writes: [parts.device(d), parts.object(o), ...before],
      stimulus: (state) => (isIn(state, held) ? addDevice(client, object, device) : null),
    };
  };
  return [
    attach(null),
    ...bounds.objects.map((_, from) => attach(from)),
    // Whoever asks: only the owner may.
    ...bounds.clients.map((asking, a) => ({
      name: `${asking} takes ${device} out of ${object}`,
      reads: [parts.system, parts.client(a), parts.object(o), parts.device(d)],
      writes: [parts.device(d), parts.object(o)],
      stimulus: (state: IommuState) => (isIn(state, object) ? addDevice(asking, null, device) : null),
    })),
  ];
}

function transferActions(parts: MachineParts, bounds: Bounds, d: number): MachineAction[] {
  const device = bounds.devices[d]!;
  return bounds.pages.flatMap((page, p) =>
    (["r", "w"] as const).flatMap((access) => {
      const name = `${device} ${access === "r" ? "reads" : "writes"} page ${page.toString(16)}`;
      const stimulus = transfer(device, access, page);
      const itself = [parts.system, parts.device(d)];
      const nowhere: MachineAction = {
        name,
        reads: itself,
        writes: [],
        stimulus: ({ devices }) => (devices.get(device)?.object == null ? stimulus : null),
      };
      const through = bounds.objects.map(({ object }, o): MachineAction => {
        return {
          name,
          reads: [...itself, parts.object(o), parts.page(o, p)],
          writes: [],
          stimulus: ({ devices }) => (devices.get(device)?.object === object ? stimulus : null),
        };
      });
      return [nowhere, ...through];
    }),
  );
}

/** Devices that are alike, clients with their objects, a client's objects, and pages may each change places. */
export function exchangesOf(
  parts: MachineParts,
  bounds: Bounds,
  objectsEach: number,
  alike: readonly number[],
): Exchange[] {
  const { devices, clients, pages } = bounds;
  const exchanges: Exchange[] = [];
  const within = Array.from({ length: clients.length }, () => permutations(objectsEach));
  const orders = permutations(alike.length).map((order) =>
    devices.map((_, d) => (alike.includes(d) ? alike[order[alike.indexOf(d)]!]! : d)),
  );
  for (const device of orders)
    for (const client of permutations(clients.length))
      for (const page of permutations(pages.length))
        for (const object of product(within))
          exchanges.push(exchange(parts, bounds, { device, client, page, object }, objectsEach));
  // The first of each is the identity, and so the first of all.
  return exchanges.slice(1);
}

interface Places {
  readonly device: readonly number[];
  readonly client: readonly number[];
  readonly page: readonly number[];
  /** By client: where each of its objects goes. */
  readonly object: readonly (readonly number[])[];
}

function exchange(parts: MachineParts, bounds: Bounds, places: Places, objectsEach: number): Exchange {
  const { devices, clients, objects, pages } = bounds;
  const to: number[] = [...parts.service];
  const objectTo = objects.map((_, o) => {
    const c = Math.floor(o / objectsEach);
    return places.client[c]! * objectsEach + places.object[c]![o % objectsEach]!;
  });
  const names = new Map<string, string>();
  for (const [d, name] of devices.entries()) {
    to[parts.device(d)] = parts.device(places.device[d]!);
    names.set(name, devices[places.device[d]!]!);
  }
  for (const [c, name] of clients.entries()) {
    to[parts.client(c)] = parts.client(places.client[c]!);
    names.set(name, clients[places.client[c]!]!);
  }
  for (const [o, { object }] of objects.entries()) {
    to[parts.object(o)] = parts.object(objectTo[o]!);
    names.set(object, objects[objectTo[o]!]!.object);
    for (const p of pages.keys()) to[parts.page(o, p)] = parts.page(objectTo[o]!, places.page[p]!);
  }
  return { to, imageOf: (component, value) => renamed(parts, component, value, names) };
}

function renamed(
  parts: MachineParts,
  component: number,
  value: unknown,
  names: ReadonlyMap<string, string>,
): unknown {
  const image = <T extends string | null>(name: T): T => (name === null ? name : (names.get(name) as T));
  if (value === null || component < parts.device(0) || component >= parts.page(0, 0)) return value;
  if (component < parts.client(0)) {
    const device = value as DeviceState;
    return { ...device, object: image(device.object) } satisfies DeviceState;
  }
  if (component < parts.object(0)) return value as ClientState;
  const object = value as ObjectPart;
  const awaitingReissue = object.awaitingReissue.map(image).sort();
  return { ...object, client: image(object.client), awaitingReissue } satisfies ObjectPart;
}

function product<T>(choices: readonly (readonly T[])[]): T[][] {
  return choices.reduce<T[][]>(
    (all, each) => all.flatMap((before) => each.map((one) => [...before, one])),
    [[]],
  );
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
