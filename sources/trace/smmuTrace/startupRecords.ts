import { FAILURES, type FailStimulus, type Failure } from "../../../events/startupEvents.ts";
import { optionalName, type RawRecord, wrong } from "./fields.ts";

/** The most steps of a start-up that a record may count to. */
const STEP_MAX = 1_000_000;

/** Reads a `fail` record (contract 5): what fails, which one, and when. */
export function failOfRecord(record: RawRecord): FailStimulus {
  const what = record["what"];
  if (!isFailure(what)) throw wrong(record, "what", `one of ${FAILURES.join(", ")}`);
  return { kind: "fail", what, name: optionalName(record, "name"), at: atField(record) };
}

function isFailure(value: unknown): value is Failure {
  return FAILURES.includes(value as Failure);
}

function atField(record: RawRecord): FailStimulus["at"] {
  const at = record["at"] ?? null;
  if (at === null || at === "start-up" || at === "run") return at;
  if (typeof at === "number" && Number.isInteger(at) && at >= 1 && at <= STEP_MAX) return at;
  throw wrong(record, "at", `a whole number from 1, "start-up" or "run"`);
}
