import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import { type DeviceName, parseDeviceName, pciDevice } from "../../events/vocabulary/device.ts";
import { type Field, partOf, splitField, wholeWord } from "../config/fields.ts";
import { addressForm, confusableForm, hex, lengthForm, readNumber, UINT64_MAX } from "../config/numbers.ts";
import type { ConfigWord } from "../config/words.ts";
import { readAttributes } from "./attributes.ts";
import type { Attributes, PassedDevice, PassedMemory } from "./vmConfig.ts";
import { vmProblem } from "./vmProblem.ts";

const USAGE = "pci:bus:dev.func[,attributes] or mem:start,len[,attributes][=guest]";
const NONE: Attributes = { letters: "", origin: null };

/** Reads what follows `pass loc`; null, and told, where it is no location that concerns DMA. */
export function readLocation(word: ConfigWord, problems: Diagnostic[]): PassedDevice | PassedMemory | null {
  const field = wholeWord(word);
  if (field.text.startsWith("pci:")) return readPci(field, problems);
  if (field.text.startsWith("mem:")) return readMem(field, problems);
  const message = `${quote(field.text)} is no location that can be read`;
  problems.push(vmProblem("QVM005", field.origin, message, asListed(field.text) ?? `write ${USAGE}`));
  return null;
}

/** What `lspci` shows, as it is written here; null: it is something else. */
function asListed(text: string): string | null {
  const match = /^(?:[0-9a-f]{4}:)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])(,.*)?$/i.exec(text);
  if (match === null) return null;
  const [bus, device] = [match[1]!, match[2]!].map((digits) => Number.parseInt(digits, 16));
  return `numbers are decimal here: pci:${bus}:${device}.${match[3]!}${(match[4] ?? ",rwd").slice(0, 16)}`;
}

function readPci(field: Field, problems: Diagnostic[]): PassedDevice | null {
  const [spec, letters, ...rest] = splitField(field, ",");
  const match = /^pci:(\w+):(\w+)\.(\w+)$/.exec(spec!.text);
  if (match === null || rest.length > 0) {
    const message = `${quote(field.text)} names no PCI function`;
    const hint = "write pci:bus:dev.func, all decimal, and its attributes after one comma: pci:0:18.0,rwd";
    problems.push(vmProblem("QVM005", field.origin, message, hint));
    return null;
  }
  const parts = splitField(spec!, ":");
  const [device, fn] = splitField(parts[2]!, ".");
  const numbers = [
    readNumber(parts[1]!, confusableForm("the PCI bus", 255), problems),
    readNumber(device!, confusableForm("the PCI device number", 31), problems),
    readNumber(fn!, confusableForm("the PCI function", 7), problems),
  ];
  const attributes = letters === undefined ? NONE : readAttributes(letters, problems);
  if (numbers.some((number) => number === null) || attributes === null) return null;
  const [b, d, f] = numbers.map((number) => Number(number!.value));
  return {
    kind: "device",
    device: pciDevice(0, b!, d!, f!),
    registers: null,
    attributes,
    origin: field.origin,
  };
}

/** `mem:start,len,attributes=guest`: registers of a device, or memory. */
function readMem(field: Field, problems: Diagnostic[]): PassedDevice | PassedMemory | null {
  const [location, guestField, ...more] = splitField(field, "=");
  const parts = splitField(location!, ",");
  if (more.length > 0 || parts.length < 2 || parts.length > 3) {
    const message = `${quote(field.text)} is no range of memory`;
    problems.push(vmProblem("QVM004", field.origin, message, `write ${USAGE}`));
    return null;
  }
  const [startField, lengthField, letters] = parts;
  const start = partOf(startField!, 4);
  const host = readNumber(start, addressForm("the host-physical address"), problems);
  const length = readNumber(lengthField!, lengthForm("the length"), problems);
  const guest =
    guestField === undefined
      ? host
      : readNumber(guestField, addressForm("the guest-physical address"), problems);
  const attributes = letters === undefined ? NONE : readAttributes(letters, problems);
  if (host === null || length === null || guest === null || attributes === null) return null;
  if (!isRange(field, [host.value, guest.value], length.value, problems)) return null;
  const range = { host: host.value, guest: guest.value, length: length.value };
  if (attributes.letters.includes("m")) return { kind: "memory", ...range, attributes, origin: field.origin };
  const device = parseDeviceName(`mmio:${hex(host.value)}`) as DeviceName;
  return { kind: "device", device, registers: range, attributes, origin: field.origin };
}

/** Tells a length of zero and a range that runs past the last address (G-12). */
export function isRange(
  { origin }: Field,
  starts: readonly bigint[],
  length: bigint,
  problems: Diagnostic[],
): boolean {
  if (length === 0n) {
    problems.push(
      vmProblem("QVM004", origin, "the length is 0", "write the length in bytes, at least a page"),
    );
    return false;
  }
  const past = starts.find((start) => start + length - 1n > UINT64_MAX);
  if (past === undefined) return true;
  const message = `the range from ${hex(past)}, ${hex(length)} bytes long, runs past the last 64-bit address`;
  problems.push(vmProblem("QVM004", origin, message, "check start and length"));
  return false;
}
