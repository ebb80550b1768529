import { assert } from "../../../base/assert.ts";
import { quote } from "../../../base/diagnostic.ts";
import { type DeviceName, parseDeviceName, pciDevice } from "../../../events/vocabulary/device.ts";
import { type Field, partOf, splitField } from "../fields.ts";
import { addressForm, confusableForm, hex, lengthForm } from "../numbers.ts";
import type { OptionBody } from "../options.ts";
import { OPTION_SHAPES } from "../optionWords.ts";
import type { ConfigWord } from "../words.ts";
import type { ArgumentReader } from "./argumentReader.ts";
import { checkExtent } from "./range.ts";

interface DeviceSpec {
  readonly name: DeviceName;
  readonly length: bigint | null;
}

/** `device pci:bus:dev.func [name]` or `device mem:paddr[,len] [name]` (DEV-1 to DEV-3; other forms refused by G-15). */
export function readDevice(reader: ArgumentReader, words: readonly ConfigWord[]): OptionBody | null {
  const field = reader.partlyKnown(words[0]!);
  const spec = field === null ? null : readSpec(reader, field);
  const second = words[1];
  const allow =
    second === undefined ? null : reader.name(second, "the name of an allow set", OPTION_SHAPES.device.usage);
  if (field === null || spec === null || reader.failed || reader.unresolved) return null;
  return { kind: "device", device: { value: spec.name, origin: field.origin }, length: spec.length, allow };
}

function readSpec(reader: ArgumentReader, field: Field): DeviceSpec | null {
  if (field.text.startsWith("pci:")) return readPci(reader, partOf(field, 4), field);
  if (field.text.startsWith("mem:")) return readMem(reader, partOf(field, 4));
  const { message, hint } = otherForm(field.text);
  return reader.fail("CFG317", field.origin, message, hint);
}

const PCI_USAGE = "pci:bus:dev.func";

function readPci(reader: ArgumentReader, address: Field, whole: Field): DeviceSpec | null {
  const refuse = (why: string, hint: string) =>
    reader.fail("CFG306", whole.origin, `device ${quote(whole.text)} ${why}`, hint);
  // A mistake under any reading of the guide.
  const mistaken = (why: string, hint: string) =>
    reader.fail("CFG317", whole.origin, `device ${quote(whole.text)} ${why}`, hint);
  const { text } = address;
  if (text.includes("*")) return refuse("has a wildcard", `name each function: ${PCI_USAGE}`);
  if (text.includes("/")) {
    return refuse(
      "is a vendor and device id",
      `name its place instead, which only one function has: ${PCI_USAGE}`,
    );
  }
  const ours = parseDeviceName(whole.text);
  const parts = splitField(address, ":");
  if (parts.length === 3 && ours !== null) {
    return mistaken(
      "names a segment",
      `numbers are decimal here and there is no segment: ${decimalForm(ours)}`,
    );
  }
  if (text === "") return mistaken("names no function", `write ${PCI_USAGE}, all decimal`);
  if (parts.length !== 2)
    return mistaken(
      parts.length === 1
        ? "has no bus"
        : `has ${parts.length} parts between colons, expected bus and dev.func`,
      `write ${PCI_USAGE}, all decimal`,
    );
  const functionParts = splitField(parts[1]!, ".");
  if (functionParts.length === 1) {
    return refuse(
      "has no function",
      `write the function as well: ${whole.text.slice(0, 64)}.0; one left out is no wildcard`,
    );
  }
  if (functionParts.length > 2) return mistaken("has more than one dot", `write ${PCI_USAGE}`);
  const bus = reader.small(parts[0], confusableForm("the PCI bus", 255));
  const device = reader.small(functionParts[0], confusableForm("the PCI device number", 31));
  const fn = reader.small(functionParts[1], confusableForm("the PCI function", 7));
  if (bus === null || device === null || fn === null) return null;
  return { name: pciDevice(0, bus.value, device.value, fn.value), length: null };
}

function readMem(reader: ArgumentReader, address: Field): DeviceSpec | null {
  const fields = splitField(address, ",");
  if (fields.length > 2) {
    reader.fail(
      "CFG207",
      fields[2]!.origin,
      `${quote(fields[2]!.text)} after the length`,
      "write mem:paddr[,len]",
    );
  }
  const start = reader.number(fields[0], addressForm("the device's address"));
  const length = reader.number(fields[1], lengthForm("the length of the device's registers"));
  checkExtent(reader, start, length);
  if (start === null || reader.failed) return null;
  const name = parseDeviceName(`mmio:${hex(start.value)}`);
  assert(name !== null, "a 64-bit address names an MMIO device");
  return { name, length: length?.value ?? null };
}

/** A device's name as the configuration writes it: `pci:0:18.0`, `mem:0xe6ef0000`. */
export function decimalForm(name: DeviceName): string {
  const match = /^pci:[0-9a-f]{4}:([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(name);
  if (match === null) return name.replace(/^mmio:/, "mem:");
  return `pci:${Number.parseInt(match[1]!, 16)}:${Number.parseInt(match[2]!, 16)}.${match[3]!}`;
}

// What else people write for a device, most telling first.
function otherForm(text: string): { message: string; hint: string } {
  const said = `device ${quote(text)}`;
  const lspci = /^(?:[0-9a-fA-F]{4}:)?([0-9a-fA-F]{2}):([01][0-9a-fA-F])\.([0-7])$/.exec(text);
  if (lspci !== null) {
    const bus = Number.parseInt(lspci[1]!, 16);
    const device = Number.parseInt(lspci[2]!, 16);
    const hint = `numbers are decimal here: pci:${bus}:${device}.${lspci[3]!}`;
    return { message: `${said} is written as lspci shows it`, hint };
  }
  if (/^(PCI|MEM):/i.test(text)) {
    return {
      message: `${said} has its kind in upper case`,
      hint: `write ${text.slice(0, 4).toLowerCase()}${text.slice(4, 64)}`,
    };
  }
  if (text.startsWith("mmio:"))
    return { message: `${said} is not known`, hint: `write mem:${text.slice(5, 64)}` };
  if (/^0x[0-9a-fA-F]+$/.test(text))
    return { message: `${said} is a bare address`, hint: `write mem:${text}` };
  return { message: `${said} is not known`, hint: `write ${PCI_USAGE} or mem:paddr[,len]` };
}
