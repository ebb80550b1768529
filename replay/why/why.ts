import type { Json } from "../../base/canonicalJson.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import type { FaultStimulus } from "../../events/stimulus.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { eventAt } from "../bootEvents.ts";
import { observedJson } from "../verdictJson.ts";
import { causeOf } from "./cause.ts";
import type { Cause } from "./causeKinds.ts";
import { anyGrant, type Evidence, gather, lastBefore } from "./evidence.ts";
import { type Fix, fixOf } from "./fix.ts";
import { type NearMiss, nearMisses } from "./nearMisses.ts";
import { otherwiseOf } from "./otherwise.ts";
import { type NoQuestion, type Question, questionOf } from "./question.ts";
import { storyOfReport } from "./reported.ts";
import { tell } from "./tell.ts";

/** One link of the chain of causes. */
export interface Link {
  readonly seq: number;
  readonly t: number | null;
  readonly kind: string;
  readonly origin: Json;
  readonly text: string;
}

/** Why a transfer was judged as it was (contract 1, `why`). */
export interface Explanation {
  readonly seq: number;
  readonly verdict: "permitted" | "denied" | "interrupt";
  readonly reason: string | null;
  readonly code: string | null;
  readonly conformance: string | null;
  /** What the recorded machine decided; null where it does not say. */
  readonly observed: Json;
  readonly cause: Cause["kind"];
  /** The cause as a sentence. */
  readonly text: string;
  readonly because: readonly Link[];
  readonly nearMisses: readonly NearMiss[];
  readonly fix: Fix | null;
  /** For a permitted transfer: whether it would be without what left devices unrestricted. */
  readonly otherwise: string | null;
  /** Facts that the recording lacks, each with how to record it. */
  readonly missing: readonly string[];
}

/** An explanation with the question that it answers; null where a report leaves open what was asked. */
export interface Answer {
  readonly question: Question | null;
  readonly explanation: Explanation;
}

/** Why the transfer, verdict or report of event `seq` came to be, for use as a library; another event says why not. */
export function why(reader: BootReader, seq: number): Explanation | NoQuestion {
  const recorded = eventAt(reader, seq);
  if (recorded === null) return { problem: `the boot has no event ${seq}`, missing: [] };
  const answer = explainEvent(reader, recorded);
  return "problem" in answer ? answer : answer.explanation;
}

/** Explains an event of the log: a transfer, a verdict or a fault report; for any other event, says why not. */
export function explainEvent(reader: BootReader, recorded: RecordedEvent): Answer | NoQuestion {
  const question = questionOf(recorded, reader);
  if (!("problem" in question)) return { question, explanation: explain(reader, question) };
  if (recorded.event.kind !== "fault") return question;
  return { question: null, explanation: explainReport(reader, recorded, recorded.event, question.missing) };
}

/** What a report tells by itself: the tables cannot be asked, or say otherwise than the unit did. */
function explainReport(
  reader: BootReader,
  recorded: RecordedEvent,
  fault: FaultStimulus,
  missing: readonly string[],
): Explanation {
  const { text, nearMisses } = storyOfReport(reader, recorded, fault);
  const { reason, code } = fault.report;
  return {
    seq: recorded.seq,
    verdict: fault.report.access === "interrupt" ? "interrupt" : "denied",
    reason,
    code,
    conformance: null,
    observed: null,
    cause: "not-recorded",
    text,
    because: [linkOf(recorded)],
    nearMisses,
    fix: null,
    otherwise: null,
    missing: [...missing, ...(anyGrant(reader) ? [] : [GRANTS_MISSING]), ...suppressed(reader)],
  };
}

/** Explains a question from the log alone. */
export function explain(reader: BootReader, question: Question): Explanation {
  const evidence = gather(reader, question);
  const { verdict } = evidence;
  const reported = question.event?.event.kind === "fault" ? question.event.event : null;
  if (reported !== null && verdict.kind !== "TransferDenied") {
    const told = explainReport(reader, question.event!, reported, missingOf(reader, evidence));
    if (verdict.kind !== "TransferPermitted" || verdict.via !== "grant")
      return { ...told, missing: missingOf(reader, evidence) };
    const { grantedAt } = verdict;
    return {
      ...told,
      cause: "recorded-otherwise",
      text: `the unit reported that it refused this, though the grant of seq ${grantedAt} permits it: the report came later than the refusal and the page was granted between, or the recording lacks a revocation`,
      because: linksOf(reader, evidence, {
        kind: "recorded-otherwise",
        text: "",
        seqs: grantedAt === null ? [] : [grantedAt],
      }),
      missing: missingOf(reader, evidence),
    };
  }
  const cause = causeOf(evidence);
  return {
    seq: question.seq,
    verdict:
      verdict.kind === "TransferDenied"
        ? "denied"
        : verdict.kind === "TransferPermitted"
          ? "permitted"
          : "interrupt",
    reason: verdict.kind === "TransferDenied" ? verdict.reason : null,
    code: verdict.kind === "TransferDenied" ? verdict.code : null,
    conformance: verdict.conformance,
    observed: question.event?.event.kind === "dma" ? observedJson(question.event.event) : null,
    cause: cause.kind,
    text: cause.text,
    because: linksOf(reader, evidence, cause),
    nearMisses: verdict.kind === "TransferDenied" ? nearMisses(evidence) : [],
    fix: fixOf(evidence, cause),
    otherwise: otherwiseOf(evidence),
    missing: missingOf(reader, evidence),
  };
}

/** The chain: what put the device where it is, what the cause names, and the transfer itself, in the order of the log. */
function linksOf(reader: BootReader, evidence: Evidence, cause: Cause): readonly Link[] {
  const { question, object } = evidence;
  const attached = lastBefore(
    evidence,
    ({ event }) =>
      (event.kind === "attach" || event.kind === "DeviceAttached") &&
      event.device === question.device &&
      event.object === object,
  );
  const events = new Map<number, RecordedEvent>();
  const add = (event: RecordedEvent | null): void => {
    if (event === null) return;
    for (const link of toldBy(reader, evidence, event)) events.set(link.seq, link);
  };
  add(attached);
  for (const seq of cause.seqs) add(eventAt(reader, seq));
  if (question.event !== null) events.set(question.event.seq, question.event);
  return [...events.values()].sort((a, b) => a.seq - b.seq).map(linkOf);
}

/**
 * The events that tell a person what an event came from: of an outcome the request that it follows from, of a step
 * of the start-up the grant that it made and the lines of the configuration that asked for it.
 */
function toldBy(
  reader: BootReader,
  { question, page, rare }: Evidence,
  event: RecordedEvent,
): readonly RecordedEvent[] {
  if (event.event.kind === "DssEntered") return [event];
  if (isOutcome(event.event)) {
    const from = event.cause === null ? null : eventAt(reader, event.cause);
    return [from ?? event];
  }
  if (event.event.kind !== "answer") return [event];
  const grant = rare.find(
    ({ event: made, cause }) =>
      made.kind === "StartupGranted" &&
      cause === event.seq &&
      made.device === question.device &&
      made.firstPage <= page &&
      made.lastPage >= page,
  );
  if (grant?.event.kind !== "StartupGranted") return [event];
  const { name, told } = grant.event;
  const lines = rare.filter(({ event: option, origin }) => {
    if (option.kind !== "config.option") return false;
    const here = told !== null && origin?.file === told.file && origin.line === told.line;
    return here || (option.option === "device" && name !== null && option.arguments.includes(name));
  });
  return [...lines, grant];
}

function linkOf(recorded: RecordedEvent): Link {
  const json = eventJson(recorded);
  return {
    seq: recorded.seq,
    t: recorded.t,
    kind: json["kind"] as string,
    origin: json["origin"] ?? null,
    text: tell(recorded),
  };
}

const GRANTS_MISSING =
  "grants and revocations: record them with the kprobes kmap, kunmap and kattach beside trace_event=iommu:* (docs/recording.md)";

function missingOf(reader: BootReader, evidence: Evidence): string[] {
  const { question, hasGrants, state } = evidence;
  const missing: string[] = [];
  if (!hasGrants) missing.push(GRANTS_MISSING);
  if (!state.devices.has(question.device) && hasGrants)
    missing.push(
      `what ${question.device} is attached to: the recording never names it; record kattach, or check the device's name`,
    );
  if (question.report !== null)
    missing.push(
      "the transfer itself: only the report of it was recorded; its length and exact bytes are unknown",
    );
  return [...missing, ...suppressed(reader)];
}

function suppressed(reader: BootReader): string[] {
  const lost = reader
    .losses()
    .filter((loss) => loss.what === "suppressed")
    .reduce((sum, loss) => sum + (loss.count ?? 0), 0);
  return lost === 0 ? [] : [`${lost} reports that the kernel suppressed: an earlier cause may be among them`];
}
