import type { ReaderSink } from "./lineReader.ts";
import { type LogCode, logDiagnostic } from "./logDiagnostics.ts";
import { CUT, type LogLine } from "./logLine.ts";
import { OrderedOutput } from "./orderedOutput.ts";
import { lossOf } from "./reportParts.ts";

/** A line that a grammar claims but cannot read: what it was taken for. */
export interface Broken {
  readonly broken: string;
}

/** What a grammar makes of a line: it is told, it is not ours, or it is ours and broken. */
export type Recognition = "taken" | "foreign" | Broken;

/** Reads the lines of one kind of report; keeps what waits for its other half to itself. */
export type Grammar = (line: LogLine) => Recognition;

/** What the grammars of one file share: the ordered output and the diagnostics. */
export class LogContext {
  readonly out: OrderedOutput;
  readonly #file: string;
  readonly #sink: ReaderSink;
  readonly #once = new Set<string>();

  constructor(file: string, sink: ReaderSink, joinLinesMax: number) {
    this.#file = file;
    this.#sink = sink;
    this.out = new OrderedOutput(sink, joinLinesMax);
  }

  diagnose(code: LogCode, line: number | null, message: string, seen: string | null = null): void {
    this.#sink.diagnostic(logDiagnostic(code, this.#file, line, message, seen));
  }

  /** A diagnostic that a file gets once, for its first line that earns it. */
  diagnoseOnce(key: string, code: LogCode, line: number, message: string): void {
    if (this.#once.has(key)) return;
    this.#once.add(key);
    this.diagnose(code, line, message);
  }

  /** Says once that times are left out. */
  noteLateTime(line: number): void {
    this.diagnoseOnce(
      "late",
      "LOG007",
      line,
      "from this line on times are more than 104 days and are left out",
    );
  }

  /** A line of ours that does not follow its grammar, or that the file's end cut. */
  broken(line: LogLine, what: Broken): void {
    if (line.message.endsWith(CUT)) {
      this.diagnose("LOG004", line.line, `the file ends in ${what.broken}`, line.message);
    } else {
      this.diagnose(
        "LOG001",
        line.line,
        `this line looks like ${what.broken} but does not follow its grammar`,
        line.message,
      );
    }
  }

  /** The later half of a report whose first half is not in the file: a warning and a loss, not a fault (logs 11.4). */
  orphan(line: LogLine, unit: string | null, what: string): void {
    this.out.emit(line, lossOf("orphan", { unit }));
    this.diagnose("LOG002", line.line, `${what} without the lines it belongs to`, line.message);
  }

  /** A report whose later lines never came. */
  incomplete(line: number, what: string): void {
    this.diagnose("LOG003", line, what);
  }
}
