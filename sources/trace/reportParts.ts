import type { Json } from "../../base/canonicalJson.ts";
import type { FaultStimulus, LossStimulus } from "../../events/stimulus.ts";
import { formatAddress, parseAddress } from "../../events/vocabulary/address.ts";
import { type DeviceName, parseDeviceName, pciDevice, streamDevice } from "../../events/vocabulary/device.ts";
import type { FaultFormat, FaultKind, FaultReport } from "../../events/vocabulary/faultReport.ts";

/** The canonical text of 1 to 16 hex digits (`00FF` is `0xff`), exact in 64 bits; null for more digits or none. */
export function hexText(digits: string): string | null {
  const address = parseAddress(`0x${digits}`);
  return address === null ? null : formatAddress(address.page, address.offset);
}

/** A small hex number (up to 32 bits), or null. */
export function smallHex(digits: string): number | null {
  return /^[0-9a-fA-F]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : null;
}

/** A hex text with at least so many digits. */
export function paddedHex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

/** A PCI function as reports name it: without a segment where the line has none (logs 11.2). */
export interface Requester {
  readonly segment: string | null;
  readonly bdf: string;
  readonly sourceId: string;
  /** Null without a segment: a device is named with it. */
  readonly device: DeviceName | null;
}

/** The PCI function of hex texts; null when the device number is above 31 or a part is no number. */
export function requesterOf(
  segment: string | null,
  bus: string,
  device: string,
  fn: string,
): Requester | null {
  const [busNumber, deviceNumber, fnNumber] = [smallHex(bus), smallHex(device), smallHex(fn)];
  if (busNumber === null || busNumber > 0xff) return null;
  if (deviceNumber === null || deviceNumber > 0x1f) return null;
  if (fnNumber === null || fnNumber > 7) return null;
  return requester(segment, busNumber, deviceNumber, fnNumber);
}

/** The PCI function of a 16-bit source-id. */
export function requesterOfSourceId(sourceId: number): Requester {
  return requester(null, (sourceId >>> 8) & 0xff, (sourceId >>> 3) & 0x1f, sourceId & 7);
}

const BDF = /^(?:([0-9a-fA-F]{4}):)?([0-9a-fA-F]{2}):([0-9a-fA-F]{2})\.([0-7])$/;

/** The PCI function that `0000:01:00.0` or `01:00.0` names, or null. */
export function parseRequester(text: string): Requester | null {
  const match = BDF.exec(text);
  return match === null ? null : requesterOf(match[1] ?? null, match[2]!, match[3]!, match[4]!);
}

/**
 * The device that Linux names so: a PCI function with its segment, or a platform device by the unit address before its
 * dot (`1d84000.ufshc`); null for any other name.
 */
export function deviceOfLinuxName(name: string): DeviceName | null {
  const pci = parseRequester(name);
  if (pci !== null) return pci.device;
  const platform = /^([0-9a-fA-F]{1,16})\.\S+$/.exec(name);
  return platform === null ? null : parseDeviceName(`mmio:0x${platform[1]!}`);
}

function requester(segment: string | null, bus: number, device: number, fn: number): Requester {
  const two = (value: number) => value.toString(16).padStart(2, "0");
  return {
    segment: segment === null ? null : segment.toLowerCase(),
    bdf: `${two(bus)}:${two(device)}.${fn}`,
    sourceId: paddedHex((bus << 8) | (device << 3) | fn, 4),
    device: segment === null ? null : pciDevice(Number.parseInt(segment, 16), bus, device, fn),
  };
}

/** A report with what is known; all else is null, and the access unknown. */
export function faultReport(
  format: FaultFormat,
  kind: FaultKind,
  known: Partial<FaultReport>,
  raw: { readonly [name: string]: Json },
): FaultReport {
  return {
    format,
    kind,
    unit: known.unit ?? null,
    segment: known.segment ?? null,
    bdf: known.bdf ?? null,
    sourceId: known.sourceId ?? null,
    streamId: known.streamId ?? null,
    pasid: known.pasid ?? null,
    address: known.address ?? null,
    addressGranule: known.address == null ? null : (known.addressGranule ?? 1),
    access: known.access ?? "unknown",
    code: known.code ?? null,
    reason: known.reason ?? null,
    raw,
  };
}

/** A fault record of a report; `device` null: by its stream, where it has one. */
export function faultOf(report: FaultReport, device: DeviceName | null = null): FaultStimulus {
  const named = device ?? (report.streamId === null ? null : streamDevice(Number(report.streamId)));
  return { kind: "fault", device: named, report };
}

/** A loss marker (logs 1). */
export function lossOf(
  what: LossStimulus["what"],
  known: { readonly unit?: string | null; readonly function?: string; readonly count?: number } = {},
): LossStimulus {
  return {
    kind: "loss",
    what,
    unit: known.unit ?? null,
    function: known.function ?? null,
    count: known.count ?? null,
  };
}
