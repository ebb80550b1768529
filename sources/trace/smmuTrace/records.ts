import type { Json } from "../../../base/canonicalJson.ts";
import type {
  InvalidateStimulus,
  LossStimulus,
  Observed,
  StatusStimulus,
  Stimulus,
} from "../../../events/stimulus.ts";
import type { Access } from "../../../events/vocabulary/access.ts";
import { parseAddress } from "../../../events/vocabulary/address.ts";
import { clientName, objectName, unitName } from "../../../events/vocabulary/names.ts";
import { faultOfRecord } from "./faultRecord.ts";
import {
  accessField,
  addressField,
  booleanField,
  deviceField,
  FieldError,
  nameField,
  optionalAddress,
  optionalInteger,
  optionalName,
  type RawRecord,
  rangeField,
  textField,
  wrong,
} from "./fields.ts";

interface RecordKind {
  /** The fields of the kind beside those that every record may carry. */
  readonly fields: ReadonlySet<string>;
  read(record: RawRecord): Stimulus;
}

/** The fields that every record may carry (contract 2). */
export const COMMON_FIELDS: ReadonlySet<string> = new Set(["kind", "t", "line", "origin", "note"]);

/** How each kind of record is read; throws FieldError on a record that breaks the format. */
export const RECORD_KINDS: ReadonlyMap<string, RecordKind> = new Map<string, RecordKind>([
  kind("dma", ["device", "address", "length", "access", "observed"], (record) => {
    const device = deviceField(record);
    const bytes = rangeField(record);
    const access = record["access"];
    if (access !== "r" && access !== "w") throw wrong(record, "access", 'one transfer: "r" or "w"');
    return { kind: "dma", device, bytes, access, observed: observedField(record) };
  }),
  kind("map", ["object", "address", "length", "target", "access", "requested"], (record) => {
    const object = objectName(nameField(record, "object"));
    const bytes = rangeField(record);
    const target = record["target"] === undefined ? null : addressField(record, "target");
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
    const requested: Access | null =
      record["requested"] === undefined ? null : accessField(record, "requested");
    return { kind: "map", object, bytes, targetPage, access: accessField(record), requested };
  }),
  kind("unmap", ["object", "address", "length"], (record) => ({
    kind: "unmap",
    object: objectName(nameField(record, "object")),
    bytes: rangeField(record),
  })),
  kind("invalidate", ["object", "device", "address", "length"], readInvalidate),
  kind("unit", ["unit", "base", "addressWidth"], (record) => ({
    kind: "unit",
    unit: unitName(nameField(record, "unit")),
    base: optionalAddress(record, "base"),
    addressWidth: optionalInteger(record, "addressWidth", 12, 64),
  })),
  kind("translation", ["unit", "enabled"], (record) => ({
    kind: "translation",
    unit: optionalName(record, "unit") as ReturnType<typeof unitName> | null,
    enabled: booleanField(record, "enabled"),
  })),
  kind("device", ["device", "unit"], (record) => ({
    kind: "device",
    device: deviceField(record),
    unit: optionalName(record, "unit") as ReturnType<typeof unitName> | null,
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
  kind("fault", ["device", "unit", "address", "access", "code", "reason", "report"], faultOfRecord),
  kind("mark", ["text"], (record) => ({ kind: "mark", text: textField(record, "text") })),
  kind("loss", ["what", "unit", "function", "count"], readLoss),
  kind("status", ["unit", "fsts", "primaryPending", "overflow", "recordIndex"], readStatus),
]);

function kind(
  name: string,
  fields: readonly string[],
  read: (record: RawRecord) => Stimulus,
): [string, RecordKind] {
  return [name, { fields: new Set(fields), read }];
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
  if ((record["address"] === undefined) !== (record["length"] === undefined)) {
    throw wrong(
      record,
      record["address"] === undefined ? "address" : "length",
      "address and length together, or neither",
    );
  }
  const bytes = record["address"] === undefined ? null : rangeField(record);
  return { kind: "invalidate", object: object === null ? null : objectName(object), device, bytes };
}

function observedField(record: RawRecord): Observed | null {
  const value = record["observed"];
  if (value === undefined || value === null) return null;
  if (typeof value !== "object" || Array.isArray(value))
    throw wrong(record, "observed", 'an object such as {"verdict":"denied"}');
  const { verdict, target, code, reason } = value as { readonly [name: string]: Json };
  if (verdict !== "permitted" && verdict !== "denied") {
    throw new FieldError(
      "TRC104",
      "observed",
      `the observed verdict is ${JSON.stringify(verdict ?? null)}, expected "permitted" or "denied"`,
      "correct it",
    );
  }
  const address =
    target === undefined || target === null
      ? null
      : typeof target === "string"
        ? parseAddress(target)
        : undefined;
  if (address === undefined || (address === null && target !== undefined && target !== null)) {
    throw new FieldError(
      "TRC104",
      "observed",
      `the observed target is ${JSON.stringify(target)}, expected an address as hex text`,
      "correct it",
    );
  }
  for (const text of [code, reason]) {
    if (text !== undefined && text !== null && (typeof text !== "string" || text.length > 100)) {
      throw new FieldError(
        "TRC104",
        "observed",
        `the observed code or reason is ${JSON.stringify(text)}, expected a short text`,
        "correct it",
      );
    }
  }
  return {
    verdict,
    target: address,
    code: (code as string | undefined) ?? null,
    reason: (reason as string | undefined) ?? null,
  };
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
