import { assert } from "../../../base/assert.ts";
import type { ClientState } from "../../../core/clients/clientState.ts";
import type { RangeGrant } from "../../../core/clients/objectRanges.ts";
import { AddressSpace, type Grant } from "../../../core/parts/addressSpace.ts";
import { type Interval, IntervalMap } from "../../../core/parts/intervalMap.ts";
import { newService, type ServiceState } from "../../../core/startup/serviceState.ts";
import {
  type DeviceState,
  type IommuState,
  NO_COUNTS,
  NOTHING_FORGOTTEN,
  type ObjectState,
} from "../../../core/state.ts";
import type { Access } from "../../../events/vocabulary/access.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ClientName, ObjectName } from "../../../events/vocabulary/names.ts";
import type { Component } from "../model.ts";

/** What a bounded machine consists of. */
export interface Bounds {
  readonly devices: readonly DeviceName[];
  readonly clients: readonly ClientName[];
  /** Each with the client that may create it. */
  readonly objects: readonly { readonly object: ObjectName; readonly client: ClientName }[];
  /** Page numbers, ascending. */
  readonly pages: readonly number[];
}

/** What devices and clients meet: units, and of the service its name, its phase and whom its units cover. */
export type SystemPart = Pick<IommuState, "family" | "units" | "translationOfAll" | "described"> & {
  readonly face: Pick<ServiceState, "name" | "phase" | "units"> | null;
};

/** The rest of a service. */
export type DetailPart = Omit<ServiceState, "name" | "phase" | "units"> | null;

/** An object without its table. */
export type ObjectPart = Omit<ObjectState, "space" | "ranges"> & { readonly hasRanges: boolean };

/** What an object's table says of one page, as if the page were page 0. */
export interface PagePart {
  readonly grant: { readonly delta: number; readonly access: Access } | null;
  readonly asked: readonly (readonly [first: number, last: number, delta: number, access: Access])[];
}

const BLANK: PagePart = { grant: null, asked: [] };
const PAGE = 4096;

/**
 * The state of a real machine, taken apart and put together again. Some of it is left out, since it would never end or
 * decides nothing here: counters, provenance (which event granted), revoked grants, and fault records.
 */
export class MachineParts {
  /** What devices and clients meet of the service and its units. */
  readonly system = 0;
  /** What only the service itself knows of its start-up. */
  readonly detail = 1;
  /** Both. */
  readonly service = [this.system, this.detail] as const;
  readonly #bounds: Bounds;
  readonly #initial: IommuState;

  constructor(bounds: Bounds, initial: IommuState) {
    this.#bounds = bounds;
    this.#initial = initial;
  }

  /** Index of a device's component. */
  device(d: number): number {
    return 2 + d;
  }

  /** Index of a client's component. */
  client(c: number): number {
    return this.device(this.#bounds.devices.length) + c;
  }

  /** Index of the component of an object, its table apart. */
  object(o: number): number {
    return this.client(this.#bounds.clients.length) + o;
  }

  /** Index of the component of a page of an object's table. */
  page(o: number, p: number): number {
    return this.object(this.#bounds.objects.length) + o * this.#bounds.pages.length + p;
  }

  /** Every device. */
  get devices(): readonly number[] {
    return this.#bounds.devices.map((_, d) => this.device(d));
  }

  /** Every page of an object. */
  pagesOf(o: number): readonly number[] {
    return this.#bounds.pages.map((_, p) => this.page(o, p));
  }

  /** Every component. */
  get all(): readonly number[] {
    const { objects, pages } = this.#bounds;
    return Array.from({ length: this.object(objects.length) + objects.length * pages.length }, (_, i) => i);
  }

  /** What the model has. */
  components(): Component[] {
    const { devices, clients, objects, pages } = this.#bounds;
    const names = [
      "system",
      "service",
      ...devices.map((name) => `device ${name}`),
      ...clients.map((name) => `client ${name}`),
      ...objects.map(({ object }) => `object ${object}`),
      ...objects.flatMap(({ object }) => pages.map((page) => `${object} page ${page.toString(16)}`)),
    ];
    return names.map((name, i) => ({
      name,
      initial: this.take(this.#initial, i),
      keyOf: partKey,
      textOf: partText,
    }));
  }

  /** A machine of which only these components are known. */
  assemble(reads: readonly number[], values: readonly unknown[]): IommuState {
    // All actions of a group ask for the same machine, one after another.
    const last = this.#last;
    if (last !== null && isSame(last.values, values) && isSame(last.reads, reads)) return last.state;
    const state = this.#assembled(reads, values);
    this.#last = { reads, values, state };
    return state;
  }

  #last: {
    readonly reads: readonly number[];
    readonly values: readonly unknown[];
    readonly state: IommuState;
  } | null = null;

  #assembled(reads: readonly number[], values: readonly unknown[]): IommuState {
    const { devices, clients, objects } = this.#bounds;
    const known = new Map(reads.map((component, i) => [component, values[i]]));
    const system = known.get(this.system) as SystemPart | undefined;
    assert(system !== undefined, "every action of a machine reads its system");
    const present = <K, V>(names: readonly K[], index: (i: number) => number): Map<K, V> =>
      new Map(
        names.flatMap((name, i): [K, V][] => {
          const value = known.get(index(i)) as V | null | undefined;
          return value == null ? [] : [[name, value]];
        }),
      );
    const held = present<ObjectName, ObjectPart>(
      objects.map(({ object }) => object),
      (o) => this.object(o),
    );
    const { face, ...hardware } = system;
    const detail = known.get(this.detail) as DetailPart | undefined;
    return {
      ...hardware,
      service: face === null ? null : { ...newService(face.name), ...detail, ...face },
      devices: present<DeviceName, DeviceState>(devices, (d) => this.device(d)),
      clients: present<ClientName, ClientState>(clients, (c) => this.client(c)),
      objects: new Map([...held].map(([name, part]) => [name, this.#whole(name, part, known)])),
      pendingFaults: [],
      droppedFaults: 0,
      vms: new Map(),
    };
  }

  /** Whether nothing at all was written of a component between two states: its value needs no second look. */
  isUntouched(before: IommuState, after: IommuState, component: number): boolean {
    const { devices, clients, objects, pages } = this.#bounds;
    if (component === this.detail) return before.service === after.service;
    if (component === this.system)
      return (
        before.service === after.service &&
        before.units === after.units &&
        before.described === after.described &&
        before.translationOfAll === after.translationOfAll
      );
    if (component < this.client(0)) {
      const name = devices[component - this.device(0)]!;
      return before.devices.get(name) === after.devices.get(name);
    }
    if (component < this.object(0)) {
      const name = clients[component - this.client(0)]!;
      return before.clients.get(name) === after.clients.get(name);
    }
    const o =
      component < this.page(0, 0)
        ? component - this.object(0)
        : Math.floor((component - this.page(0, 0)) / pages.length);
    const name = objects[o]!.object;
    return before.objects.get(name) === after.objects.get(name);
  }

  /** The value of a component in a state. */
  take(state: IommuState, component: number): unknown {
    const { devices, clients, objects, pages } = this.#bounds;
    if (component === this.system) return systemPart(state);
    if (component === this.detail) return detailPart(state);
    if (component < this.client(0))
      return devicePart(state.devices.get(devices[component - this.device(0)]!));
    if (component < this.object(0))
      return clientPart(state.clients.get(clients[component - this.client(0)]!));
    if (component < this.page(0, 0)) {
      const held = state.objects.get(objects[component - this.object(0)]!.object);
      return held === undefined ? null : objectPart(held);
    }
    const at = component - this.page(0, 0);
    const held = state.objects.get(objects[Math.floor(at / pages.length)]!.object);
    return held === undefined ? BLANK : pagePart(held, pages[at % pages.length]!);
  }

  #whole(
    name: ObjectName,
    { hasRanges, ...part }: ObjectPart,
    known: ReadonlyMap<number, unknown>,
  ): ObjectState {
    const o = this.#bounds.objects.findIndex(({ object }) => object === name);
    const live: Interval<Grant>[] = [];
    const asked: Interval<RangeGrant>[] = [];
    for (const [p, page] of this.#bounds.pages.entries()) {
      const value = known.get(this.page(o, p)) as PagePart | undefined;
      if (value === undefined) continue;
      if (value.grant !== null) live.push({ first: page, last: page, value: { ...value.grant, since: 0 } });
      for (const [first, last, delta, access] of value.asked)
        asked.push({ first: page * PAGE + first, last: page * PAGE + last, value: { delta, access } });
    }
    return {
      ...part,
      space: new AddressSpace(IntervalMap.of(live)),
      ranges: hasRanges ? IntervalMap.of(asked) : null,
    };
  }
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

function systemPart({ family, units, translationOfAll, described, service }: IommuState): SystemPart {
  const face = service === null ? null : { name: service.name, phase: service.phase, units: service.units };
  return { family, units, translationOfAll, described, face };
}

function detailPart({ service }: IommuState): DetailPart {
  if (service === null) return null;
  const { name: _name, phase: _phase, units: _units, ...detail } = service;
  return { ...detail, dss: detail.dss === null ? null : { ...detail.dss, seq: 0 } };
}

function devicePart(device: DeviceState | undefined): DeviceState | null {
  if (device === undefined) return null;
  const { window } = device;
  return {
    ...device,
    counters: NO_COUNTS,
    forgotten: NOTHING_FORGOTTEN,
    window: window === null ? null : { openedAt: 0, closedAt: window.closedAt === null ? null : 0 },
  };
}

function clientPart(client: ClientState | undefined): ClientState | null {
  if (client === undefined) return null;
  return { ...client, objectsCreated: 0, records: [], dropped: false, notify: false };
}

function objectPart({ space: _space, ranges, ...object }: ObjectState): ObjectPart {
  return { ...object, awaitingReissue: [...object.awaitingReissue].sort(), hasRanges: ranges !== null };
}

function pagePart({ space, ranges }: ObjectState, page: number): PagePart {
  const run = space.at(page);
  const asked = ranges?.within(page * PAGE, page * PAGE + PAGE - 1) ?? [];
  if (run === null && asked.length === 0) return BLANK;
  return {
    grant: run === null ? null : { delta: run.value.delta, access: run.value.access },
    asked: asked.map(({ first, last, value }) => [
      first - page * PAGE,
      last - page * PAGE,
      value.delta,
      value.access,
    ]),
  };
}

function partKey(value: unknown): string {
  return JSON.stringify(value, (_, member) => {
    if (member instanceof Map) return [...member];
    return member instanceof AddressSpace ? member.canonicalRuns() : member;
  });
}

/** What a reader of a counterexample wants to know of a part. */
function partText(value: unknown): string {
  if (value === null) return "none";
  const part = value as Partial<
    DeviceState & ObjectPart & PagePart & SystemPart & NonNullable<DetailPart> & ClientState
  >;
  if (part.asked !== undefined) return part.grant == null ? "not granted" : `granted ${part.grant.access}`;
  if (part.face !== undefined) {
    const units = [...part.units!].map(
      ([name, { translation }]) => `${name} ${translation === true ? "on" : "off"}`,
    );
    return [`service ${part.face?.phase ?? "none"}`, ...units].join(", ");
  }
  if (part.answered !== undefined)
    return part.dss?.reason ?? `asks ${(part as { asked?: { ask: string } | null }).asked?.ask ?? "nothing"}`;
  if (part.handles !== undefined) return part.connected === true ? "connected" : "not connected";
  if (part.hasRanges !== undefined) return `of ${part.client}, ${part.awaitingReissue!.length} waiting`;
  return part.object == null ? "attached nowhere" : `attached to ${part.object}`;
}
