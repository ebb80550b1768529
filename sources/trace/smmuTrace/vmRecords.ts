import { FAILURES, type Failure } from "../../../events/startupEvents.ts";
import type {
  GuestFailStimulus,
  GuestService,
  VmMemory,
  VmStartStimulus,
  VmStopStimulus,
} from "../../../events/vmEvents.ts";
import { compareAddresses } from "../../../events/vocabulary/address.ts";
import { parseDeviceName } from "../../../events/vocabulary/device.ts";
import { NAME_LENGTH_MAX, vmName } from "../../../events/vocabulary/names.ts";
import { type Component, SERVICE_NAMES } from "../../../events/vocabulary/service.ts";
import { guestServiceOf } from "../../startup/guestService.ts";
import { uint64 } from "./callArguments.ts";
import {
  addressField,
  booleanField,
  FieldError,
  nameField,
  optionalName,
  type RawRecord,
  wrong,
} from "./fields.ts";

/** The members of a `vm` record's service. */
export const GUEST_SERVICE_MEMBERS: ReadonlySet<string> = new Set(["name", "files", "args", "components"]);

const LIST_MAX = 4096;

/** Reads a `vm` record (contract 5). A guest's configuration is read here, as its service would read it (HG-3.2). */
export function vmOfRecord(record: RawRecord): VmStartStimulus {
  const vm = vmName(nameField(record, "vm"));
  const memory = list(
    record,
    "memory",
    'a list such as [{"guest":"0x80000000","host":"0x20000000","length":"0x1000"}]',
  ).map(memoryOf);
  const pass = list(record, "pass", "a list of devices, such as pci:0000:00:12.0").map((name) => {
    const device = typeof name === "string" ? parseDeviceName(name) : null;
    if (device === null)
      throw wrong(record, "pass", "a list of devices: pci:SSSS:bb:dd.f, mmio:0xADDR or stream:0xSID");
    return device;
  });
  const vdev = booleanField(record, "vdev");
  if (record["unity"] !== undefined && booleanField(record, "unity")) claimUnity(memory);
  const service = record["service"];
  const isUnserved = record["hostService"] !== undefined && !booleanField(record, "hostService");
  return {
    kind: "vm",
    vm,
    memory,
    pass,
    vdev,
    service: service === undefined || service === null ? null : guestService(record, service),
    ...(isUnserved ? { hostService: false } : {}),
  };
}

/** Reads a `vm.stop` record. */
export function vmStopOfRecord(record: RawRecord): VmStopStimulus {
  const crashed = record["crashed"] === undefined ? false : booleanField(record, "crashed");
  return { kind: "vm.stop", vm: vmName(nameField(record, "vm")), crashed };
}

/** Reads a `guest.fail` record: what `fail` is to the host's service, for that of one guest. */
export function guestFailOfRecord(record: RawRecord): GuestFailStimulus {
  const what = FAILURES.find((known): known is Failure => known === record["what"]);
  if (what === undefined) throw wrong(record, "what", `one of ${FAILURES.join(", ")}`);
  return {
    kind: "guest.fail",
    vm: vmName(nameField(record, "vm")),
    what,
    name: optionalName(record, "name"),
  };
}

function list(record: RawRecord, field: string, expected: string): readonly unknown[] {
  const value = record[field];
  if (Array.isArray(value) && value.length <= LIST_MAX) return value as readonly unknown[];
  throw wrong(record, field, expected);
}

function memoryOf(part: unknown): VmMemory {
  if (typeof part !== "object" || part === null || Array.isArray(part))
    throw wrong({ kind: "vm", memory: part }, "memory", "objects with guest, host and length");
  const range: RawRecord = { ...(part as RawRecord), kind: "memory" };
  return {
    guest: addressField(range, "guest"),
    host: addressField(range, "host"),
    length: uint64(range, "length"),
  };
}

/** A claim that the memory contradicts is a mistake of the record: HV-9 says what unity-mapped means. */
function claimUnity(memory: readonly VmMemory[]): void {
  if (memory.length > 0 && memory.every(({ guest, host }) => compareAddresses(guest, host) === 0)) return;
  throw new FieldError(
    "TRC116",
    "unity",
    "the VM is said to be unity-mapped, but its guest-physical memory does not equal its host-physical",
    'make "guest" and "host" the same everywhere, or leave out "unity" (HV-9)',
  );
}

function guestService(record: RawRecord, value: unknown): GuestService {
  if (typeof value !== "object" || Array.isArray(value))
    throw wrong(
      record,
      "service",
      'an object such as {"name":"smmuman","files":{"a.smmu":"..."},"args":["@a.smmu"]}',
    );
  const told: RawRecord = { ...(value as RawRecord), kind: "service" };
  const name = SERVICE_NAMES.find((known) => known === told["name"]);
  if (name === undefined) throw wrong(told, "name", SERVICE_NAMES.join(" or "));
  const [files, args, components] = [filesOf(told), argumentsOf(told), componentsOf(told)];
  return guestServiceOf({ name, args, files, components });
}

const FILES_MAX = 64;

function filesOf(told: RawRecord): ReadonlyMap<string, string> {
  const value = told["files"] ?? {};
  const entries = typeof value === "object" && !Array.isArray(value) ? Object.entries(value as object) : null;
  const isGood =
    entries !== null &&
    entries.length <= FILES_MAX &&
    entries.every(([name, text]) => name.length <= NAME_LENGTH_MAX && typeof text === "string");
  if (!isGood) throw wrong(told, "files", "an object of configuration files: their texts by their names");
  return new Map(entries as [string, string][]);
}

function argumentsOf(told: RawRecord): readonly string[] {
  const value: unknown = told["args"] ?? [];
  if (Array.isArray(value) && value.length <= LIST_MAX && value.every((word) => typeof word === "string"))
    return value as string[];
  throw wrong(told, "args", 'a list of words such as ["@a.smmu"]');
}

function componentsOf(told: RawRecord): readonly Component[] | null {
  const value: unknown = told["components"];
  if (value === undefined || value === null) return null;
  const expected = 'a list such as [{"name":"qvm-safety","certified":true}]';
  if (!Array.isArray(value) || value.length > LIST_MAX) throw wrong(told, "components", expected);
  return value.map((part: unknown): Component => {
    const { name, certified } = (typeof part === "object" && part !== null ? part : {}) as RawRecord;
    if (
      typeof name !== "string" ||
      name.length === 0 ||
      name.length > NAME_LENGTH_MAX ||
      typeof certified !== "boolean"
    )
      throw wrong(told, "components", expected);
    return { name, certified };
  });
}
