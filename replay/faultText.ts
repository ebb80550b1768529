import type { Json } from "../base/canonicalJson.ts";
import type { TransferDenied } from "../events/outcome.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import type { DmaStimulus, FaultStimulus } from "../events/stimulus.ts";
import { formatAddress } from "../events/vocabulary/address.ts";
import { rangeLength } from "../events/vocabulary/byteRange.ts";
import { pciParts, sourceIdOf } from "../events/vocabulary/device.ts";
import type { Family } from "../events/vocabulary/family.ts";

/** A fault as the contract's JSON tells it: the common members, then the family's own under their own names. */
export type FaultJson = { [name: string]: Json };

/** What the machine knew of a report at its moment. */
export interface ReportKnowledge {
  /** The device that the report names, as the boot knows it; null where that is open. */
  readonly device: string | null;
  readonly object: string | null;
  /** The reason class that the tables of that moment give; null where they do not say. */
  readonly judged: string | null;
  readonly explanation: string;
}

/** The fault object of a report that stands alone or was matched to no transfer. */
export function faultOfReport(
  recorded: RecordedEvent,
  { report }: FaultStimulus,
  known: ReportKnowledge,
): FaultJson {
  // One literal: a log may hold a fault a line, and spreading costs ten times as much.
  const fault: FaultJson = {
    seq: recorded.seq,
    t: recorded.t,
    file: recorded.origin?.file ?? null,
    line: recorded.origin?.line ?? null,
    format: report.format,
    kind: report.kind,
    unit: report.unit,
    segment: report.segment,
    bdf: report.bdf,
    sourceId: report.sourceId,
    streamId: report.streamId,
    pasid: report.pasid,
    address: report.address,
    addressGranule: report.addressGranule,
    access: report.access,
    code: report.code,
    reason: report.reason,
    device: known.device,
    object: known.object,
    judged: known.judged,
    length: null,
    reportSeq: recorded.seq,
    explanation: known.explanation,
  };
  if (recorded.lastLine !== null) fault["lastLine"] = recorded.lastLine;
  const { raw } = report;
  for (const name of Object.keys(raw)) fault[name] = raw[name]!;
  return fault;
}

/** The fault object of a refused transfer; what was reported of it is added where a report is found. */
export function faultOfTransfer(
  recorded: RecordedEvent,
  dma: DmaStimulus,
  denied: TransferDenied,
  family: Family,
  object: string | null,
  explanation: string,
  vm: string | null = null,
): FaultJson {
  const isPci = pciParts(dma.device) !== null;
  const sourceId = sourceIdOf(dma.device);
  return {
    seq: recorded.seq,
    t: recorded.t,
    file: recorded.origin?.file ?? null,
    line: recorded.origin?.line ?? null,
    format: "smmu-trace",
    kind: "dma-fault",
    unit: null,
    segment: isPci ? dma.device.slice(4, 8) : null,
    bdf: isPci ? dma.device.slice(9) : null,
    sourceId: sourceId === null ? null : `0x${sourceId.toString(16).padStart(4, "0")}`,
    streamId: dma.device.startsWith("stream:") ? dma.device.slice(7) : null,
    pasid: null,
    address: formatAddress(dma.bytes.firstPage, dma.bytes.firstOffset),
    addressGranule: 1,
    access: dma.access === "r" ? "read" : "write",
    code: dma.observed === null ? denied.code : dma.observed.code,
    reason: denied.reason,
    device: dma.device,
    object,
    judged: denied.reason,
    length: lengthJson(dma),
    reportSeq: null,
    explanation,
    family,
    faultAddress: formatAddress(denied.at.page, denied.at.offset),
    conformance: denied.conformance,
    ...(denied.stage === undefined ? {} : stageJson(denied, vm)),
  };
}

/** Of a pass-through device: which table refused, and the first refused byte in the terms of the guest and of the host. */
function stageJson({ stage, guestAddress, hostAddress }: TransferDenied, vm: string | null): FaultJson {
  const text = (at: TransferDenied["hostAddress"]) => (at == null ? null : formatAddress(at.page, at.offset));
  return { vm, stage: stage ?? null, guestAddress: text(guestAddress), hostAddress: text(hostAddress) };
}

/** Bytes as a number where one holds them exactly, else as hex text. */
function lengthJson(dma: DmaStimulus): Json {
  const length = rangeLength(dma.bytes);
  return length <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(length) : `0x${length.toString(16)}`;
}
