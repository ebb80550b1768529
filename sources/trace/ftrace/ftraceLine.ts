import { CUT, nanoseconds, trimLine } from "../logLine.ts";

/** One event of a function tracer's text. */
export interface FtraceLine {
  readonly line: number;
  /** Nanoseconds by the tracer's clock; null where the line has no time. */
  readonly t: number | null;
  /** Who ran: two events of one task follow one another. Empty where the line does not say. */
  readonly task: string;
  /** The event's name, without its group. */
  readonly event: string;
  /** What it says; ends with {@link CUT} when the file ends in the line. */
  readonly text: string;
}

// Task names may contain anything, so the search is for what follows them: pid, perhaps thread group, cpu, perhaps
// flags, time. perf separates the pid by blanks (logs 1, 7).
const PREFIXED =
  /[-\s](\d{1,7})(?:\/\d{1,7})?\s+(?:\([\s\d-]{1,9}\)\s+)?\[(\d{3,4})\](?:\s+\S{1,8})?\s+(\d{1,10})\.(\d{1,9}):\s+(?:[\w-]{1,64}:)?([\w-]{1,64}):\s*(.*)$/;
const BARE = /^(?:[\w-]{1,64}:)?([a-z]\w{1,63}):\s+(.*)$/;

/** Takes a line apart; null when it is not an event. */
export function parseFtraceLine(text: string, line: number, terminated: boolean): FtraceLine | null {
  const trimmed = trimLine(text);
  const ending = terminated ? "" : CUT;
  const match = PREFIXED.exec(trimmed);
  if (match !== null) {
    const [, pid, cpu, seconds, fraction, event, rest] = match;
    return {
      line,
      t: nanoseconds(seconds!, fraction!),
      // The idle tasks of all processors share pid 0.
      task: pid === "0" ? `cpu${cpu}` : pid!,
      event: event!,
      text: rest! + ending,
    };
  }
  const bare = BARE.exec(trimmed);
  return bare === null ? null : { line, t: null, task: "", event: bare[1]!, text: bare[2]! + ending };
}
