import type { Diagnostic } from "../../../base/diagnostic.ts";
import { parseFamily } from "../../../events/vocabulary/family.ts";
import type { ReaderSink } from "../lineReader.ts";
import type { TraceHeader } from "../smmuTrace/header.ts";
import { TraceReader } from "../smmuTrace/traceReader.ts";
import { MACHINE_VARS, machineOf, NO_MACHINE } from "./itfMachine.ts";
import { recordsBetween } from "./itfSteps.ts";
import { ItfProblem, type ItfValue, optionalMember, shown } from "./itfValue.ts";
import { statePlaces } from "./statePlaces.ts";

/** The longest trace that is read, in UTF-16 units: it is one JSON document, and is parsed whole. */
export const ITF_LENGTH_MAX = 1 << 28;

type Severity = Diagnostic["severity"];

/**
 * Reads a trace in the Informal Trace Format (Apalache ADR 015) with the variables that an export has. Each state after
 * the first is an event: its `event.record` where there is one, else what leads to it from the state before. The first
 * state is led to from the machine before any event.
 */
export class ItfReader {
  readonly #file: string;
  readonly #sink: ReaderSink;
  #pieces: string[] = [];
  #length = 0;

  constructor(file: string, sink: ReaderSink) {
    this.#file = file;
    this.#sink = sink;
  }

  /** The next piece of the document. */
  push(piece: string): void {
    this.#length += piece.length;
    if (this.#length <= ITF_LENGTH_MAX) this.#pieces.push(piece);
  }

  /** The document is complete: its facts are told, and its header is given; or why nothing of it can be used. */
  end(): { readonly header: TraceHeader } | { readonly fatal: Diagnostic } {
    if (this.#length > ITF_LENGTH_MAX)
      return this.#fatal(
        "ITF001",
        1,
        `the trace is ${this.#length} characters long, at most ${ITF_LENGTH_MAX} are read`,
        "export a shorter stretch (--from, --until), or the form smmu-trace, which has no limit",
      );
    const text = this.#pieces.join("");
    this.#pieces = [];
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch (error) {
      return this.#notJson(text, error);
    }
    const [states, vars] = [optionalMember(document, "states"), optionalMember(document, "vars")];
    if (!Array.isArray(states) || !Array.isArray(vars))
      return this.#fatal(
        "ITF003",
        1,
        `the document has no list of ${Array.isArray(states) ? "vars" : "states"}`,
        "a trace has the members vars and states (Apalache ADR 015)",
      );
    if (!vars.some((name) => name === "event" || (MACHINE_VARS as readonly unknown[]).includes(name)))
      return this.#fatal(
        "ITF004",
        1,
        `the variables are ${shown(vars)}; none of them tells of an IOMMU`,
        `name the variables as an export does: event, ${MACHINE_VARS.join(", ")}`,
      );
    const header = this.#header(optionalMember(document, "#meta"));
    this.#states(states as readonly ItfValue[], statePlaces(text));
    if (optionalMember(document, "loop") !== undefined)
      this.#tell("ITF008", 1, "note", "the trace loops back; its loop is gone through once", "");
    return { header };
  }

  #header(meta: ItfValue): TraceHeader {
    const family = parseFamily(optionalMember(meta, "family"));
    const boot = optionalMember(meta, "boot");
    if (family === null)
      this.#tell(
        "ITF005",
        1,
        "note",
        "#meta names no family; the rules of an ideal unit judge",
        'add "family" to #meta, such as "vtd", where another unit was meant',
      );
    return {
      boot: typeof boot === "string" && boot.length <= 1000 ? boot : null,
      header: { family: family ?? "ideal", recorder: "itf", note: null, outcomes: "derived", extra: null },
    };
  }

  #states(states: readonly ItfValue[], lines: readonly number[]): void {
    const reader = new TraceReader(this.#file, this.#sink);
    let before: ItfValue = null;
    for (const [index, state] of states.entries()) {
      const line = lines[index] ?? 1;
      try {
        const record = index === 0 ? null : recordIn(state);
        if (record !== null) {
          before = state;
          // What the machine made of an event follows from it, and is derived again.
          if (record !== "") reader.line(record, line);
          continue;
        }
        const was = before === null ? NO_MACHINE : machineOf(before);
        const steps = recordsBetween(was, machineOf(state));
        before = state;
        if (index === 0 && steps.length > 0) this.#begunWithin(line);
        for (const step of steps) reader.line(JSON.stringify(step), line);
        if (index > 0 && steps.length === 0)
          reader.line(JSON.stringify({ kind: "mark", text: markText(state, index) }), line);
      } catch (error) {
        if (!(error instanceof ItfProblem)) throw error;
        this.#tell("ITF006", line, "error", `state ${index}: ${error.message}`, "the state is skipped");
      }
    }
  }

  #begunWithin(line: number): void {
    this.#tell(
      "ITF007",
      line,
      "warning",
      "the trace begins within a boot: units, devices, tables and attachments of its first state are made anew; what caches held and who granted what is not told by it",
      "export from the first event on, where that matters",
    );
  }

  #notJson(text: string, error: unknown): { readonly fatal: Diagnostic } {
    const reason = error instanceof Error ? error.message : "";
    const at = Number(/position (\d+)/.exec(reason)?.[1] ?? text.length);
    const line = text.slice(0, at).split("\n").length;
    const cut = text.slice(at).trim() === "";
    return this.#fatal(
      "ITF002",
      line,
      cut ? "the document ends before it is complete" : "the document is not JSON here",
      "an Informal Trace is one JSON document",
    );
  }

  #fatal(code: string, line: number, message: string, hint: string): { readonly fatal: Diagnostic } {
    return { fatal: { file: this.#file, line, code, severity: "error", message, hint } };
  }

  #tell(code: string, line: number, severity: Severity, message: string, hint: string): void {
    this.#sink.diagnostic({
      file: this.#file,
      line,
      code,
      severity,
      message,
      ...(hint === "" ? {} : { hint }),
    });
  }
}

/** The record of a state's event as text; "" for an outcome, null where the state tells none. */
function recordIn(state: ItfValue): string | null {
  const record = optionalMember(optionalMember(state, "event"), "record");
  if (record === undefined) return null;
  if (typeof record === "string" && (record === "" || record.trim() !== "")) return record;
  throw new ItfProblem(`event.record is ${shown(record)}, expected the text of a record`);
}

/** Names that tools give to the step that led to a state. */
const STEP_NAMES = ["action", "action_taken", "mbt::actionTaken"];

function markText(state: ItfValue, index: number): string {
  for (const name of STEP_NAMES) {
    const value = optionalMember(state, name);
    if (typeof value === "string" && value !== "" && value.length <= 200) return value;
  }
  return `state ${index}`;
}
