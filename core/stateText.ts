import { assert } from "../base/assert.ts";
import type { Access } from "../events/vocabulary/access.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ObjectName, UnitName } from "../events/vocabulary/names.ts";
import { AddressSpace, type Grant, type StaleGrant } from "./parts/addressSpace.ts";
import { type Interval, IntervalMap } from "./parts/intervalMap.ts";
import type { DeviceState, Forgotten, IommuState, ObjectState } from "./state.ts";

/** The version of the text; a snapshot of another version is not read but made anew from the log. */
export const STATE_TEXT_VERSION = 1;

/**
 * The whole state as text, provenance and caches included, so that folding can go on from it. Intervals are flat
 * number lists: `first, last, delta, access, since` for a grant, and `revokedAt` after each stale one.
 */
export function printState(state: IommuState): string {
  // Member by member: the text must not depend on how the state came to be.
  return JSON.stringify({
    version: STATE_TEXT_VERSION,
    family: state.family,
    units: [...state.units],
    translationOfAll: state.translationOfAll,
    described: state.described,
    devices: [...state.devices].map(([name, device]) => [
      name,
      { ...device, forgotten: printForgotten(device.forgotten) },
    ]),
    objects: [...state.objects].map(([name, object]) => [
      name,
      { client: object.client, ...printSpace(object.space) },
    ]),
    pendingFaults: state.pendingFaults,
    droppedFaults: state.droppedFaults,
  });
}

/** The state that a text of ours holds; null when it is of another version. Asserts its shape. */
export function readState(text: string): IommuState | null {
  const data = JSON.parse(text) as StateText;
  if (data.version !== STATE_TEXT_VERSION) return null;
  return {
    family: data.family,
    units: new Map(data.units),
    translationOfAll: data.translationOfAll,
    described: data.described,
    devices: new Map(
      data.devices.map(([name, device]) => [name, { ...device, forgotten: readForgotten(device.forgotten) }]),
    ),
    objects: new Map(
      data.objects.map(([name, object]) => [name, { client: object.client, space: readSpace(object) }]),
    ),
    pendingFaults: data.pendingFaults,
    droppedFaults: data.droppedFaults,
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

type StateText = Omit<IommuState, "units" | "devices" | "objects"> & {
  readonly version: number;
  readonly units: readonly [
    UnitName,
    IommuState["units"] extends ReadonlyMap<UnitName, infer U> ? U : never,
  ][];
  readonly devices: readonly [
    DeviceName,
    Omit<DeviceState, "forgotten"> & { readonly forgotten: ForgottenText },
  ][];
  readonly objects: readonly [ObjectName, Omit<ObjectState, "space"> & SpaceText][];
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
