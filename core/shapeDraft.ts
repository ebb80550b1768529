import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ClientName, ObjectName, UnitName, VmName } from "../events/vocabulary/names.ts";
import type { ClientState } from "./clients/clientState.ts";
import type { Draft, Drafting } from "./draft.ts";
import type { DeviceState, IommuState, ObjectState, PendingFault, UnitState } from "./state.ts";
import type { VmState } from "./vms/vmState.ts";

/**
 * By copies made for this one shape: each entry is copied when it is first asked for. A third of immer's time, for those
 * who live millions of short lives; a property test holds it to immer's states.
 */
export const BY_SHAPE: Drafting = {
  begin: (base) => new StateDraft(base) as unknown as Draft<IommuState>,
  finish: (draft) => (draft as unknown as StateDraft).finish(),
};

// Its Maps are made when they are asked for, so it is read member by member: a copy by `...` would lack them.
class StateDraft {
  family: IommuState["family"];
  translationOfAll: IommuState["translationOfAll"];
  described: IommuState["described"];
  droppedFaults: IommuState["droppedFaults"];
  service: IommuState["service"];
  readonly #base: IommuState;
  #units: DraftMap<UnitName, UnitState> | null = null;
  #devices: DraftMap<DeviceName, DeviceState> | null = null;
  #objects: DraftMap<ObjectName, ObjectState> | null = null;
  #clients: DraftMap<ClientName, ClientState> | null = null;
  #vms: DraftMap<VmName, VmState> | null = null;
  #pendingFaults: PendingFault[] | null = null;

  constructor(base: IommuState) {
    this.#base = base;
    this.family = base.family;
    this.translationOfAll = base.translationOfAll;
    this.described = base.described;
    this.droppedFaults = base.droppedFaults;
    this.service = base.service;
  }

  get units(): DraftMap<UnitName, UnitState> {
    this.#units ??= new DraftMap(this.#base.units, copyOfUnit);
    return this.#units;
  }

  get devices(): DraftMap<DeviceName, DeviceState> {
    this.#devices ??= new DraftMap(this.#base.devices, copyOfDevice);
    return this.#devices;
  }

  get objects(): DraftMap<ObjectName, ObjectState> {
    this.#objects ??= new DraftMap(this.#base.objects, copyOfObject);
    return this.#objects;
  }

  get clients(): DraftMap<ClientName, ClientState> {
    this.#clients ??= new DraftMap(this.#base.clients, copyOfClient);
    return this.#clients;
  }

  get vms(): DraftMap<VmName, VmState> {
    this.#vms ??= new DraftMap(this.#base.vms, copyOfVm);
    return this.#vms;
  }

  get pendingFaults(): PendingFault[] {
    this.#pendingFaults ??= [...this.#base.pendingFaults];
    return this.#pendingFaults;
  }

  finish(): IommuState {
    const { family, translationOfAll, described, droppedFaults, service } = this;
    const base = this.#base;
    const units = this.#units?.finish() ?? base.units;
    const devices = this.#devices?.finish() ?? base.devices;
    const objects = this.#objects?.finish() ?? base.objects;
    const clients = this.#clients?.finish() ?? base.clients;
    const vms = this.#vms?.finish() ?? base.vms;
    const pendingFaults = this.#pendingFaults ?? base.pendingFaults;
    return {
      family,
      units,
      translationOfAll,
      described,
      devices,
      objects,
      pendingFaults,
      droppedFaults,
      service,
      clients,
      vms,
    };
  }
}

/** A Map over another one, which stays as it is; values are copied before anybody can write in them. */
class DraftMap<K, V> implements Map<K, V> {
  readonly [Symbol.toStringTag] = "Map";
  readonly #base: ReadonlyMap<K, V>;
  readonly #copyOf: (value: V) => V;
  #own: Map<K, V> | null = null;
  #copied: Set<K> | null = null;

  constructor(base: ReadonlyMap<K, V>, copyOf: (value: V) => V) {
    this.#base = base;
    this.#copyOf = copyOf;
  }

  get size(): number {
    return (this.#own ?? this.#base).size;
  }

  has(key: K): boolean {
    return (this.#own ?? this.#base).has(key);
  }

  get(key: K): V | undefined {
    const value = (this.#own ?? this.#base).get(key);
    if (value === undefined || this.#copied?.has(key)) return value;
    const copy = this.#copyOf(value);
    this.set(key, copy);
    return copy;
  }

  set(key: K, value: V): this {
    this.#own ??= new Map(this.#base);
    this.#own.set(key, value);
    this.#copied ??= new Set();
    this.#copied.add(key);
    return this;
  }

  delete(key: K): boolean {
    if (!this.has(key)) return false;
    this.#own ??= new Map(this.#base);
    return this.#own.delete(key);
  }

  clear(): void {
    this.#own = new Map();
  }

  forEach(told: (value: V, key: K, map: Map<K, V>) => void): void {
    for (const [key, value] of this) told(value, key, this);
  }

  keys(): MapIterator<K> {
    return (this.#own ?? this.#base).keys();
  }

  *values(): MapIterator<V> {
    // `get` replaces values while this goes on, which leaves the keys and their order as they are.
    for (const key of [...this.keys()]) yield this.get(key)!;
  }

  *entries(): MapIterator<[K, V]> {
    for (const key of [...this.keys()]) yield [key, this.get(key)!];
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  finish(): ReadonlyMap<K, V> {
    return this.#own ?? this.#base;
  }
}

function copyOfUnit(unit: UnitState): UnitState {
  const { faults } = unit;
  return { ...unit, faults: faults && { ...faults, held: [...faults.held] } };
}

// Its counters, tables and windows are replaced as a whole.
function copyOfDevice(device: DeviceState): DeviceState {
  return { ...device };
}

function copyOfObject(object: ObjectState): ObjectState {
  return { ...object, awaitingReissue: [...object.awaitingReissue] };
}

function copyOfClient(client: ClientState): ClientState {
  const records = client.records.map((record) => ({ ...record }));
  return { ...client, handles: new Map(client.handles), records };
}

// The machine of its guest is replaced as a whole.
function copyOfVm(vm: VmState): VmState {
  return { ...vm, narrowed: [...vm.narrowed] };
}
