import type { StartupGranted, StartupOutcome } from "../../events/startupEvents.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Draft } from "../draft.ts";
import { deviceOf } from "../drafts.ts";
import { AddressSpace } from "../parts/addressSpace.ts";
import { isIdentifiedByAnother } from "../parts/sharedIdentifier.ts";
import type { IommuState } from "../state.ts";
import { evolveService } from "./evolveService.ts";
import { addGrant } from "./grantTable.ts";
import { type ServiceState, serviceOf } from "./serviceState.ts";

/** Applies what the start-up made of something; `at` is the seq that grants bear. */
export function applyStartup(draft: Draft<IommuState>, event: StartupOutcome, at: number): void {
  const before = serviceOf(draft as unknown as IommuState);
  const service = evolveService(before, event, at);
  // As plain data: it is replaced, never written, so it needs no draft of its own.
  if (service !== before) draft.service = service as Draft<ServiceState> | null;
  switch (event.kind) {
    case "StartupGranted":
      return grant(draft, event, at);
    case "DeviceResolved": {
      const device = deviceOf(draft, event.device);
      device.unit = event.unit;
      device.identifiers = event.identifiers.length === 0 ? null : [...event.identifiers];
      device.identified = event.configured || isIdentified(draft, event.device);
      device.window ??= { openedAt: at, closedAt: null };
      return;
    }
    case "DeviceConfined": {
      const device = deviceOf(draft, event.device);
      device.window = { openedAt: event.since, closedAt: at };
      return;
    }
    default:
      return;
  }
}

function isIdentified(draft: Draft<IommuState>, device: DeviceName): boolean {
  const state = draft as unknown as IommuState;
  return isIdentifiedByAnother(state, device, state.devices.get(device));
}

function grant(draft: Draft<IommuState>, event: StartupGranted, at: number): void {
  const device = deviceOf(draft, event.device);
  const part = event.by === "reserved" ? "reserved" : "startup";
  const edit = ((device[part] as AddressSpace | null) ?? new AddressSpace()).edit();
  addGrant(edit, event.firstPage, event.lastPage, event.access, at);
  device[part] = edit.done() as Draft<AddressSpace>;
}
