import type { Json } from "../../base/canonicalJson.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Stimulus } from "../../events/stimulus.ts";

/** Where and when a stimulus was told: lines from 1, `t` in ns or null, and what else its record said. */
export interface Told {
  readonly line: number;
  readonly lastLine: number | null;
  readonly t: number | null;
  readonly extra: { readonly [name: string]: Json } | null;
}

/** Takes what a reader finds, in the order of first lines. */
export interface ReaderSink {
  stimulus(stimulus: Stimulus, told: Told): void;
  diagnostic(diagnostic: Diagnostic): void;
}

/** Reads one file line by line; `end` gives up what is still open. Pure but for its own memory of earlier lines. */
export interface LineReader {
  line(text: string, lineNumber: number): void;
  end(): void;
}

/** Makes a reader for one file; `file` is its name as the user gave it. */
export type LineReaderFactory = (file: string, sink: ReaderSink) => LineReader;
