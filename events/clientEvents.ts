import type { Json } from "../base/canonicalJson.ts";
import type { Access } from "./vocabulary/access.ts";
import type { Address } from "./vocabulary/address.ts";
import type { ByteRange } from "./vocabulary/byteRange.ts";
import type { ApiFunction, Errno } from "./vocabulary/clientApi.ts";
import type { DeviceName } from "./vocabulary/device.ts";
import type { ClientName, ObjectName, UnitName, VmName } from "./vocabulary/names.ts";

/** What clients of the service do (contract 5). */
export type ClientStimulus = ClientProcessStimulus | CallStimulus | ExitStimulus;

/** A process exists, in the host or in a VM, and holds these custom abilities (PRV-1). */
export interface ClientProcessStimulus {
  readonly kind: "client";
  readonly client: ClientName;
  readonly abilities: readonly string[];
  readonly vm: VmName | null;
  /** Its recorder saw this process alone, neither the board nor other clients: what rests on those cannot be compared. */
  readonly view?: "own";
}

/** A call of the client API. */
export interface CallStimulus {
  readonly kind: "call";
  readonly client: ClientName;
  readonly call: ApiCall;
  /** The name by which the caller knows the object that `smmu_obj_create` returns. */
  readonly as: string | null;
  /** What the call is expected to return; a member that is not there is not compared. Null: nothing was recorded. */
  readonly expected: ExpectedReturn | null;
}

/** What a recording or a scenario says of a call's return. */
export interface ExpectedReturn {
  readonly returns?: number | string | null;
  readonly errno?: string | null;
}

/** The process ends without calling anything. */
export interface ExitStimulus {
  readonly kind: "exit";
  readonly client: ClientName;
}

/** A 64-bit number, split as addresses are, since a JavaScript number does not hold it. */
export type Uint64 = Address;

/**
 * A call with its arguments under their documented names. `sop` is the caller's name of an object, null for NULL.
 * A pointer argument that is null is NULL. Flags are numbers, so that unknown bits can be told.
 */
export type ApiCall =
  | { readonly function: "smmu_init"; readonly flags: number }
  | { readonly function: "smmu_fini" }
  | { readonly function: "smmu_obj_create"; readonly flags: number }
  | { readonly function: "smmu_obj_destroy"; readonly sop: string | null }
  | {
      readonly function: "smmu_device_add_generic";
      readonly sop: string | null;
      readonly devid: DevId | null;
    }
  | {
      readonly function: "smmu_device_add_pci";
      readonly sop: string | null;
      /** `PCI_FIELD_ANY` for any. */
      readonly pbus: number;
      readonly pdev: number;
      readonly pfunc: number;
    }
  | {
      readonly function: "smmu_device_add_mmio";
      readonly sop: string | null;
      readonly phys: Uint64;
      readonly len: number;
    }
  | MappingAddCall
  | {
      readonly function: "smmu_device_report_reserved";
      readonly devid: DevId | null;
      readonly offset: number;
      readonly nresv: number;
      /** What a recorder saw written; kept, and not compared. */
      readonly resv?: Json;
    }
  /** Null: a NULL pointer. */
  | { readonly function: "smmu_xfer_notify"; readonly evp: Json }
  /** What a recorder saw written; empty: nothing was. Null: a NULL pointer. Absent: not recorded. */
  | { readonly function: "smmu_xfer_status"; readonly ssp?: Json }
  | { readonly function: "smmu_safety" };

/** `smmu_mapping_add` (API-8). */
export interface MappingAddCall {
  readonly function: "smmu_mapping_add";
  readonly sop: string | null;
  readonly flags: number;
  readonly pid: number;
  readonly num_entries: number;
  readonly entries: readonly MapEntry[] | null;
  readonly target: Uint64;
}

/** One region of a mapping call. */
export interface MapEntry {
  readonly phys: Uint64;
  readonly len: Uint64;
}

/** `union smmu_devid`; `other` is a type that is neither (API 9.1). */
export type DevId =
  | { readonly type: "SDT_PCI"; readonly bus: number; readonly dev: number; readonly func: number }
  | { readonly type: "SDT_MMIO"; readonly phys: Uint64; readonly length: number }
  | { readonly type: "other"; readonly value: number };

/** What the service makes of it. */
export type ClientOutcome =
  | {
      readonly kind: "ClientStarted";
      readonly client: ClientName;
      readonly abilities: readonly string[];
      readonly vm: VmName | null;
      readonly view?: "own";
    }
  | { readonly kind: "ClientConnected"; readonly client: ClientName }
  | { readonly kind: "ClientDisconnected"; readonly client: ClientName }
  | { readonly kind: "ClientEnded"; readonly client: ClientName }
  | CallReturned
  | {
      /** Bytes that a client asked for; the pages they touch follow as MappingAdded (CM-12, G-26). */
      readonly kind: "RangeGranted";
      readonly object: ObjectName;
      readonly bytes: ByteRange;
      readonly access: Access;
      /** Target page minus page. */
      readonly delta: number;
    }
  | { readonly kind: "RangeRevoked"; readonly object: ObjectName; readonly bytes: ByteRange }
  | {
      /** The device may not use the object before its mappings are reissued (CM-9, CM-11). */
      readonly kind: "ReissueAwaited";
      readonly object: ObjectName;
      readonly device: DeviceName;
    }
  | {
      /** The object's mappings stand in the tables of these units, and no device waits for a reissue; null: a unit that nobody named. */
      readonly kind: "MappingsRealised";
      readonly object: ObjectName;
      readonly units: readonly (UnitName | null)[];
    }
  | FaultDelivered
  | FaultLogged
  | { readonly kind: "FaultRegistersRead"; readonly unit: UnitName }
  | { readonly kind: "NotificationAwaited"; readonly client: ClientName }
  | {
      /** The client fetched its oldest record, that of the transfer `fault` (a seq); its space is free again (FLT-3). */
      readonly kind: "FaultFetched";
      readonly client: ClientName;
      readonly fault: number;
    };

/** What a call returned. A refused call has no further outcomes. */
export interface CallReturned {
  readonly kind: "CallReturned";
  readonly client: ClientName;
  readonly function: ApiFunction;
  /** A number; of `smmu_obj_create` the object's name, or null for NULL; of `smmu_safety` its symbolic answer. */
  readonly returns: number | string | null;
  readonly errno: Errno | null;
  /** The object that was created, and the caller's name of it. */
  readonly object: ObjectName | null;
  readonly as: string | null;
  /** What the call wrote through its pointers: a status, or reserved regions. */
  readonly wrote: Json;
  readonly notes: readonly CallNote[];
  readonly conformance: "agreed" | "diverged" | null;
}

/** What a call made wider than it was asked for, which the guide says to log (G-26, G-37); or why it was not compared. */
export type CallNote =
  | "as-recorded" // the answer rests on what its recorder did not see, and is taken from the recording
  | "page-partly-covered" // a granted page holds bytes that were not asked for
  | "write-grants-read"; // the unit's tables cannot say write-only

/** A refused transfer becomes a record of each connected client (FLT-3, FLT-8). */
export interface FaultDelivered {
  readonly kind: "FaultDelivered";
  /** The device as the unit's record names it; null where the record does not tell. */
  readonly device: DeviceName | null;
  /** Devices that the hardware cannot tell apart (LIM-1, LIM-4); empty where `device` is known. */
  readonly candidates: readonly DeviceName[];
  /** The address as the unit reports it: some drop the low 12 bits; null where there is none (FLT-4). */
  readonly address: Address | null;
  /** The hardware's own datum: reason code, fault status or event number. */
  readonly hardware: number;
  readonly clients: readonly ClientName[];
  /** Clients that had 64 records already: theirs is dropped (FLT-3). */
  readonly dropped: readonly ClientName[];
  /** Clients that were registered and hear of it, once (FLT-5). */
  readonly notified: readonly ClientName[];
}

/** What the unit's own fault registers or queue made of a refused transfer (hardware 1.6, 2.2, 3.5). */
export interface FaultLogged {
  readonly kind: "FaultLogged";
  readonly unit: UnitName | null;
  readonly device: DeviceName;
  readonly fate: FaultFate;
  /** Whose record it is or would be: a requester or a context bank. */
  readonly holder: string;
}

/** `merged` and `overflow`: the transfer was refused and left no record; `silent`: the unit never records this refusal. */
export type FaultFate = "recorded" | "merged" | "overflow" | "silent";
