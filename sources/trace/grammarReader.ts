import { JOIN_LINES_MAX, LINE_LENGTH_MAX, type LineReader, type ReaderSink } from "./lineReader.ts";
import { type Broken, type Grammar, LogContext, type Recognition } from "./logContext.ts";
import { type LogLine, parseLogLine } from "./logLine.ts";

/** What a reader of messages is made of. */
export interface GrammarReaderOptions {
  /** A cheap test that every line of ours passes, whole or broken. */
  readonly candidate: RegExp;
  /** The same for lines that only count while a report waits for its other half. */
  readonly continuation: RegExp;
  /** Lines of other formats: told once, for they are not read here. */
  readonly foreign: readonly { readonly pattern: RegExp; readonly format: string }[];
  /** Makes the choice of grammars that a message is shown to, in order. */
  readonly grammars: (context: LogContext) => (message: string) => readonly Grammar[];
  readonly parseLine?: (text: string, line: number, terminated: boolean) => LogLine;
}

/** How many lines a mail program may have made of one. */
const WRAPPED_LINES_MAX = 3;

/** A reader that shows each candidate line to grammars, the first that claims it wins, and rejoins wrapped lines. */
export function grammarReader(file: string, sink: ReaderSink, options: GrammarReaderOptions): LineReader {
  const context = new LogContext(file, sink, JOIN_LINES_MAX);
  const { out } = context;
  const grammarsFor = options.grammars(context);
  const parse = options.parseLine ?? parseLogLine;
  // A broken line: the next one may be its rest.
  let held: { line: LogLine; broken: Broken; lines: number } | null = null;

  function recognise(line: LogLine): Recognition {
    for (const grammar of grammarsFor(line.message)) {
      const recognition = grammar(line);
      if (recognition !== "foreign") return recognition;
    }
    return "foreign";
  }

  function take(line: LogLine): void {
    const before = held;
    held = null;
    const alone = recognise(line);
    if (line.tooLate && alone !== "foreign") context.noteLateTime(line.line);
    if (alone === "foreign") noteForeign(line);
    if (before === null) {
      if (typeof alone === "object") held = { line, broken: alone, lines: 1 };
      return;
    }
    if (alone !== "taken" && !line.prefixed && before.lines < WRAPPED_LINES_MAX) {
      const message = `${before.line.message} ${line.message}`;
      const whole = { ...before.line, message, lastLine: line.line };
      const joined = recognise(whole);
      if (joined === "taken") return;
      if (alone === "foreign" && typeof joined === "object") {
        held = { line: whole, broken: before.broken, lines: before.lines + 1 };
        return;
      }
    }
    context.broken(before.line, before.broken);
    if (typeof alone === "object") held = { line, broken: alone, lines: 1 };
  }

  return {
    line(text, lineNumber, terminated = true) {
      out.advance(lineNumber);
      const candidate = options.candidate.test(text);
      if (!candidate && held === null && !(out.waiting && options.continuation.test(text))) return;
      if (text.length > LINE_LENGTH_MAX) {
        if (candidate)
          context.diagnose("LOG005", lineNumber, `a line of ${text.length} characters looks like ours`, text);
        return;
      }
      take(parse(text, lineNumber, terminated));
    },
    end() {
      if (held !== null) context.broken(held.line, held.broken);
      held = null;
      out.end();
    },
  };

  function noteForeign({ message, line }: LogLine): void {
    for (const { pattern, format } of options.foreign) {
      if (!pattern.test(message)) continue;
      const what = `this file also has lines of the format ${format}, which are not read here`;
      context.diagnoseOnce(format, "LOG006", line, what);
    }
  }
}
