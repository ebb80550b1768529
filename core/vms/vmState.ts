import { isDraft, original } from "immer";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ClientName, ObjectName } from "../../events/vocabulary/names.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import type { IommuState } from "../state.ts";

/** A virtual machine on this host, and the machine that its guest sees. */
export interface VmState {
  readonly running: boolean;
  /** Guest-physical to host-physical memory. */
  readonly memory: AddressSpace;
  readonly pass: readonly DeviceName[];
  readonly vdev: boolean;
  /** All guest-physical memory equals host-physical (HV-9). */
  readonly unity: boolean;
  /** Its qvm, as a client of the host's service (HV-2); null: that service did not run, or the VM has ended. */
  readonly client: ClientName | null;
  /** The object that confines its devices to the whole of its memory: A (HV-3). */
  readonly whole: ObjectName | null;
  /** Devices that the guest's service has narrowed to B, each with an object of its own (HV-4). */
  readonly narrowed: readonly (readonly [DeviceName, ObjectName])[];
  /** What the guest's own service made of its vdev; null: no service runs in the guest. */
  readonly guest: IommuState | null;
}

/** The machine whose service a client talks to: in a VM its guest's, where one runs there, else the host's. */
export function machineOf(state: IommuState, client: ClientName): IommuState {
  const inVm = state.clients.get(client)?.vm ?? null;
  const vm = inVm === null ? undefined : state.vms.get(inVm);
  const guest = vm === undefined ? null : guestOf(vm);
  return guest?.clients.has(client) ? guest : state;
}

/** The guest's machine as plain data, also of a state that is being written: it is replaced, never written in place. */
export function guestOf({ guest }: VmState): IommuState | null {
  return isDraft(guest) ? ((original(guest as object) as IommuState | undefined) ?? null) : guest;
}
