import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ObjectName } from "../events/vocabulary/names.ts";
import type { AddressSpace } from "./parts/addressSpace.ts";
import type { IommuState } from "./state.ts";
import type { Route } from "./translate.ts";
import type { UnitRules } from "./units/unitRules.ts";

/** What `decide` may ask of the machine: a state, or one that is being folded and not yet finished. */
export interface MachineView {
  /** All but the tables and counters, which a fold may hold back. */
  readonly state: IommuState;
  /** The rules of the machine's family. */
  readonly rules: UnitRules;
  /** Where a device's transfers go just now. */
  route(device: DeviceName): Route;
  /** The table of an object as it is just now. */
  space(object: ObjectName): AddressSpace | undefined;
  /** See `isPlainRecording`; asked for each event, so kept. */
  readonly plain: boolean;
}

/**
 * No service was started, no client and no VM exists, and no unit's registers are minded: a recording of another system, in which
 * a transfer has a verdict and no further consequences.
 */
export function isPlainRecording({ service, clients, vms, units }: IommuState): boolean {
  if (service !== null || clients.size > 0 || vms.size > 0) return false;
  for (const unit of units.values()) if (unit.faults !== null) return false;
  return true;
}
