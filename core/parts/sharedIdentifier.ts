import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { DeviceState, IommuState } from "../state.ts";

/** The other devices that the hardware cannot tell from this one (LIM-1, LIM-4); by name. */
export function othersSharing(
  state: IommuState,
  device: DeviceName,
  known: DeviceState | undefined,
): readonly DeviceName[] {
  const identifiers = known?.identifiers ?? null;
  if (identifiers === null) return NONE;
  const others: DeviceName[] = [];
  for (const [name, other] of state.devices) {
    if (name === device) continue;
    if (other.identifiers?.some((id) => identifiers.includes(id))) others.push(name);
  }
  return others.sort();
}

const NONE: readonly DeviceName[] = [];
