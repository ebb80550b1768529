import type { CoveredRange } from "../../events/vocabulary/boardFacts.ts";
import { type DeviceName, pciParts, sourceIdOf } from "../../events/vocabulary/device.ts";
import type { DeviceState, IommuState } from "../state.ts";
import type { ManagedUnit } from "./serviceState.ts";

/** Whether a device is among the requesters that a unit covers; null covers: the board does not say which. */
export function isCovered(covers: readonly CoveredRange[], device: DeviceName): boolean {
  return covers.some((range) => range.kind === "all" || inRange(range, device));
}

function inRange(range: Extract<CoveredRange, { kind: "pci" }>, device: DeviceName): boolean {
  const id = sourceIdOf(device);
  if (id === null || pciParts(device)!.segment !== range.segment) return false;
  return range.first <= id && id <= range.last;
}

/**
 * Why nothing restricts a device although translation is on, as far as a service's start-up told; null: its tables do.
 * Without a service nobody told which devices units cover, and doubt denies (G-33).
 */
export function exemption(
  state: IommuState,
  device: DeviceName,
  known: DeviceState | undefined,
): "bypass" | "no-unit" | null {
  const { service } = state;
  if (service === null || service.units === null) return null;
  const unit = unitInFront(service.units, device, known);
  if (unit === null) return "no-unit";
  return unit.bypass && !known?.identified ? "bypass" : null;
}

/**
 * The unit in front of a device: the one it was resolved to, one that covers it, or, where nobody says whom a unit
 * covers, that one, for a device that it could tell apart. Null: none.
 */
export function unitInFront(
  units: readonly ManagedUnit[],
  device: DeviceName,
  known: DeviceState | undefined,
): ManagedUnit | null {
  if (known?.unit != null) return units.find(({ unit }) => unit === known.unit) ?? null;
  return (
    units.find(({ covers }) => covers !== null && isCovered(covers, device)) ??
    units.find(({ covers }) => covers === null) ??
    null
  );
}
