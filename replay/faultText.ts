import type { Json } from "../base/canonicalJson.ts";
import type { TransferDenied } from "../events/outcome.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import type { DmaStimulus, FaultStimulus } from "../events/stimulus.ts";
import { formatAddress } from "../events/vocabulary/address.ts";
import { pciParts, sourceIdOf } from "../events/vocabulary/device.ts";
import type { Family } from "../events/vocabulary/family.ts";

/** A fault as the contract's JSON tells it: the common members, then the family's own under their own names. */
export type FaultJson = { [name: string]: Json };

/** The fault object of a report that stands alone or was matched to no transfer. */
export function faultOfReport(recorded: RecordedEvent, fault: FaultStimulus, explanation: string): FaultJson {
  const { report } = fault;
  const { raw, ...common } = report;
  return {
    ...placeOf(recorded),
    ...common,
    device: fault.device,
    length: null,
    object: null,
    reportSeq: recorded.seq,
    explanation,
    ...raw,
  };
}

/** The fault object of a refused transfer; `report` is added where a report of it is found. */
export function faultOfTransfer(
  recorded: RecordedEvent,
  dma: DmaStimulus,
  denied: TransferDenied,
  family: Family,
  object: string | null,
  explanation: string,
): FaultJson {
  const parts = pciParts(dma.device);
  const sourceId = sourceIdOf(dma.device);
  return {
    ...placeOf(recorded),
    format: "smmu-trace",
    kind: "dma-fault",
    unit: null,
    segment: parts === null ? null : dma.device.slice(4, 8),
    bdf: parts === null ? null : dma.device.slice(9),
    sourceId: sourceId === null ? null : `0x${sourceId.toString(16).padStart(4, "0")}`,
    streamId: dma.device.startsWith("stream:") ? dma.device.slice(7) : null,
    pasid: null,
    address: formatAddress(dma.bytes.firstPage, dma.bytes.firstOffset),
    addressGranule: 1,
    access: dma.access === "r" ? "read" : "write",
    code: dma.observed === null ? denied.code : dma.observed.code,
    reason: denied.reason,
    device: dma.device,
    family,
    length: Number(lengthOf(dma)),
    object,
    faultAddress: formatAddress(denied.at.page, denied.at.offset),
    conformance: denied.conformance,
    reportSeq: null,
    explanation,
  };
}

function lengthOf(dma: DmaStimulus): bigint {
  const pages = BigInt(dma.bytes.lastPage - dma.bytes.firstPage);
  return (pages << 12n) + BigInt(dma.bytes.lastOffset - dma.bytes.firstOffset + 1);
}

function placeOf(recorded: RecordedEvent): FaultJson {
  const place: FaultJson = {
    seq: recorded.seq,
    t: recorded.t,
    file: recorded.origin?.file ?? null,
    line: recorded.origin?.line ?? null,
  };
  if (recorded.lastLine !== null) place["lastLine"] = recorded.lastLine;
  return place;
}
