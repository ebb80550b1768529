import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import type { Observed } from "../../events/stimulus.ts";
import type { TransferAccess } from "../../events/vocabulary/access.ts";
import { parseAddress } from "../../events/vocabulary/address.ts";
import { type ByteRange, byteRange } from "../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { FaultReport } from "../../events/vocabulary/faultReport.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { eventAt } from "../bootEvents.ts";
import { knownDevice } from "../explainDenial.ts";
import { stateBefore } from "../replayBoot.ts";

/** One transfer to be explained: as it stands in the log, or as somebody asks "what if". */
export interface Question {
  /** The state it is judged in is the one before this seq. */
  readonly seq: number;
  readonly t: number | null;
  readonly device: DeviceName;
  readonly bytes: ByteRange;
  readonly access: TransferAccess;
  readonly observed: Observed | null;
  /** The report that raised the question, where it was one. */
  readonly report: FaultReport | null;
  /** The event it is about, null for "what if". */
  readonly event: RecordedEvent | null;
}

/** Why an event cannot be asked about: a sentence. */
export type NoQuestion = { readonly problem: string; readonly missing: readonly string[] };

/** The question that an event of the log raises: a transfer's verdict, or a fault report. */
export function questionOf(recorded: RecordedEvent, reader: BootReader): Question | NoQuestion {
  const { event, seq, t } = recorded;
  // A recorded verdict is about the transfer that caused it.
  const about = isOutcome(event) && recorded.cause !== null ? eventAt(reader, recorded.cause) : null;
  if (about?.event.kind === "dma") return questionOf(about, reader);
  if (event.kind === "dma") {
    return {
      seq,
      t,
      device: event.device,
      bytes: event.bytes,
      access: event.access,
      observed: event.observed,
      report: null,
      event: recorded,
    };
  }
  if (event.kind !== "fault") {
    return {
      problem: `event ${seq} is ${/^(?:[aeio]|un[km])/i.test(event.kind) ? "an" : "a"} ${event.kind}; why explains transfers (dma) and fault reports (fault)`,
      missing: [],
    };
  }
  const { report } = event;
  const missing: string[] = [];
  const device = knownDevice(stateBefore(reader, seq), event) ?? event.device;
  if (device === null)
    missing.push(
      report.bdf !== null
        ? `which device ${report.bdf} is: a report of this kind names no segment, and the recording lists no such device; record kattach or trace_event=iommu:* (docs/recording.md)`
        : "which device made the transfer: the report does not say (docs/recording.md tells how to record transfers)",
    );
  const address = report.address === null ? null : parseAddress(report.address);
  if (address === null) missing.push("the address: the report names none");
  if (report.access !== "read" && report.access !== "write")
    missing.push(
      report.access === "interrupt"
        ? "a transfer: it is about an interrupt"
        : "whether it was a read or a write: the report does not say",
    );
  if (device === null || address === null || missing.length > 0)
    return { problem: `the report of event ${seq} leaves open what was asked`, missing };
  const bytes = byteRange(address, 1);
  if (!bytes.ok) return { problem: `the report of event ${seq} names no range`, missing };
  const access = report.access === "read" ? "r" : "w";
  return {
    seq,
    t,
    device,
    bytes: bytes.value,
    access,
    observed: null,
    report,
    event: recorded,
  };
}
