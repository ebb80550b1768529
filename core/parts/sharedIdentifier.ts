import type { DeviceName } from "../../events/vocabulary/device.ts";
import { serviceOf } from "../startup/serviceState.ts";
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

/** Whether the service knows the stream of a device by another one that has the same (LIM-6); asked where units let pass what they do not know (ARM-2). */
export function isIdentifiedByAnother(
  state: IommuState,
  device: DeviceName,
  known: DeviceState | undefined,
): boolean {
  if (!serviceOf(state)?.units?.some(({ bypass }) => bypass)) return false;
  return othersSharing(state, device, known).some((other) => state.devices.get(other)?.identified);
}

const NONE: readonly DeviceName[] = [];
