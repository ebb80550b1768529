import type { Json } from "../../base/canonicalJson.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { ToldStimulus } from "../../replay/simulate.ts";
import { TraceReader } from "../../sources/trace/smmuTrace/traceReader.ts";
import { InputError } from "../inputError.ts";

/** Where a line was typed: the script or the prompt, and its line from 1. */
export interface TypedAt {
  readonly file: string;
  readonly line: number;
}

/** What a record of the trace format tells; `notes` are what is odd about it. Throws InputError where it breaks the format. */
export function readRecord(
  record: string | { readonly [name: string]: Json },
  { file, line }: TypedAt,
): { readonly told: ToldStimulus; readonly notes: readonly string[] } {
  const text = typeof record === "string" ? record : JSON.stringify(record);
  const diagnostics: Diagnostic[] = [];
  let told: ToldStimulus | null = null;
  const reader = new TraceReader(file, {
    stimulus: (stimulus, { t, extra }) => {
      told = { stimulus, origin: { file, line }, t, extra };
    },
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  reader.line(text, line);
  reader.end();
  const sentences = diagnostics.map(sentenceOf);
  if (told === null) throw new InputError(sentences.join("; "));
  return { told, notes: sentences };
}

function sentenceOf({ message, hint }: Diagnostic): string {
  const advice = hint?.replace(/; the line is skipped$/, "");
  return advice === undefined ? message : `${message}; ${advice}`;
}
