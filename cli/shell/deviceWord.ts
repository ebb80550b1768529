import { quote } from "../../base/diagnostic.ts";
import { type DeviceName, parseDeviceName } from "../../events/vocabulary/device.ts";
import { InputError } from "../inputError.ts";

/** The device that a word names: by its whole name, or a PCI function as `lspci` prints it. Throws InputError. */
export function deviceOf(word: string): DeviceName {
  const long = /^[0-9a-fA-F]{4}:/.test(word) ? `pci:${word}` : `pci:0000:${word}`;
  const device = parseDeviceName(word) ?? parseDeviceName(long);
  if (device !== null) return device;
  throw new InputError(
    `${quote(word)} is no device; expected pci:SSSS:bb:dd.f (hex), bb:dd.f, mmio:0xADDR or stream:0xSID`,
  );
}
