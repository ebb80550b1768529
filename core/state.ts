import type { TransferAccess } from "../events/vocabulary/access.ts";
import type { Address } from "../events/vocabulary/address.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { Family } from "../events/vocabulary/family.ts";
import type { ClientName, ObjectName, UnitName, VmName } from "../events/vocabulary/names.ts";
import type { ReasonClass } from "../events/vocabulary/reason.ts";
import type { ClientState } from "./clients/clientState.ts";
import type { ObjectRanges } from "./clients/objectRanges.ts";
import type { AddressSpace } from "./parts/addressSpace.ts";
import type { IntervalMap } from "./parts/intervalMap.ts";
import type { ServiceState } from "./startup/serviceState.ts";
import type { UnitFaults } from "./units/unitFaults.ts";
import type { VmState } from "./vms/vmState.ts";

/** What the machine is: everything that later judgements depend on. Immutable; `evolve` makes the next one. */
export interface IommuState {
  /** The family whose rules judge. */
  readonly family: Family;
  readonly units: ReadonlyMap<UnitName, UnitState>;
  /** What the last switch of all units said; null: there was none. */
  readonly translationOfAll: boolean | null;
  /**
   * False until the first unit, switch, attachment or grant is told: before that nothing restricts a device
   * (contract 2 rule 1).
   */
  readonly described: boolean;
  readonly devices: ReadonlyMap<DeviceName, DeviceState>;
  readonly objects: ReadonlyMap<ObjectName, ObjectState>;
  /** Refused transfers that nobody has fetched yet: the oldest 64 (FLT-3). */
  readonly pendingFaults: readonly PendingFault[];
  /** How many came when the 64 were there. */
  readonly droppedFaults: number;
  /** The service that manages the units; null in a recording of another system, where it is taken as running. */
  readonly service: ServiceState | null;
  /** Processes that hold, or may open, a connection to the service. */
  readonly clients: ReadonlyMap<ClientName, ClientState>;
  /** Virtual machines on this host. */
  readonly vms: ReadonlyMap<VmName, VmState>;
}

/** One IOMMU/SMMU. `translation` null: never switched. */
export interface UnitState {
  readonly base: Address | null;
  readonly addressWidth: number | null;
  readonly translation: boolean | null;
  /** Its fault registers; null: nothing is said of how many there are. */
  readonly faults: UnitFaults | null;
}

/** One DMA device. */
export interface DeviceState {
  readonly unit: UnitName | null;
  readonly object: ObjectName | null;
  readonly passthrough: boolean;
  readonly counters: Counters;
  readonly forgotten: Forgotten;
  /** What units know it by, `unit id`; devices with one in common cannot be told apart (LIM-4, G-14). Null: its own alone. */
  readonly identifiers: readonly string[] | null;
  /** What the start-up configuration grants it; null: nothing. No client removes it (G-29, G-35). */
  readonly startup: AddressSpace | null;
  /** Its reserved regions, which it must always be able to use (RSV-1); null: none. */
  readonly reserved: AddressSpace | null;
  /** The service knows its stream, from the configuration or from a client: it never bypasses its unit again (ARM-2, G-28). */
  readonly identified: boolean;
  /** From its first possible DMA, as far as was told, to its programming (PUR-5), as seqs; null: nobody told of it. */
  readonly window: UnprotectedWindow | null;
}

/** While it is open, nothing restricts the device. `closedAt` null: it still is, or nobody told of a programming. */
export interface UnprotectedWindow {
  readonly openedAt: number;
  readonly closedAt: number | null;
}

/** What a device did so far. */
export interface Counters {
  readonly permitted: number;
  /** Of the permitted ones, those that nothing restricted. */
  readonly unrestricted: number;
  readonly denied: number;
  readonly interrupts: number;
  readonly stale: number;
  readonly diverged: number;
}

/** When the unit was last told to forget what it cached for one device alone. */
export interface Forgotten {
  /** The seq at which all was forgotten; -1: never. */
  readonly allAt: number;
  /** Ranges forgotten later than that, with their seq; null: none. */
  readonly ranges: IntervalMap<number> | null;
}

/** One SMMU object (address space). */
export interface ObjectState {
  readonly client: ClientName | null;
  readonly space: AddressSpace;
  /** What the client API asked for, byte by byte, from which `space` follows (G-26); null: the trace tells pages. */
  readonly ranges: ObjectRanges | null;
  /** Devices that may not use the object before its mappings are reissued (CM-9, CM-11). */
  readonly awaitingReissue: readonly DeviceName[];
  /** The units whose tables hold its mappings; null: a unit that nobody named (G-25). */
  readonly realisedOn: readonly (UnitName | null)[];
  /** The client looks after reserved regions itself: devices do not get theirs through this object (RSV-2). */
  readonly reservedManual: boolean;
}

/** A refused transfer as the service would keep it for a client. */
export interface PendingFault {
  readonly seq: number;
  readonly device: DeviceName;
  readonly at: Address;
  readonly access: TransferAccess;
  readonly reason: ReasonClass;
}

/** How many refused transfers are kept (FLT-3). */
export const PENDING_FAULTS_MAX = 64;

/** No transfers yet. */
export const NO_COUNTS: Counters = Object.freeze({
  permitted: 0,
  unrestricted: 0,
  denied: 0,
  interrupts: 0,
  stale: 0,
  diverged: 0,
});

/** Nothing forgotten for one device alone. */
export const NOTHING_FORGOTTEN: Forgotten = Object.freeze({ allAt: -1, ranges: null });

/** The machine before the first event. */
export function initialState(family: Family): IommuState {
  return {
    family,
    units: new Map(),
    translationOfAll: null,
    described: false,
    devices: new Map(),
    objects: new Map(),
    pendingFaults: [],
    droppedFaults: 0,
    service: null,
    clients: new Map(),
    vms: new Map(),
  };
}

/**
 * Whether translation restricts a device: its unit's switch, else the switch of all. A unit that was described and
 * never switched counts as on, and so does an unknown unit unless every known one is off: doubt denies (G-33).
 */
export function translationRestricts(state: IommuState, device: DeviceState | undefined): boolean {
  const unit = device?.unit == null ? undefined : state.units.get(device.unit);
  if (unit !== undefined) return unit.translation ?? state.translationOfAll ?? true;
  if (state.units.size === 0) return state.translationOfAll ?? true;
  for (const known of state.units.values())
    if (known.translation ?? state.translationOfAll ?? true) return true;
  return false;
}

/** The narrowest input width in bits that applies to a device, or null where none is known. */
export function inputWidth(state: IommuState, device: DeviceState | undefined): number | null {
  const unit = device?.unit == null ? undefined : state.units.get(device.unit);
  if (unit !== undefined) return unit.addressWidth;
  // With one unit there is no doubt which one controls the device.
  if (state.units.size === 1) for (const only of state.units.values()) return only.addressWidth;
  return null;
}
