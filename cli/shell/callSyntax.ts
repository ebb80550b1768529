import type { Json } from "../../base/canonicalJson.ts";
import { quote } from "../../base/diagnostic.ts";
import { API_FUNCTIONS, type ApiFunction, SMF, SOCF } from "../../events/vocabulary/clientApi.ts";
import { parseDeviceName, pciParts } from "../../events/vocabulary/device.ts";
import { InputError } from "../inputError.ts";
import { hexOf, listOf, numberOf, smallOf, wordsOf } from "./words.ts";

/** A call as it was typed: the function, its arguments as a `call` record tells them, and the name given to its result. */
export interface TypedCall {
  readonly function: ApiFunction;
  readonly args: { readonly [name: string]: Json };
  readonly as: string | null;
}

/** The parameters of each function, in the documented order (API-1 to API-12). */
export const PARAMETERS: { readonly [name in ApiFunction]: readonly string[] } = {
  smmu_init: ["flags"],
  smmu_fini: [],
  smmu_obj_create: ["flags"],
  smmu_obj_destroy: ["sop"],
  smmu_device_add_generic: ["sop", "devid"],
  smmu_device_add_pci: ["sop", "pbus", "pdev", "pfunc"],
  smmu_device_add_mmio: ["sop", "phys", "len"],
  smmu_mapping_add: ["sop", "flags", "pid", "num_entries", "entries", "target"],
  smmu_device_report_reserved: ["devid", "offset", "resv", "nresv"],
  smmu_xfer_notify: ["evp"],
  smmu_xfer_status: ["ssp"],
  smmu_safety: [],
};

// What may be left out: pointers to memory of the caller's, and what nearly every call has the same.
const OPTIONAL = new Set(["pid", "num_entries", "target", "resv", "evp", "ssp", "offset"]);

/** The call that a line is, or null: its first word is no function. As in C, or as words: `smmu_device_add_pci o1 0 18 0`. */
export function readTypedCall(line: string): TypedCall | null {
  const match = /^(?:(?:struct\s+smmu_object\s*\*|int|unsigned)?\s*([\w.-]+)\s*=\s*)?(\w+)\s*(.*?);?$/s.exec(
    line.trim(),
  );
  const name = API_FUNCTIONS.find((known) => known === match?.[2]);
  if (match === null || name === undefined) return null;
  const rest = match[3]!.trim();
  const as = name === "smmu_obj_create" ? (match[1] ?? null) : null;
  return { function: name, args: argumentsOf(name, rest), as };
}

function argumentsOf(name: ApiFunction, rest: string): { readonly [name: string]: Json } {
  const json = jsonOf(rest);
  if (json !== null) return json;
  const isC = rest.startsWith("(");
  if (isC && !rest.endsWith(")")) throw new InputError(`${name}: nothing may follow the closing bracket`);
  const given = isC ? listOf(rest.slice(1, -1)) : wordsOf(rest);
  const args: { [name: string]: Json } = {};
  const places = placesOf(name, given);
  for (const word of given) {
    const named = /^(\w+)\s*[=:]\s*(.+)$/s.exec(word);
    const isNamed = named !== null && PARAMETERS[name].includes(named[1]!);
    const parameter = isNamed ? named[1]! : places.shift();
    if (parameter === undefined)
      throw new InputError(`${name} takes ${signature(name)}; ${quote(word)} is one argument too many`);
    const value = typedValue(name, parameter, isNamed ? named[2]! : word);
    const before = args[parameter];
    // Regions may be told one after another.
    args[parameter] =
      parameter === "entries" && Array.isArray(before) && Array.isArray(value)
        ? [...before, ...value]
        : value;
  }
  for (const parameter of PARAMETERS[name])
    if (args[parameter] === undefined && !OPTIONAL.has(parameter) && parameter !== "flags")
      throw new InputError(`${name} takes ${signature(name)}; ${parameter} is missing`);
  return args;
}

/** The parameters that arguments without a name stand for, one by one. */
function placesOf(name: ApiFunction, given: readonly string[]): string[] {
  if (name === "smmu_mapping_add") {
    // Without pid and num_entries, which say nothing that the regions do not.
    const regions = given.filter(isRegion).length;
    if (isRegion(given[2] ?? ""))
      return ["sop", "flags", ...Array.from({ length: regions }, () => "entries"), "target"];
  }
  if (name === "smmu_device_report_reserved" && given.length === 3) return ["devid", "offset", "nresv"];
  return [...PARAMETERS[name]];
}

function isRegion(word: string): boolean {
  return /^[{[]/.test(word) || /^\w+\+\w+$/.test(word);
}

function typedValue(name: ApiFunction, parameter: string, word: string): Json {
  switch (parameter) {
    case "sop":
      return isNull(word) ? null : word.replace(/^"(.*)"$/, "$1");
    case "flags":
      return flagsOf(name, word);
    case "pbus":
    case "pdev":
    case "pfunc":
      return pciField(parameter, word);
    case "phys":
    case "target":
      return hexOf(parameter, word);
    case "devid":
      return devidOf(word);
    case "entries":
      return isNull(word) ? null : entriesOf(word);
    case "evp":
    case "ssp":
    case "resv":
      return isNull(word) ? null : word;
    default:
      return smallOf(parameter, word);
  }
}

function isNull(word: string): boolean {
  return word === "NULL" || word === "null";
}

function flagsOf(name: ApiFunction, word: string): Json {
  const known = name === "smmu_mapping_add" ? SMF : name === "smmu_obj_create" ? SOCF : {};
  const names = word.replace(/^[[(](.*)[\])]$/, "$1").split(/[|,]/);
  return names.flatMap((each): Json[] => {
    const flag = each.trim();
    if (flag === "0" || flag === "" || flag === "SMF_NONE" || flag === "SOCF_NONE") return [];
    const number = numberOf(flag);
    if (number !== null) return [`0x${number.toString(16)}`];
    if (Object.hasOwn(known, flag)) return [flag];
    const there = Object.keys(known).join(", ");
    throw new InputError(
      `${quote(flag)} is no flag of ${name}; ${there === "" ? "flags must be 0" : `there are ${there}, and numbers`}`,
    );
  });
}

function pciField(parameter: string, word: string): Json {
  if (word === "SMMU_PCI_FIELD_ANY" || word === "ANY" || word === "*") return "SMMU_PCI_FIELD_ANY";
  return smallOf(parameter, word);
}

/** `{SDT_PCI, bus, dev, func}`, `{SDT_MMIO, phys, length}`, or a device's name. */
function devidOf(word: string): Json {
  if (isNull(word)) return null;
  const device = parseDeviceName(word.replace(/^&/, ""));
  const parts = device === null ? null : pciParts(device);
  if (parts !== null) return { type: ["SDT_PCI"], bus: parts.bus, dev: parts.device, func: parts.fn };
  if (device?.startsWith("mmio:")) return { type: ["SDT_MMIO"], phys: device.slice(5), length: 4096 };
  const json = jsonOf(word);
  if (json !== null) return json;
  const [type, ...members] = /^\{.*\}$/s.test(word) ? listOf(word.slice(1, -1)) : [];
  if (type === "SDT_PCI" && members.length === 3) {
    const [bus, dev, func] = members.map((member) => pciField("devid", member));
    return { type: [type], bus: bus!, dev: dev!, func: func! };
  }
  if (type === "SDT_MMIO" && members.length === 2)
    return { type: [type], phys: hexOf("phys", members[0]!), length: smallOf("length", members[1]!) };
  throw new InputError(
    `devid is ${quote(word)}, expected {SDT_PCI, 0, 18, 0}, {SDT_MMIO, 0xe6ef0000, 4096}, a device such as pci:0000:00:12.0, or NULL`,
  );
}

/** `{phys, len}`, several of them in brackets, `phys+len`, or the list of a record. */
function entriesOf(word: string): Json[] {
  const short = /^(\w+)\+(\w+)$/.exec(word);
  if (short !== null) return [entry(short[1]!, short[2]!)];
  const json = jsonValue(word);
  if (json !== null) return Array.isArray(json) ? [...json] : [json];
  if (/^[{[].*[}\]]$/s.test(word)) {
    const parts = listOf(word.slice(1, -1));
    if (parts.length > 0 && parts.every(isRegion)) return parts.flatMap(entriesOf);
    const [phys, len] = parts.map((part) => part.replace(/^\.?(?:phys|len)\s*[=:]\s*/, ""));
    if (parts.length === 2) return [entry(phys!, len!)];
    if (parts.length === 0) return [];
  }
  throw new InputError(
    `entries is ${quote(word)}, expected regions such as {0x80000000, 0x1000} or 0x80000000+0x1000`,
  );
}

function entry(phys: string, len: string): Json {
  return { phys: hexOf("phys", phys), len: hexOf("len", len) };
}

function jsonOf(text: string): { readonly [name: string]: Json } | null {
  const value = jsonValue(text);
  return typeof value === "object" && !Array.isArray(value)
    ? (value as { readonly [name: string]: Json } | null)
    : null;
}

function jsonValue(text: string): Json {
  if (!/^[{[]/.test(text)) return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** The parameters of a function as the guide prints them. */
export function signature(name: ApiFunction): string {
  return `(${PARAMETERS[name].join(", ")})`;
}
