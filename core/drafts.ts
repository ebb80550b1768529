import type { DeviceName } from "../events/vocabulary/device.ts";
import type { Draft } from "./draft.ts";
import { type DeviceState, type IommuState, NO_COUNTS, NOTHING_FORGOTTEN } from "./state.ts";

const NEW_DEVICE: DeviceState = Object.freeze({
  unit: null,
  object: null,
  passthrough: false,
  counters: NO_COUNTS,
  forgotten: NOTHING_FORGOTTEN,
  identifiers: null,
  startup: null,
  reserved: null,
  identified: false,
  window: null,
});

/** The device in a draft, made where it is new. */
export function deviceOf(draft: Draft<IommuState>, device: DeviceName): Draft<DeviceState> {
  const known = draft.devices.get(device);
  if (known !== undefined) return known;
  // A value new to a draft is not drafted: it is written in place, so each device needs its own.
  const added = { ...NEW_DEVICE } as Draft<DeviceState>;
  draft.devices.set(device, added);
  return added;
}
