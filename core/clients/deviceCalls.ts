import { unreachable } from "../../base/assert.ts";
import type { DevId } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { PCI_FIELD_ANY } from "../../events/vocabulary/clientApi.ts";
import { type DeviceName, parseDeviceName, pciDevice, pciParts } from "../../events/vocabulary/device.ts";
import type { ClientName, ObjectName } from "../../events/vocabulary/names.ts";
import { othersSharing } from "../parts/sharedIdentifier.ts";
import type { IommuState, ObjectState } from "../state.ts";
import { type Answer, done, refused } from "./answer.ts";
import { controllingUnit } from "./controllingUnit.ts";

/**
 * The devices that a `smmu_devid` names, by name; null: the arguments are no device (EINVAL). A wildcard matches the
 * devices that exist now, in PCI segment 0, which is all that the API can name (API-6, G-41).
 */
export function devicesNamed(state: IommuState, id: DevId): readonly DeviceName[] | null {
  switch (id.type) {
    case "SDT_PCI":
      return pciDevices(state, id);
    case "SDT_MMIO": {
      const device = parseDeviceName(`mmio:${formatAddress(id.phys.page, id.phys.offset)}`);
      return id.length === 0 || device === null ? null : [device];
    }
    case "other":
      return null;
    default:
      return unreachable(id, "device id");
  }
}

/** Attaches devices to an object of the caller's, all of them or none (API-5, API-6, CM-7, G-41). */
export function attachDevices(
  state: IommuState,
  client: ClientName,
  object: ObjectName,
  holder: ObjectState,
  hasMappings: boolean,
  devices: readonly DeviceName[],
): Answer {
  if (devices.length === 0) return refused("ENOENT");
  const moving = new Set(devices);
  for (const device of devices) if (isTaken(state, client, object, device, moving)) return refused("EBUSY");
  const outcomes: Outcome[] = [];
  let waits = false;
  for (const device of devices) {
    const controlling = controllingUnit(state, device);
    if (controlling === null) return refused("ENOENT");
    const before = state.devices.get(device)?.object ?? null;
    if (before === object) {
      waits ||= holder.awaitingReissue.includes(device);
      continue;
    }
    if (!state.devices.has(device)) outcomes.push({ kind: "DeviceAdded", device, unit: controlling.unit });
    if (before !== null) outcomes.push({ kind: "DeviceDetached", device, object: before });
    outcomes.push({ kind: "DeviceAttached", device, object });
    // CM-10: the mappings were not yet realised on this device's unit; until they are, no access (G-25).
    if (hasMappings && !holder.realisedOn.includes(controlling.unit)) {
      outcomes.push({ kind: "ReissueAwaited", object, device });
      waits = true;
    }
  }
  return done(outcomes, waits ? 1 : 0);
}

/** Detaches devices of the caller's from the objects they are in (CM-8); with wildcards all that match, or none. */
export function detachDevices(state: IommuState, client: ClientName, devices: readonly DeviceName[]): Answer {
  const outcomes: Outcome[] = [];
  for (const device of devices) {
    const object = state.devices.get(device)?.object ?? null;
    if (object === null) continue;
    if (state.objects.get(object)!.client !== client) return refused("ENOENT");
    outcomes.push({ kind: "DeviceDetached", device, object });
  }
  return outcomes.length === 0 ? refused("ENOENT") : done(outcomes);
}

/** Another client has the device, or one that the hardware cannot tell from it is in another object (CM-7, G-14). */
function isTaken(
  state: IommuState,
  client: ClientName,
  object: ObjectName,
  device: DeviceName,
  moving: ReadonlySet<DeviceName>,
): boolean {
  const known = state.devices.get(device);
  const before = known?.object ?? null;
  if (before !== null && state.objects.get(before)!.client !== client) return true;
  return othersSharing(state, device, known).some((other) => {
    const its = state.devices.get(other)!.object;
    return its !== null && its !== object && !moving.has(other);
  });
}

function pciDevices(
  state: IommuState,
  { bus, dev, func }: Extract<DevId, { type: "SDT_PCI" }>,
): readonly DeviceName[] | null {
  const isField = (value: number, max: number) => value === PCI_FIELD_ANY || (value >= 0 && value <= max);
  if (!isField(bus, 255) || !isField(dev, 31) || !isField(func, 7)) return null;
  if (bus !== PCI_FIELD_ANY && dev !== PCI_FIELD_ANY && func !== PCI_FIELD_ANY)
    return [pciDevice(0, bus, dev, func)];
  const matches = (value: number, wanted: number) => wanted === PCI_FIELD_ANY || wanted === value;
  return [...state.devices.keys()]
    .filter((name) => {
      const parts = pciParts(name);
      if (parts === null || parts.segment !== 0) return false;
      return matches(parts.bus, bus) && matches(parts.device, dev) && matches(parts.fn, func);
    })
    .sort();
}
