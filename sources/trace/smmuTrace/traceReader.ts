import type { Json } from "../../../base/canonicalJson.ts";
import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { LineReader, ReaderSink } from "../lineReader.ts";
import { FieldError, type RawRecord, shown } from "./fields.ts";
import { kept } from "./kept.ts";
import { COMMON_FIELDS, RECORD_KINDS, type RecordKind } from "./records.ts";
import { type Gathered, gather, gathered, Unknowns } from "./unknowns.ts";

/** The longest record we read, in UTF-16 units. */
export const RECORD_LENGTH_MAX = 1 << 20;

/** Reads the records of a trace, from the line after its header on. */
export class TraceReader implements LineReader {
  readonly #file: string;
  readonly #sink: ReaderSink;
  readonly #unknowns: Unknowns;
  #lastT = 0;
  #toldDisorder = false;

  constructor(file: string, sink: ReaderSink) {
    this.#file = file;
    this.#sink = sink;
    this.#unknowns = new Unknowns(file, (diagnostic) => sink.diagnostic(diagnostic));
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
      const extra = this.#extraOf(record, kind, known, line);
      this.#sink.stimulus(stimulus, { line, lastLine: null, t, extra });
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      this.#sink.diagnostic({
        file: this.#file,
        line,
        ...placeOf(error.field, text),
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
        `"t" is ${shown(t)}, expected whole nanoseconds from 0 to 2^53-1`,
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
    const own = Object.entries(record).filter(([name]) => !COMMON_FIELDS.has(name));
    const fields = Object.fromEntries(own.map(([name, value]) => [name, kept(name, value)]));
    this.#unknowns.kind(kind, line);
    return { kind: "unknown", name: kind, fields };
  }

  /** What the record says beyond its kind's fields: its own note, origin and line, and what we do not know. */
  #extraOf(record: RawRecord, kind: string, known: RecordKind | undefined, line: number): ToldExtra {
    let extra: Gathered = null;
    for (const name in record) {
      if (name === "kind" || name === "t") continue;
      if (known?.fields.has(name)) {
        if (known.inner?.field !== name) continue;
        const rest = this.#innerExtra(record[name], `${kind}.${name}`, known.inner.members, line);
        if (rest !== null) extra = gather(extra, name, rest);
      } else if (COMMON_FIELDS.has(name)) {
        extra = gather(extra, name, record[name]);
      } else if (known !== undefined) {
        extra = gather(extra, name, record[name]);
        this.#unknowns.field(`${kind}.${name}`, line);
      }
      // An unknown kind keeps its own fields itself.
    }
    return gathered(extra);
  }

  #innerExtra(value: unknown, field: string, members: ReadonlySet<string>, line: number): ToldExtra {
    let extra: Gathered = null;
    for (const name in value as RawRecord | null) {
      if (members.has(name)) continue;
      extra = gather(extra, name, (value as RawRecord)[name]);
      this.#unknowns.field(`${field}.${name}`, line);
    }
    return gathered(extra);
  }

  #notJson(line: number, text: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : "";
    const at = /position (\d+)/.exec(reason)?.[1];
    const column = at === undefined ? undefined : Math.min(Number(at), text.length) + 1;
    const cut = reason.includes("end of JSON") || (column !== undefined && column > text.length);
    const message = cut
      ? "the record ends before it is complete"
      : column === undefined
        ? `the line is ${quote(text)}, which is not JSON`
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

type ToldExtra = { readonly [name: string]: Json } | null;

/** Where a record's text names a field: the first that a colon follows. */
function placeOf(field: string, text: string): { column: number; endColumn: number } | undefined {
  const name = JSON.stringify(field);
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length;
    if (/^\s*:/.test(text.slice(end, end + 20))) return { column: at + 1, endColumn: end + 1 };
  }
  return undefined;
}
