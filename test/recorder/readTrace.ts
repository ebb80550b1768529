import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { readHeader } from "../../sources/trace/smmuTrace/header.ts";
import { TraceReader } from "../../sources/trace/smmuTrace/traceReader.ts";

/** What an import makes of a recording: a boot's name, stimuli in order, and all that was found wrong. */
export function readTrace(lines: readonly string[]): {
  readonly boot: string | null;
  readonly family: string;
  readonly stimuli: readonly Stimulus[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const header = readHeader(lines[0] ?? "", "recording");
  if (!header.ok) throw new Error(header.error.message);
  const stimuli: Stimulus[] = [];
  const diagnostics: Diagnostic[] = [];
  const reader = new TraceReader("recording", {
    stimulus: (stimulus) => stimuli.push(stimulus),
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  lines.slice(1).forEach((line, index) => {
    reader.line(line, index + 2);
  });
  reader.end();
  return {
    boot: header.value.boot,
    family: header.value.header.family,
    stimuli,
    diagnostics,
  };
}
