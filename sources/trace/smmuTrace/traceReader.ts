import type { Json } from "../../../base/canonicalJson.ts";
import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { LineReader, ReaderSink } from "../lineReader.ts";
import { FieldError, type RawRecord } from "./fields.ts";
import { COMMON_FIELDS, RECORD_KINDS } from "./records.ts";

/** The longest record we read, in UTF-16 units. */
export const RECORD_LENGTH_MAX = 1 << 20;

/** How many different unknown kinds and fields are told one by one; further ones share one message. */
const UNKNOWN_TOLD_MAX = 100;

/** Reads the records of a trace, from the line after its header on. */
export class TraceReader implements LineReader {
  readonly #file: string;
  readonly #sink: ReaderSink;
  readonly #toldUnknown = new Set<string>();
  #lastT = 0;
  #toldDisorder = false;

  constructor(file: string, sink: ReaderSink) {
    this.#file = file;
    this.#sink = sink;
  }

  line(text: string, lineNumber: number): void {
    if (text === "" || text === "\r") return;
    if (text.length > RECORD_LENGTH_MAX) {
      const seen = `the line is ${text.length} characters long`;
      return this.#bad(
        "TRC109",
        lineNumber,
        text,
        `${seen}, at most ${RECORD_LENGTH_MAX} are read`,
        "split the record, or check that line ends are there",
      );
    }
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch (error) {
      return this.#notJson(lineNumber, text, error);
    }
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      return this.#bad(
        "TRC101",
        lineNumber,
        text,
        `the line is ${quote(text)}, expected one JSON object`,
        'write records such as {"kind":"mark","text":"..."}',
      );
    }
    this.#record(record as RawRecord, lineNumber, text);
  }

  end(): void {}

  #record(record: RawRecord, line: number, text: string): void {
    const kind = record["kind"];
    if (typeof kind !== "string" || kind === "" || kind.length > 100) {
      const again = record["format"] === "smmu-trace";
      const hint = again
        ? "a header may stand only on the first line; import joined traces one by one"
        : 'add "kind" to the record';
      return this.#bad("TRC102", line, text, again ? "a second header" : 'the record has no "kind"', hint);
    }
    const known = RECORD_KINDS.get(kind);
    try {
      const t = this.#time(record, line, text);
      const stimulus = known === undefined ? this.#unknownKind(kind, record, line) : known.read(record);
      const extra = this.#extraOf(record, kind, known?.fields, line);
      this.#sink.stimulus(stimulus, { line, lastLine: null, t, extra });
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const column = text.indexOf(`"${error.field}"`) + 1;
      const place = column > 0 ? { column, endColumn: column + error.field.length + 2 } : {};
      this.#sink.diagnostic({
        file: this.#file,
        line,
        ...place,
        code: error.code,
        severity: "error",
        message: error.message,
        hint: `${error.hint}; the line is skipped`,
        excerpt: text.slice(0, 400),
      });
    }
  }

  #time(record: RawRecord, line: number, text: string): number | null {
    const t = record["t"];
    if (t === undefined || t === null) return null;
    if (typeof t !== "number" || !Number.isSafeInteger(t) || t < 0) {
      throw new FieldError(
        "TRC104",
        "t",
        `"t" is ${quote(JSON.stringify(t))}, expected whole nanoseconds from 0 to 2^53-1`,
        'correct or leave out "t"',
      );
    }
    if (t < this.#lastT && !this.#toldDisorder) {
      this.#toldDisorder = true;
      this.#sink.diagnostic({
        file: this.#file,
        line,
        code: "TRC110",
        severity: "warning",
        message: `time goes back from ${this.#lastT} to ${t} ns; the order of the lines is kept`,
        hint: "sort the records by the order in which the unit saw them; this is told once",
        excerpt: text.slice(0, 400),
      });
    }
    this.#lastT = t;
    return t;
  }

  #unknownKind(kind: string, record: RawRecord, line: number): Stimulus {
    if (this.#firstTime(`kind ${kind}`)) {
      this.#sink.diagnostic({
        file: this.#file,
        line,
        code: "TRC111",
        severity: "warning",
        message: `records of kind ${quote(kind)} are not known; they are kept and have no effect`,
        hint: "check the spelling, or use a newer smmu-replay; this is told once for each kind",
      });
    }
    const fields = Object.fromEntries(Object.entries(record).filter(([name]) => !COMMON_FIELDS.has(name)));
    return { kind: "unknown", name: kind, fields: fields as { readonly [name: string]: Json } };
  }

  /** What the record says beyond its kind's fields: its own note, origin and line, and what we do not know. */
  #extraOf(
    record: RawRecord,
    kind: string,
    fields: ReadonlySet<string> | undefined,
    line: number,
  ): Record<string, Json> | null {
    let extra: [string, Json][] | null = null;
    for (const name in record) {
      if (name === "kind" || name === "t" || fields?.has(name)) continue;
      if (fields === undefined && !COMMON_FIELDS.has(name)) continue;
      extra ??= [];
      extra.push([name, record[name] as Json]);
      if (COMMON_FIELDS.has(name) || !this.#firstTime(`field ${kind}.${name}`)) continue;
      this.#sink.diagnostic({
        file: this.#file,
        line,
        code: "TRC112",
        severity: "note",
        message: `"${kind}" records have a field ${quote(name)} that is not known; it is kept and has no effect`,
        hint: "check the spelling; this is told once for each field",
      });
    }
    // From entries: a field named __proto__ is a field like any other.
    return extra === null ? null : Object.fromEntries(extra);
  }

  #firstTime(what: string): boolean {
    if (this.#toldUnknown.has(what) || this.#toldUnknown.size >= UNKNOWN_TOLD_MAX) return false;
    this.#toldUnknown.add(what);
    return true;
  }

  #notJson(line: number, text: string, error: unknown): void {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
    const column = at === undefined ? undefined : Math.min(Number(at), text.length) + 1;
    const cut = column === undefined || column > text.length;
    const message = cut
      ? "the record ends before it is complete"
      : `the record is not JSON at column ${column}`;
    this.#sink.diagnostic({
      file: this.#file,
      line,
      ...(column === undefined ? {} : { column }),
      code: "TRC101",
      severity: "error",
      message,
      hint: "one complete JSON object a line; the line is skipped",
      excerpt: text.slice(0, 400),
    });
  }

  #bad(code: string, line: number, text: string, message: string, hint: string): void {
    const diagnostic: Diagnostic = {
      file: this.#file,
      line,
      code,
      severity: "error",
      message,
      hint: `${hint}; the line is skipped`,
      excerpt: text.slice(0, 400),
    };
    this.#sink.diagnostic(diagnostic);
  }
}
