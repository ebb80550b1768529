import type { Json } from "../../base/canonicalJson.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Stimulus } from "../../events/stimulus.ts";

/** Where a stimulus was told: lines from 1; `lastLine` where several lines made it; `t` in ns, null where unknown. */
export interface ToldAt {
  readonly line: number;
  readonly lastLine: number | null;
  readonly t: number | null;
  readonly extra: { readonly [name: string]: Json } | null;
}

/** What takes a reader's findings. */
export interface ReaderSink {
  /** In the order of first lines. */
  stimulus(stimulus: Stimulus, at: ToldAt): void;
  diagnostic(diagnostic: Diagnostic): void;
}

/**
 * Reads one file, line by line, and remembers no more than a bounded number of lines. Nothing it is given makes it
 * throw; what it cannot use is a diagnostic.
 */
export interface LineReader {
  /**
   * The next line without its newline. `terminated` is false for a last line that has none: such a line may have been
   * cut anywhere, so no number at its end is believed (logs 11.7).
   */
  line(text: string, lineNumber: number, terminated?: boolean): void;
  /** No more lines: what was still waiting for its other half is settled. */
  end(): void;
}

/** Makes a reader of one format for one file, named as diagnostics shall name it. */
export type LineReaderFactory = (file: string, sink: ReaderSink) => LineReader;

/** The longest line that is parsed, in UTF-16 units; the longest real report has about 300. */
export const LINE_LENGTH_MAX = 4096;

/** How many lines later the other half of a report may come at most (logs 11.1). */
export const JOIN_LINES_MAX = 64;
