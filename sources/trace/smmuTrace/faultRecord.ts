import type { Json } from "../../../base/canonicalJson.ts";
import type { FaultStimulus } from "../../../events/stimulus.ts";
import { formatAddress } from "../../../events/vocabulary/address.ts";
import { type DeviceName, pciParts, sourceIdOf } from "../../../events/vocabulary/device.ts";
import type { FaultReport, ReportedAccess } from "../../../events/vocabulary/faultReport.ts";
import { deviceField, optionalAddress, optionalName, type RawRecord, wrong } from "./fields.ts";

const ACCESS: { readonly [word: string]: ReportedAccess } = {
  r: "read",
  w: "write",
  read: "read",
  write: "write",
  interrupt: "interrupt",
  unknown: "unknown",
};

/** Reads a `fault` record. One that we exported from a log carries the whole report, which is taken as it is. */
export function faultOfRecord(record: RawRecord): FaultStimulus {
  const device = record["device"] === undefined || record["device"] === null ? null : deviceField(record);
  const word = record["access"];
  const access =
    word === undefined || word === null ? "unknown" : typeof word === "string" ? ACCESS[word] : undefined;
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
  if (report === undefined) return { kind: "fault", device, report: base };
  if (typeof report !== "object" || report === null || Array.isArray(report))
    throw wrong(record, "report", "an object");
  return {
    kind: "fault",
    device,
    report: { ...base, ...exportedReport(report as { readonly [name: string]: Json }) },
  };
}

// Members that an exported report may carry beside the trace's own; others are not trusted.
const REPORT_TEXTS = ["format", "kind", "segment", "bdf", "sourceId", "streamId", "pasid", "reason"] as const;

function exportedReport(report: { readonly [name: string]: Json }): Partial<FaultReport> {
  const out: { [name: string]: Json } = {};
  for (const name of REPORT_TEXTS) {
    const value = report[name];
    if (value === null || (typeof value === "string" && value.length <= 100)) out[name] = value;
  }
  const granule = report["addressGranule"];
  if (granule === 1 || granule === 4096) out["addressGranule"] = granule;
  const raw = report["raw"];
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) out["raw"] = raw;
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
