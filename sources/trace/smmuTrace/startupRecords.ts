import type { z } from "zod";
import {
  FAILURES,
  type FailStimulus,
  type Failure,
  type StartupStimulus,
} from "../../../events/startupEvents.ts";
import { FieldError, optionalName, type RawRecord, wrong } from "./fields.ts";
import { ANSWER, CONFIG_FACTS, CONFIG_OPTION, CONFIG_PROBLEM, SERVICE_START } from "./startupSchemas.ts";

/** The most steps of a start-up that a record may count to. */
const STEP_MAX = 1_000_000;

/** The kinds of records that tell a start-up, as our own exports write them, with their fields and how they are read. */
export const STARTUP_RECORDS: readonly {
  readonly kind: StartupStimulus["kind"];
  readonly fields: readonly string[];
  readonly read: (record: RawRecord) => StartupStimulus;
}[] = [
  {
    kind: "service.start",
    fields: ["service", "arguments"],
    read: (record) => ({ kind: "service.start", ...checked(SERVICE_START, record, "service") }),
  },
  {
    kind: "config.option",
    fields: Object.keys(CONFIG_OPTION.shape),
    read: (record) => ({ kind: "config.option", ...checked(CONFIG_OPTION, record, "option") }),
  },
  {
    kind: "config.problem",
    fields: Object.keys(CONFIG_PROBLEM.shape),
    read: (record) => ({ kind: "config.problem", ...checked(CONFIG_PROBLEM, record, "message") }),
  },
  {
    kind: "config.end",
    fields: ["config"],
    read: (record) => ({ kind: "config.end", config: checked(CONFIG_FACTS, record["config"], "config") }),
  },
  {
    kind: "answer",
    fields: ["step", "answer"],
    read: (record) => ({
      kind: "answer",
      step: stepField(record),
      answer: checked(ANSWER, record["answer"], "answer"),
    }),
  },
  { kind: "fail", fields: ["what", "name", "at"], read: failOfRecord },
];

/** Reads a `fail` record (contract 5): what fails, which one, and when. */
function failOfRecord(record: RawRecord): FailStimulus {
  const what = record["what"];
  if (!isFailure(what)) throw wrong(record, "what", `one of ${FAILURES.join(", ")}`);
  return { kind: "fail", what, name: failName(record), at: atField(record) };
}

// An interrupt is known by its number.
function failName(record: RawRecord): string | null {
  const { name } = record;
  return Number.isSafeInteger(name) && Number(name) >= 0 ? `${name}` : optionalName(record, "name");
}

function isFailure(value: unknown): value is Failure {
  return FAILURES.includes(value as Failure);
}

function atField(record: RawRecord): FailStimulus["at"] {
  const at = record["at"] ?? null;
  if (at === null || at === "start-up" || at === "run") return at;
  if (isStep(at)) return at;
  throw wrong(record, "at", `a whole number from 1, "start-up" or "run"`);
}

function stepField(record: RawRecord): number {
  const step = record["step"];
  if (isStep(step)) return step;
  throw wrong(record, "step", "a whole number from 1");
}

function isStep(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= STEP_MAX;
}

/** A value of a schema; `field` is where the diagnostic points. */
function checked<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const where =
    issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".").slice(0, 100)}`;
  throw new FieldError(
    "TRC104",
    field,
    `the record's content is not what its kind has${where}: ${(issue?.message ?? "").slice(0, 200)}`,
    "export the boot again; such records are not written by hand",
  );
}
