import type { DeviceName } from "../../events/vocabulary/device.ts";
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
  /** What the guest's own service made of its vdev; null: no service runs in the guest. */
  readonly guest: IommuState | null;
}
