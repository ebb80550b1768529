import type { Brand } from "../../base/brand.ts";
import { formatAddress, parseAddress } from "./address.ts";

/** A DMA device: `pci:SSSS:bb:dd.f`, `mmio:0xADDR` or `stream:0xSID`, canonical lower case (contract 2). */
export type DeviceName = Brand<string, "DeviceName">;

const PCI = /^pci:([0-9a-fA-F]{4}):([0-9a-fA-F]{2}):([0-9a-fA-F]{2})\.([0-7])$/;
const OTHER = /^(mmio|stream):(0[xX][0-9a-fA-F]{1,16})$/;
const CANONICAL_PCI = /^pci:[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

/** The device that a text names, or null. */
export function parseDeviceName(text: string): DeviceName | null {
  if (CANONICAL_PCI.test(text)) return text as DeviceName;
  const pci = PCI.exec(text);
  if (pci) return Number.parseInt(pci[3]!, 16) <= 31 ? (text.toLowerCase() as DeviceName) : null;
  const other = OTHER.exec(text);
  if (!other) return null;
  const address = parseAddress(other[2]!)!;
  return `${other[1]!}:${formatAddress(address.page, address.offset)}` as DeviceName;
}

/** A PCI function's name. Numbers: segment 0..0xffff, bus 0..255, device 0..31, function 0..7. */
export function pciDevice(segment: number, bus: number, device: number, fn: number): DeviceName {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  return `pci:${hex(segment, 4)}:${hex(bus, 2)}:${hex(device, 2)}.${fn}` as DeviceName;
}

/** A stream's name. */
export function streamDevice(streamId: number): DeviceName {
  return `stream:0x${streamId.toString(16)}` as DeviceName;
}

/** A stream's number, or null for another kind of device or a number past 32 bits. */
export function streamIdOf(name: DeviceName): number | null {
  const match = /^stream:0x([0-9a-f]{1,8})$/.exec(name);
  return match === null ? null : Number.parseInt(match[1]!, 16);
}

/** The parts of a PCI function's name, or null for another kind of device. */
export function pciParts(
  name: DeviceName,
): { segment: number; bus: number; device: number; fn: number } | null {
  const match = PCI.exec(name);
  if (!match) return null;
  const part = (index: number) => Number.parseInt(match[index]!, 16);
  return { segment: part(1), bus: part(2), device: part(3), fn: part(4) };
}

/** VT-d's 16-bit source-id, `bus<<8 | device<<3 | function` (hardware 1.1), or null for another kind of device. */
export function sourceIdOf(name: DeviceName): number | null {
  const parts = pciParts(name);
  return parts === null ? null : (parts.bus << 8) | (parts.device << 3) | parts.fn;
}
