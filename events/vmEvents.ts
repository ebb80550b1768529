import type { Outcome } from "./outcome.ts";
import type {
  ConfigEndStimulus,
  ConfigOptionStimulus,
  ConfigProblemStimulus,
  Failure,
} from "./startupEvents.ts";
import type { Address } from "./vocabulary/address.ts";
import type { DeviceName } from "./vocabulary/device.ts";
import type { ClientName, ObjectName, VmName } from "./vocabulary/names.ts";
import type { Component, ServiceName } from "./vocabulary/service.ts";

/** What happens to virtual machines (contract 5). */
export type VmStimulus = VmStartStimulus | VmStopStimulus | GuestFailStimulus;

/** `qvm` is started with a VM: its memory, its pass-through devices, and the service in its guest, if any. */
export interface VmStartStimulus {
  readonly kind: "vm";
  readonly vm: VmName;
  readonly memory: readonly VmMemory[];
  readonly pass: readonly DeviceName[];
  readonly vdev: boolean;
  readonly service: GuestService | null;
  /** False: no service runs in the host, whatever the rest of the boot says (HV-8). */
  readonly hostService?: false;
}

/** `length` bytes of guest-physical memory and the host-physical memory behind it. */
export interface VmMemory {
  readonly guest: Address;
  readonly host: Address;
  /** A 64-bit number, split as addresses are. */
  readonly length: Address;
}

/** The service of a guest: how it is launched, what its configuration comes to, and what its vdev would report. */
export interface GuestService {
  readonly name: ServiceName;
  readonly arguments: readonly string[];
  /** Its configuration files by name, as told. */
  readonly files: { readonly [name: string]: string };
  /** What the configuration tells it, read as a guest reads it (HG-3.2). */
  readonly config: readonly (ConfigOptionStimulus | ConfigProblemStimulus | ConfigEndStimulus)[];
  /** What the vdev reports of certification (HG-3.3); null: nothing was told, which is not certified (G-2). */
  readonly components: readonly Component[] | null;
}

/** The VM ends; `crashed`: without any cleaning up. */
export interface VmStopStimulus {
  readonly kind: "vm.stop";
  readonly vm: VmName;
  readonly crashed: boolean;
}

/** Something fails for the service of a guest alone. */
export interface GuestFailStimulus {
  readonly kind: "guest.fail";
  readonly vm: VmName;
  readonly what: Failure;
  readonly name: string | null;
}

/** What the hypervisor and the services make of it. */
export type VmOutcome =
  | VmStarted
  | VmRefused
  | VmReported
  | { readonly kind: "VmEnded"; readonly vm: VmName; readonly how: "stopped" | "crashed" }
  | {
      /** The host's tables for one device are an object of its own from now on: B instead of A (HV-4). */
      readonly kind: "DeviceNarrowed";
      readonly vm: VmName;
      readonly device: DeviceName;
      readonly object: ObjectName;
    }
  | InGuest;

/** `qvm` does not start the VM (HV-8, HV-11, HV-12). */
export interface VmRefused {
  readonly kind: "VmRefused";
  readonly vm: VmName;
  readonly requirement: string;
  readonly device: DeviceName | null;
  readonly detail: string;
}

/** `qvm` reports, and starts anyway (HV-8, HV-9). */
export interface VmReported {
  readonly kind: "VmReported";
  readonly vm: VmName;
  readonly requirement: string;
  readonly device: DeviceName | null;
  readonly detail: string;
}

/** A VM runs. `client`: its qvm, as the host's service knows it (HV-2); `object`: the whole of its memory, A (HV-3). */
export interface VmStarted {
  readonly kind: "VmStarted";
  readonly vm: VmName;
  readonly memory: readonly VmMemory[];
  readonly pass: readonly DeviceName[];
  readonly vdev: boolean;
  readonly unity: boolean;
  /** Null: the host's service does not run, so nothing confines its devices (HV-8). */
  readonly client: ClientName | null;
  readonly object: ObjectName | null;
  readonly guestService: boolean;
}

/** Something that happened in the machine of a guest: its own service, clients, objects, in its own addresses. */
export interface InGuest {
  readonly kind: "InGuest";
  readonly vm: VmName;
  readonly outcome: Outcome;
}

/** The outcome itself, of the machine at hand or of a guest's. */
export function innermost(outcome: Outcome): Exclude<Outcome, InGuest> {
  let inner = outcome;
  while (inner.kind === "InGuest") inner = inner.outcome;
  return inner;
}
