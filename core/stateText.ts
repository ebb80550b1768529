import { assert } from "../base/assert.ts";
import type { Access } from "../events/vocabulary/access.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ClientName, ObjectName, VmName } from "../events/vocabulary/names.ts";
import type { ClientState } from "./clients/clientState.ts";
import type { ObjectRanges, RangeGrant } from "./clients/objectRanges.ts";
import { AddressSpace, type Grant, type StaleGrant } from "./parts/addressSpace.ts";
import { type Interval, IntervalMap } from "./parts/intervalMap.ts";
import type { DeviceState, Forgotten, IommuState, ObjectState } from "./state.ts";
import type { VmState } from "./vms/vmState.ts";

/** The version of the text; a snapshot of another version is not read but made anew from the log. */
export const STATE_TEXT_VERSION = 2;

/**
 * The whole state as text, provenance and caches included, so that folding can go on from it. Intervals are flat
 * number lists: `first, last, delta, access, since` for a grant, and `revokedAt` after each stale one.
 */
export function printState(state: IommuState): string {
  return JSON.stringify({ version: STATE_TEXT_VERSION, ...machineText(state) });
}

/** The state that a text of ours holds; null when it is of another version. Asserts its shape. */
export function readState(text: string): IommuState | null {
  const data = JSON.parse(text) as MachineText & { readonly version: number };
  return data.version === STATE_TEXT_VERSION ? readMachine(data) : null;
}

function machineText(state: IommuState): MachineText {
  // Member by member: the text must not depend on how the state came to be.
  return {
    family: state.family,
    units: [...state.units],
    translationOfAll: state.translationOfAll,
    described: state.described,
    devices: [...state.devices].map(([name, device]) => [
      name,
      {
        ...device,
        forgotten: printForgotten(device.forgotten),
        startup: device.startup === null ? null : printSpace(device.startup),
        reserved: device.reserved === null ? null : printSpace(device.reserved),
      },
    ]),
    objects: [...state.objects].map(
      ([name, { client, space, ranges, awaitingReissue, realisedOn, reservedManual }]) => [
        name,
        {
          client,
          ...printSpace(space),
          ranges: printRanges(ranges),
          awaitingReissue,
          realisedOn,
          reservedManual,
        },
      ],
    ),
    pendingFaults: state.pendingFaults,
    droppedFaults: state.droppedFaults,
    service: state.service,
    clients: [...state.clients].map(([name, client]) => [name, { ...client, handles: [...client.handles] }]),
    vms: [...state.vms].map(([name, vm]) => [
      name,
      { ...vm, memory: printSpace(vm.memory), guest: vm.guest === null ? null : machineText(vm.guest) },
    ]),
  };
}

function readMachine(data: MachineText): IommuState {
  return {
    family: data.family,
    units: new Map(data.units),
    translationOfAll: data.translationOfAll,
    described: data.described,
    devices: new Map(
      data.devices.map(([name, device]) => [
        name,
        {
          ...device,
          forgotten: readForgotten(device.forgotten),
          startup: device.startup === null ? null : readSpace(device.startup),
          reserved: device.reserved === null ? null : readSpace(device.reserved),
        },
      ]),
    ),
    objects: new Map(
      data.objects.map(([name, object]) => [
        name,
        {
          client: object.client,
          space: readSpace(object),
          ranges: readRanges(object.ranges),
          awaitingReissue: object.awaitingReissue,
          realisedOn: object.realisedOn,
          reservedManual: object.reservedManual,
        },
      ]),
    ),
    pendingFaults: data.pendingFaults,
    droppedFaults: data.droppedFaults,
    service: data.service,
    clients: new Map(
      data.clients.map(([name, client]) => [name, { ...client, handles: new Map(client.handles) }]),
    ),
    vms: new Map(
      data.vms.map(([name, vm]) => [
        name,
        { ...vm, memory: readSpace(vm.memory), guest: vm.guest === null ? null : readMachine(vm.guest) },
      ]),
    ),
  };
}

interface SpaceText {
  readonly live: readonly number[];
  readonly stale: readonly (readonly number[])[];
}

interface ForgottenText {
  readonly allAt: number;
  readonly ranges: readonly number[] | null;
}

type Entries<M> = M extends ReadonlyMap<infer K, infer V> ? readonly (readonly [K, V])[] : never;

type MachineText = Omit<IommuState, "units" | "devices" | "objects" | "clients" | "vms"> & {
  readonly units: Entries<IommuState["units"]>;
  readonly clients: readonly (readonly [ClientName, ClientText])[];
  readonly devices: readonly (readonly [DeviceName, DeviceText])[];
  readonly objects: readonly (readonly [ObjectName, ObjectText])[];
  readonly vms: readonly (readonly [VmName, VmText])[];
};

type ClientText = Omit<ClientState, "handles"> & { readonly handles: Entries<ClientState["handles"]> };

type DeviceText = Omit<DeviceState, "forgotten" | "startup" | "reserved"> & {
  readonly forgotten: ForgottenText;
  readonly startup: SpaceText | null;
  readonly reserved: SpaceText | null;
};

type ObjectText = Omit<ObjectState, "space" | "ranges"> &
  SpaceText & { readonly ranges: readonly number[] | null };

type VmText = Omit<VmState, "memory" | "guest"> & {
  readonly memory: SpaceText;
  readonly guest: MachineText | null;
};

function printSpace(space: AddressSpace): SpaceText {
  const live: number[] = [];
  for (const { first, last, value } of space.mappings())
    live.push(first, last, value.delta, value.access, value.since);
  const stale = space.staleGrants().map(({ first, last, value }) => {
    const numbers = [first, last];
    for (const { grant, revokedAt } of value) numbers.push(grant.delta, grant.access, grant.since, revokedAt);
    return numbers;
  });
  return { live, stale };
}

function readSpace(text: SpaceText): AddressSpace {
  assert(text.live.length % 5 === 0, "a snapshot's table is cut");
  const live: Interval<Grant>[] = [];
  for (let i = 0; i < text.live.length; i += 5) {
    const [first, last, delta, access, since] = text.live.slice(i, i + 5) as [
      number,
      number,
      number,
      Access,
      number,
    ];
    live.push({ first, last, value: { delta, access, since } });
  }
  const stale = text.stale.map((numbers): Interval<readonly StaleGrant[]> => {
    const grants: StaleGrant[] = [];
    for (let i = 2; i < numbers.length; i += 4) {
      const [delta, access, since, revokedAt] = numbers.slice(i, i + 4) as [number, Access, number, number];
      grants.push({ grant: { delta, access, since }, revokedAt });
    }
    return { first: numbers[0]!, last: numbers[1]!, value: grants };
  });
  return new AddressSpace(IntervalMap.of(live), IntervalMap.of(stale));
}

function printForgotten(forgotten: Forgotten): ForgottenText {
  const ranges = forgotten.ranges?.all().flatMap(({ first, last, value }) => [first, last, value]) ?? null;
  return { allAt: forgotten.allAt, ranges };
}

function readForgotten(text: ForgottenText): Forgotten {
  if (text.ranges === null) return { allAt: text.allAt, ranges: null };
  const intervals: Interval<number>[] = [];
  for (let i = 0; i < text.ranges.length; i += 3) {
    intervals.push({ first: text.ranges[i]!, last: text.ranges[i + 1]!, value: text.ranges[i + 2]! });
  }
  return { allAt: text.allAt, ranges: IntervalMap.of(intervals) };
}

function printRanges(ranges: ObjectRanges | null): readonly number[] | null {
  return ranges?.all().flatMap(({ first, last, value }) => [first, last, value.delta, value.access]) ?? null;
}

function readRanges(text: readonly number[] | null): ObjectRanges | null {
  if (text === null) return null;
  const intervals: Interval<RangeGrant>[] = [];
  for (let i = 0; i < text.length; i += 4) {
    const value = { delta: text[i + 2]!, access: text[i + 3]! as Access };
    intervals.push({ first: text[i]!, last: text[i + 1]!, value });
  }
  return IntervalMap.of(intervals);
}
