import type {
  DeviceStimulus,
  InvalidateStimulus,
  LossStimulus,
  Observed,
  StatusStimulus,
  Stimulus,
  UnitStimulus,
} from "../../../events/stimulus.ts";
import type { Access } from "../../../events/vocabulary/access.ts";
import { parseAddress } from "../../../events/vocabulary/address.ts";
import { clientName, NAME_LENGTH_MAX, objectName, unitName } from "../../../events/vocabulary/names.ts";
import { callOfRecord, clientOfRecord, exitOfRecord } from "./clientRecords.ts";
import { faultOfRecord, REPORT_MEMBERS } from "./faultRecord.ts";
import {
  accessField,
  booleanField,
  deviceField,
  FieldError,
  nameField,
  optionalAddress,
  optionalInteger,
  optionalName,
  type RawRecord,
  rangeField,
  shown,
  textField,
  wrong,
} from "./fields.ts";
import { STARTUP_RECORDS } from "./startupRecords.ts";
import { GUEST_SERVICE_MEMBERS, guestFailOfRecord, vmOfRecord, vmStopOfRecord } from "./vmRecords.ts";

/** How one kind of record is read. */
export interface RecordKind {
  /** The fields of the kind beside those that every record may carry. */
  readonly fields: ReadonlySet<string>;
  /** The one field that is an object with members of its own. */
  readonly inner?: { readonly field: string; readonly members: ReadonlySet<string> };
  read(record: RawRecord): Stimulus;
}

/** The fields that every record may carry (contract 2). */
export const COMMON_FIELDS: ReadonlySet<string> = new Set([
  "kind",
  "t",
  "line",
  "origin",
  "lastLine",
  "note",
]);

/** How each kind of record is read; throws FieldError on a record that breaks the format. */
export const RECORD_KINDS: ReadonlyMap<string, RecordKind> = new Map<string, RecordKind>([
  kind(
    "dma",
    ["device", "address", "length", "access", "observed"],
    (record) => {
      const device = deviceField(record);
      const bytes = rangeField(record);
      const access = record["access"];
      if (access !== "r" && access !== "w") throw wrong(record, "access", 'one transfer: "r" or "w"');
      return { kind: "dma", device, bytes, access, observed: observedField(record) };
    },
    { field: "observed", members: new Set(["verdict", "target", "code", "reason"]) },
  ),
  kind("map", ["object", "address", "length", "target", "access", "requested"], (record) => {
    const object = objectName(nameField(record, "object"));
    const bytes = rangeField(record);
    const target = optionalAddress(record, "target");
    if (target !== null && target.offset !== bytes.firstOffset) {
      const seen = `address ${String(record["address"])} and target ${String(record["target"])}`;
      throw new FieldError(
        "TRC107",
        "target",
        `${seen} differ in their low 12 bits`,
        "a page maps to a page: give both the same offset",
      );
    }
    const targetPage = target?.page ?? bytes.firstPage;
    if (targetPage + (bytes.lastPage - bytes.firstPage) >= 2 ** 52) {
      throw new FieldError(
        "TRC106",
        "target",
        `the target ${String(record["target"])} goes past 2^64`,
        "a range must end at or below 0xffffffffffffffff",
      );
    }
    const requested: Access | null = record["requested"] == null ? null : accessField(record, "requested");
    return { kind: "map", object, bytes, targetPage, access: accessField(record), requested };
  }),
  kind("unmap", ["object", "address", "length"], (record) => ({
    kind: "unmap",
    object: objectName(nameField(record, "object")),
    bytes: rangeField(record),
  })),
  kind("invalidate", ["object", "device", "address", "length"], readInvalidate),
  kind("unit", ["unit", "base", "addressWidth", "faultRecords", "faultMerging"], (record) => ({
    kind: "unit",
    unit: unitName(nameField(record, "unit")),
    base: optionalAddress(record, "base"),
    addressWidth: optionalInteger(record, "addressWidth", 12, 64),
    ...faultRegisters(record),
  })),
  kind("translation", ["unit", "enabled"], (record) => ({
    kind: "translation",
    unit: optionalName(record, "unit") as ReturnType<typeof unitName> | null,
    enabled: booleanField(record, "enabled"),
  })),
  kind("device", ["device", "unit", "identifiers"], (record) => ({
    kind: "device",
    device: deviceField(record),
    unit: optionalName(record, "unit") as ReturnType<typeof unitName> | null,
    ...identifiersOf(record),
  })),
  kind("object.create", ["object", "client"], (record) => ({ kind: "object.create", ...objectOf(record) })),
  kind("object.destroy", ["object", "client"], (record) => ({ kind: "object.destroy", ...objectOf(record) })),
  kind("attach", ["device", "object"], (record) => ({
    kind: "attach",
    device: deviceField(record),
    object: objectName(nameField(record, "object")),
  })),
  kind("detach", ["device", "object"], (record) => ({
    kind: "detach",
    device: deviceField(record),
    object: objectName(nameField(record, "object")),
  })),
  kind("passthrough", ["device", "enabled"], (record) => ({
    kind: "passthrough",
    device: deviceField(record),
    enabled: booleanField(record, "enabled"),
  })),
  kind("fault", ["device", "unit", "address", "access", "code", "reason", "report"], faultOfRecord, {
    field: "report",
    members: REPORT_MEMBERS,
  }),
  kind("client", ["client", "abilities", "vm", "view"], clientOfRecord),
  kind("call", ["client", "function", "args", "as", "returns", "errno"], callOfRecord),
  kind("exit", ["client"], exitOfRecord),
  kind("vm", ["vm", "memory", "pass", "vdev", "unity", "service", "hostService"], vmOfRecord, {
    field: "service",
    members: GUEST_SERVICE_MEMBERS,
  }),
  kind("vm.stop", ["vm", "crashed"], vmStopOfRecord),
  kind("guest.fail", ["vm", "what", "name"], guestFailOfRecord),
  ...STARTUP_RECORDS.map((record) => kind(record.kind, record.fields, record.read)),
  kind("mark", ["text"], (record) => ({ kind: "mark", text: textField(record, "text") })),
  kind("loss", ["what", "unit", "function", "count"], readLoss),
  kind("status", ["unit", "fsts", "primaryPending", "overflow", "recordIndex"], readStatus),
]);

function kind(
  name: string,
  fields: readonly string[],
  read: (record: RawRecord) => Stimulus,
  inner?: RecordKind["inner"],
): [string, RecordKind] {
  return [name, { fields: new Set(fields), read, ...(inner === undefined ? {} : { inner }) }];
}

/** How many fault records the unit holds: an event queue has at most 2^19 (hardware 3.5). */
function faultRegisters(record: RawRecord): Pick<UnitStimulus, "faultRecords" | "faultMerging"> {
  const faultRecords = optionalInteger(record, "faultRecords", 1, 1 << 19);
  if (faultRecords === null) return {};
  return record["faultMerging"] === undefined
    ? { faultRecords }
    : { faultRecords, faultMerging: booleanField(record, "faultMerging") };
}

const IDENTIFIERS_MAX = 256;

function identifiersOf(record: RawRecord): Pick<DeviceStimulus, "identifiers"> {
  const value: unknown = record["identifiers"];
  if (value === undefined) return {};
  const isGood =
    Array.isArray(value) &&
    value.length <= IDENTIFIERS_MAX &&
    value.every((id) => typeof id === "string" && id.length > 0 && id.length <= NAME_LENGTH_MAX);
  if (!isGood) throw wrong(record, "identifiers", 'a list of StreamIDs or micro-TLBs such as ["0x5"]');
  return { identifiers: [...new Set(value as string[])] };
}

function objectOf(record: RawRecord): {
  object: ReturnType<typeof objectName>;
  client: ReturnType<typeof clientName> | null;
} {
  const client = optionalName(record, "client");
  return {
    object: objectName(nameField(record, "object")),
    client: client === null ? null : clientName(client),
  };
}

function readInvalidate(record: RawRecord): InvalidateStimulus {
  const object = optionalName(record, "object");
  const device = record["device"] === undefined || record["device"] === null ? null : deviceField(record);
  if (object !== null && device !== null) {
    throw new FieldError(
      "TRC108",
      "device",
      "an invalidate names both an object and a device",
      "name one of them, or none for all",
    );
  }
  const [noAddress, noLength] = [record["address"] == null, record["length"] == null];
  if (noAddress !== noLength)
    throw wrong(record, noAddress ? "address" : "length", "address and length together, or neither");
  const bytes = noAddress ? null : rangeField(record);
  return { kind: "invalidate", object: object === null ? null : objectName(object), device, bytes };
}

function observedField(record: RawRecord): Observed | null {
  const value = record["observed"];
  if (value === undefined || value === null) return null;
  if (typeof value !== "object" || Array.isArray(value))
    throw wrong(record, "observed", 'an object such as {"verdict":"denied"}');
  const { verdict, target, code, reason } = value as RawRecord;
  if (verdict !== "permitted" && verdict !== "denied")
    throw wrongObserved("verdict", verdict, '"permitted" or "denied"');
  const address = typeof target === "string" ? parseAddress(target) : null;
  if (target != null && address === null) throw wrongObserved("target", target, "an address as hex text");
  for (const [name, text] of [["code", code] as const, ["reason", reason] as const]) {
    if (text != null && (typeof text !== "string" || text.length > OBSERVED_TEXT_MAX))
      throw wrongObserved(name, text, `a text of at most ${OBSERVED_TEXT_MAX} characters`);
  }
  return {
    verdict,
    target: address,
    code: (code as string | undefined) ?? null,
    reason: (reason as string | undefined) ?? null,
  };
}

const OBSERVED_TEXT_MAX = 100;

function wrongObserved(member: string, value: unknown, expected: string): FieldError {
  const message = `the observed ${member} is ${shown(value)}, expected ${expected}`;
  return new FieldError("TRC104", "observed", message, `correct or leave out "${member}"`);
}

const LOSSES: ReadonlySet<unknown> = new Set<LossStimulus["what"]>([
  "suppressed",
  "overflow",
  "queue-overflow",
  "merged",
  "orphan",
]);

function readLoss(record: RawRecord): LossStimulus {
  if (!LOSSES.has(record["what"])) throw wrong(record, "what", `one of ${[...LOSSES].join(", ")}`);
  return {
    kind: "loss",
    what: record["what"] as LossStimulus["what"],
    unit: optionalName(record, "unit"),
    function: optionalName(record, "function"),
    count: optionalInteger(record, "count", 0, Number.MAX_SAFE_INTEGER),
  };
}

function readStatus(record: RawRecord): StatusStimulus {
  return {
    kind: "status",
    unit: optionalName(record, "unit"),
    fsts: textField(record, "fsts", 20),
    primaryPending: booleanField(record, "primaryPending"),
    overflow: booleanField(record, "overflow"),
    recordIndex: optionalInteger(record, "recordIndex", 0, 255) ?? 0,
  };
}
