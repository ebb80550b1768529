import type { FaultStimulus } from "../../../events/stimulus.ts";
import { formatAddress } from "../../../events/vocabulary/address.ts";
import { type DeviceName, pciParts, sourceIdOf } from "../../../events/vocabulary/device.ts";
import {
  FAULT_FORMATS,
  FAULT_KINDS,
  type FaultReport,
  type ReportedAccess,
} from "../../../events/vocabulary/faultReport.ts";
import { deviceField, optionalAddress, optionalName, type RawRecord, wrong } from "./fields.ts";
import { kept } from "./kept.ts";

const ACCESS: ReadonlyMap<unknown, ReportedAccess> = new Map([
  [undefined, "unknown"],
  [null, "unknown"],
  ["r", "read"],
  ["w", "write"],
  ["read", "read"],
  ["write", "write"],
  ["interrupt", "interrupt"],
  ["unknown", "unknown"],
]);

/** Reads a `fault` record. One that we exported from a log carries the whole report, which is taken as it is. */
export function faultOfRecord(record: RawRecord): FaultStimulus {
  const device = record["device"] === undefined || record["device"] === null ? null : deviceField(record);
  const access = ACCESS.get(record["access"]);
  if (access === undefined) throw wrong(record, "access", '"r" or "w"');
  const address = optionalAddress(record, "address");
  const base: FaultReport = {
    format: "smmu-trace",
    kind: "dma-fault",
    unit: optionalName(record, "unit"),
    ...requesterOf(device),
    pasid: null,
    address: address === null ? null : formatAddress(address.page, address.offset),
    addressGranule: address === null ? null : 1,
    access,
    code: optionalName(record, "code"),
    reason: optionalName(record, "reason"),
    raw: {},
  };
  const report = record["report"];
  if (report === undefined || report === null) return { kind: "fault", device, report: base };
  if (typeof report !== "object" || Array.isArray(report)) throw wrong(record, "report", "an object");
  return { kind: "fault", device, report: { ...base, ...exportedReport(report as RawRecord) } };
}

/** The members of an exported report; those that the record itself tells are told there. */
export const REPORT_MEMBERS: ReadonlySet<string> = new Set<keyof FaultReport>([
  ...["format", "kind", "segment", "bdf", "sourceId", "streamId", "pasid", "reason", "addressGranule", "raw"],
  ...["unit", "address", "access", "code"],
] as (keyof FaultReport)[]);

const TEXTS = ["segment", "bdf", "sourceId", "streamId", "pasid", "reason"] as const;
const TEXT_LENGTH_MAX = 100;

function exportedReport(report: RawRecord): Partial<FaultReport> {
  const out: { [name: string]: unknown } = {};
  const take = (name: string, expected: string, good: (value: unknown) => boolean) => {
    const value = report[name];
    if (value === undefined) return;
    if (!good(value)) throw wrong({ ...report, kind: "report" }, name, expected);
    out[name] = value;
  };
  take("format", "a log format", (value) => FAULT_FORMATS.some((format) => format === value));
  take("kind", `one of ${FAULT_KINDS.join(", ")}`, (value) => FAULT_KINDS.some((kind) => kind === value));
  for (const name of TEXTS) {
    take(name, `a text of at most ${TEXT_LENGTH_MAX} characters or null`, (value) => {
      return value === null || (typeof value === "string" && value.length <= TEXT_LENGTH_MAX);
    });
  }
  take("addressGranule", "1, 4096 or null", (value) => value === 1 || value === 4096 || value === null);
  take("raw", "an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value));
  kept("raw", report["raw"]);
  return out as Partial<FaultReport>;
}

function requesterOf(
  device: DeviceName | null,
): Pick<FaultReport, "segment" | "bdf" | "sourceId" | "streamId"> {
  const none = { segment: null, bdf: null, sourceId: null, streamId: null };
  if (device === null) return none;
  const parts = pciParts(device);
  if (parts !== null) {
    const sourceId = `0x${sourceIdOf(device)!.toString(16).padStart(4, "0")}`;
    return { segment: device.slice(4, 8), bdf: device.slice(9), sourceId, streamId: null };
  }
  return device.startsWith("stream:") ? { ...none, streamId: device.slice("stream:".length) } : none;
}
