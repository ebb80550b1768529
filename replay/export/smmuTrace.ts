import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { type JsonObject, recordMembers } from "../../events/codec/eventJson.ts";
import { addExtra } from "../../events/codec/extraMembers.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import type { FaultStimulus } from "../../events/stimulus.ts";
import { pciParts, sourceIdOf } from "../../events/vocabulary/device.ts";
import type { FaultReport } from "../../events/vocabulary/faultReport.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { events } from "../bootEvents.ts";
import { PieceMaker, type Pieces, type Stretch } from "./pieces.ts";

/**
 * A boot as a trace (contract 2): its header, then one record for each stimulus. An import of it makes the same events:
 * what a record said beside its kind's members is told again, and where it was told, unless an import of this very
 * text finds the same line. Outcomes of a simulated boot are not told; an import derives them.
 */
export function* smmuTracePieces(reader: BootReader, { from, to }: Stretch): Pieces {
  const told = !linesSpeakForThemselves(reader, { from, to });
  const pieces = new PieceMaker();
  let count = 0;
  pieces.add(`${headerLine(reader)}\n`);
  for (const recorded of events(reader, from, to)) {
    if (isOutcome(recorded.event)) continue;
    pieces.add(`${JSON.stringify(recordOf(recorded, told))}\n`);
    if (pieces.full) yield pieces.rest();
    count += 1;
  }
  yield pieces.rest();
  return { events: count };
}

/** One event as a record; `origins`: with where it was told. */
export function recordOf(recorded: RecordedEvent, origins: boolean): JsonObject {
  const { event, t, origin, lastLine, extra } = recorded;
  if (isOutcome(event)) return {};
  const { kind, ...members } = event.kind === "fault" ? faultRecord(event) : recordMembers(event);
  const record: { [name: string]: Json } = { ...(t === null ? {} : { t }), kind, ...members };
  addExtra(record, extra);
  if (!origins || origin === null) return record;
  if (record["origin"] === undefined) record["origin"] = { file: origin.file, line: origin.line };
  if (lastLine !== null && record["lastLine"] === undefined) record["lastLine"] = lastLine;
  return record;
}

function headerLine({ info }: BootReader): string {
  const { family, recorder, note, extra } = info.header;
  return JSON.stringify({
    format: "smmu-trace",
    version: 1,
    boot: info.name,
    family,
    ...(recorder === null ? {} : { recorder }),
    ...(note === null ? {} : { note }),
    ...extra,
  });
}

/** True where each event was told by the line that it gets in this text: nothing is lost by leaving that out. */
function linesSpeakForThemselves(reader: BootReader, { from, to }: Stretch): boolean {
  if (from !== 0 || reader.info.files.length > 1 || reader.info.header.outcomes === "recorded") return false;
  for (const { seq, origin, lastLine } of events(reader, 0, to))
    if (lastLine !== null || (origin !== null && origin.line !== seq + 2)) return false;
  return true;
}

/** A fault with its whole report, as far as the record's own members do not imply it. */
function faultRecord(fault: FaultStimulus): { readonly kind: string } & JsonObject {
  const { report: _, ...record } = recordMembers(fault);
  const implied = impliedReport(fault);
  const report: { [name: string]: Json } = {};
  for (const name of REPORT_MEMBERS) {
    const value = fault.report[name] as Json;
    if (canonicalJson(value) !== canonicalJson(implied[name] as Json)) report[name] = value;
  }
  return { ...record, kind: "fault", ...(Object.keys(report).length === 0 ? {} : { report }) };
}

const REPORT_MEMBERS = [
  ...([
    "format",
    "kind",
    "segment",
    "bdf",
    "sourceId",
    "streamId",
    "pasid",
    "addressGranule",
    "raw",
  ] as const),
] satisfies (keyof FaultReport)[];

/** What a reader makes of a record without a report. */
function impliedReport({ device, report }: FaultStimulus): FaultReport {
  const parts = device === null ? null : pciParts(device);
  const stream = device?.startsWith("stream:") === true ? device.slice("stream:".length) : null;
  return {
    ...report,
    format: "smmu-trace",
    kind: "dma-fault",
    segment: parts === null ? null : device!.slice(4, 8),
    bdf: parts === null ? null : device!.slice(9),
    sourceId: parts === null ? null : `0x${sourceIdOf(device!)!.toString(16).padStart(4, "0")}`,
    streamId: stream,
    pasid: null,
    addressGranule: report.address === null ? null : 1,
    raw: {},
  };
}
