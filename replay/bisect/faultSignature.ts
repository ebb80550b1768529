import { formatAddress, type PageNumber, parseAddress } from "../../events/vocabulary/address.ts";
import { type DeviceName, parseDeviceName } from "../../events/vocabulary/device.ts";

/** What faults are asked for: of a device, and of a reason and in a page where those are given. */
export interface FaultSignature {
  readonly device: DeviceName;
  readonly reason: string | null;
  readonly page: PageNumber | null;
}

/** Reads `device[,reason[,address]]`; `*` stands for any. Null where it is none. */
export function parseSignature(text: string): FaultSignature | null {
  const [device, reason = "*", address = "*", ...more] = text.split(",").map((part) => part.trim());
  const name = parseDeviceName(device ?? "");
  if (name === null || more.length > 0 || reason === "") return null;
  const page = address === "*" ? null : parseAddress(address);
  if (address !== "*" && page === null) return null;
  return { device: name, reason: reason === "*" ? null : reason, page: page?.page ?? null };
}

/** A signature as it is given. */
export function signatureText({ device, reason, page }: FaultSignature): string {
  return `${device},${reason ?? "*"},${page === null ? "*" : formatAddress(page)}`;
}
