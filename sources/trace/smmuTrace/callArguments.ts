import { quote } from "../../../base/diagnostic.ts";
import type { ApiCall, DevId, MapEntry, Uint64 } from "../../../events/clientEvents.ts";
import { addressFromBigint, parseAddress } from "../../../events/vocabulary/address.ts";
import {
  API_FUNCTIONS,
  type ApiFunction,
  PCI_FIELD_ANY,
  SMF,
  SOCF,
} from "../../../events/vocabulary/clientApi.ts";
import { NAME_LENGTH_MAX } from "../../../events/vocabulary/names.ts";
import { FieldError, type RawRecord, shown, wrong } from "./fields.ts";
import { kept } from "./kept.ts";

/** The arguments of each function, by their documented names (API-1 to API-12). */
const PARAMETERS: { readonly [name in ApiFunction]: readonly string[] } = {
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

/** The call that `function` and `args` of a record describe (contract 5); throws FieldError. */
export function readCall(record: RawRecord): ApiCall {
  const name = API_FUNCTIONS.find((known) => known === record["function"]);
  if (name === undefined) throw wrong(record, "function", `one of ${API_FUNCTIONS.join(", ")}`);
  const args = record["args"] ?? {};
  if (typeof args !== "object" || Array.isArray(args)) throw wrong(record, "args", "an object");
  for (const given of Object.keys(args)) {
    if (PARAMETERS[name].includes(given)) continue;
    const known = PARAMETERS[name].join(", ");
    throw new FieldError(
      "TRC115",
      given,
      `${name} has no parameter ${quote(given)}`,
      known === "" ? "it takes none" : `its parameters are ${known}`,
    );
  }
  return callOf(name, { ...(args as RawRecord), kind: name });
}

function callOf(name: ApiFunction, args: RawRecord): ApiCall {
  switch (name) {
    case "smmu_init":
      return { function: name, flags: flags(args, {}) };
    case "smmu_obj_create":
      return { function: name, flags: flags(args, SOCF) };
    case "smmu_fini":
    case "smmu_safety":
      return { function: name };
    case "smmu_obj_destroy":
      return { function: name, sop: sop(args) };
    case "smmu_device_add_generic":
      return { function: name, sop: sop(args), devid: devid(args) };
    case "smmu_device_add_pci":
      return {
        function: name,
        sop: sop(args),
        pbus: pciField(args, "pbus"),
        pdev: pciField(args, "pdev"),
        pfunc: pciField(args, "pfunc"),
      };
    case "smmu_device_add_mmio":
      return { function: name, sop: sop(args), phys: uint64(args, "phys"), len: uint32(args, "len") };
    case "smmu_mapping_add": {
      const entries = entriesOf(args);
      return {
        function: name,
        sop: sop(args),
        flags: flags(args, SMF),
        pid: pid(args),
        num_entries: args["num_entries"] === undefined ? (entries?.length ?? 0) : uint32(args, "num_entries"),
        entries,
        target: args["target"] === undefined ? ZERO : uint64(args, "target"),
      };
    }
    case "smmu_device_report_reserved":
      return {
        function: name,
        devid: devid(args),
        offset: args["offset"] === undefined ? 0 : uint32(args, "offset"),
        nresv: uint32(args, "nresv"),
        ...(args["resv"] === undefined ? {} : { resv: kept("resv", args["resv"]) }),
      };
    case "smmu_xfer_notify":
      return { function: name, evp: args["evp"] === undefined ? "sigevent" : kept("evp", args["evp"]) };
    case "smmu_xfer_status":
      return args["ssp"] === undefined
        ? { function: name }
        : { function: name, ssp: kept("ssp", args["ssp"]) };
  }
}

const ZERO: Uint64 = parseAddress("0x0")!;

/** How many regions one call may have: as many as fit the longest record. */
const ENTRIES_MAX = 1 << 16;

function sop(args: RawRecord): string | null {
  const value = args["sop"];
  if (value === null) return null;
  if (typeof value === "string" && value.length > 0 && value.length <= NAME_LENGTH_MAX) return value;
  throw wrong(args, "sop", "the name of an object, or null for NULL");
}

/** A list of symbolic names; bits without a name as hex text or numbers. A plain number stands for its bits. */
function flags(args: RawRecord, names: { readonly [name: string]: number }): number {
  const value = args["flags"];
  if (value === undefined) return 0;
  let bits = 0;
  for (const flag of Array.isArray(value) ? value : [value]) {
    const bit =
      typeof flag === "string" && Object.hasOwn(names, flag) ? names[flag]! : plainNumber(flag, UINT32_MAX);
    if (bit === null) {
      const known = Object.keys(names).join(", ");
      throw wrong(
        args,
        "flags",
        `a list of ${known === "" ? "no names" : known}, or hex text for other bits`,
      );
    }
    // Not `|`, which would make bit 31 a sign.
    bits = Number(BigInt(bits) | BigInt(bit));
  }
  return bits;
}

function pciField(args: RawRecord, field: string): number {
  const value = only(args[field]);
  if (value === "SMMU_PCI_FIELD_ANY") return PCI_FIELD_ANY;
  const number = plainNumber(value, UINT32_MAX);
  if (number !== null) return number;
  throw wrong(args, field, 'a whole number or "SMMU_PCI_FIELD_ANY"');
}

function devid(args: RawRecord): DevId | null {
  const value = args["devid"];
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value))
    throw wrong(args, "devid", 'an object such as {"type":["SDT_PCI"],"bus":0,"dev":18,"func":0}, or null');
  const given = value as RawRecord;
  const type = only(given["type"]);
  // The union's members may be told one level down, as in C.
  const inner = type === "SDT_PCI" ? given["pci"] : type === "SDT_MMIO" ? given["mmio"] : undefined;
  const id: RawRecord = { ...given, ...(typeof inner === "object" ? inner : {}), kind: "devid" };
  if (type === "SDT_PCI" || type === 0)
    return {
      type: "SDT_PCI",
      bus: pciField(id, "bus"),
      dev: pciField(id, "dev"),
      func: pciField(id, "func"),
    };
  if (type === "SDT_MMIO" || type === 1)
    return { type: "SDT_MMIO", phys: uint64(id, "phys"), length: uint32(id, "length") };
  const other = plainNumber(type, UINT32_MAX);
  if (other === null) throw wrong(id, "type", "SDT_PCI or SDT_MMIO");
  return { type: "other", value: other };
}

function entriesOf(args: RawRecord): readonly MapEntry[] | null {
  const value = args["entries"];
  if (value === null) return null;
  if (!Array.isArray(value) || value.length > ENTRIES_MAX)
    throw wrong(args, "entries", 'a list such as [{"phys":"0x80000000","len":"0x1000"}], or null');
  return value.map((entry: unknown, index): MapEntry => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw wrong(args, "entries", `an object with phys and len at ${index}`);
    for (const name of Object.keys(entry))
      if (name !== "phys" && name !== "len")
        throw wrong(args, "entries", `phys and len alone, not ${quote(name)}, at ${index}`);
    const region = { ...(entry as RawRecord), kind: "entry" };
    return { phys: uint64(region, "phys"), len: uint64(region, "len") };
  });
}

function pid(args: RawRecord): number {
  const value = args["pid"];
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 31) return value;
  throw wrong(args, "pid", "a process id");
}

const UINT32_MAX = 0xffff_ffff;

function uint32(args: RawRecord, field: string): number {
  const number = plainNumber(args[field], UINT32_MAX);
  if (number !== null) return number;
  throw wrong(args, field, "a whole number of at most 32 bits, or hex text");
}

/** A 64-bit number: hex text, or a whole number that is exact. */
export function uint64(args: RawRecord, field: string): Uint64 {
  const value = args[field];
  if (typeof value === "string") {
    const address = parseAddress(value);
    if (address !== null) return address;
  }
  const number = plainNumber(value, Number.MAX_SAFE_INTEGER);
  if (number !== null) return addressFromBigint(BigInt(number))!;
  throw wrong(args, field, 'hex text of at most 64 bits, such as "0x70ad5000", or a whole number');
}

/** A whole number from 0 to `max`, written as such or as hex text; else null. */
function plainNumber(value: unknown, max: number): number | null {
  const number =
    typeof value === "string" && /^0[xX][0-9a-fA-F]{1,13}$/.test(value) ? Number.parseInt(value, 16) : value;
  if (typeof number !== "number" || !Number.isInteger(number)) return null;
  return number >= 0 && number <= max ? number : null;
}

/** An enumerated value is a list of its one name (contract 5); the name alone does as well. */
function only(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

/** A value that a recording expects a call to return. */
export function expectedNumberOrText(record: RawRecord, field: string): number | string | null {
  const value = record[field];
  if (value === null || (typeof value === "number" && Number.isSafeInteger(value))) return value;
  if (typeof value === "string" && value.length <= NAME_LENGTH_MAX) return value;
  throw new FieldError(
    "TRC104",
    field,
    `"${field}" is ${shown(value)}, expected a whole number, a name, or null`,
    `correct or leave out "${field}"`,
  );
}
