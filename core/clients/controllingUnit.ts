import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { UnitName } from "../../events/vocabulary/names.ts";
import { isCovered } from "../startup/coverage.ts";
import { serviceOf } from "../startup/serviceState.ts";
import type { IommuState } from "../state.ts";

/**
 * The unit that controls a device as far as the service knows; `unit` null: it has no name. Null: the service does
 * not know one (API-5, ENOENT).
 *
 * A recording of another system that describes no hardware at all, such as a driver's own record of its calls, is
 * believed in what it attaches. Where units are described, a device must be, too; with a single unit there is no doubt
 * which one it is behind. A service that was started knows what its board and its configuration told it.
 */
export function controllingUnit(
  state: IommuState,
  device: DeviceName,
): { readonly unit: UnitName | null } | null {
  if (!canIdentify(state, device)) return null;
  const known = state.devices.get(device);
  if (known?.unit != null) return { unit: known.unit };
  const service = serviceOf(state);
  if (service !== null) {
    // A vdev knows its VM's own devices, and no others.
    if (service.placement === "guest" && known === undefined) return null;
    const covering = service.units?.find(({ covers }) => covers !== null && isCovered(covers, device));
    return covering === undefined ? null : { unit: covering.unit };
  }
  if (state.units.size === 0) return { unit: null };
  if (known === undefined || state.units.size > 1) return null;
  for (const unit of state.units.keys()) return { unit };
  return null;
}

/** VT-d and AMD-Vi know requesters by their PCI ids alone: an MMIO device cannot be confined there (LIM-3, G-18). */
function canIdentify(state: IommuState, device: DeviceName): boolean {
  const pciOnly = state.family === "vtd" || state.family === "amdvi";
  return !(pciOnly && device.startsWith("mmio:"));
}
