import type { Diagnostic } from "../../base/diagnostic.ts";
import type { ReaderSink } from "../trace/lineReader.ts";
import { readHeader } from "../trace/smmuTrace/header.ts";
import { TraceReader } from "../trace/smmuTrace/traceReader.ts";
import { type Scenario, ScenarioParts } from "./scenario.ts";
import { type YamlRecord, yamlRecords } from "./yamlRecords.ts";

/** The longest scenario, in UTF-16 units. */
export const SCENARIO_LENGTH_MAX = 64 * 1024 * 1024;

/** Reads a scenario: the records of a trace, its header optional, one a line; or a small YAML of the same records. */
export function readScenario(text: string, file: string): Scenario {
  const diagnostics: Diagnostic[] = [];
  const parts = new ScenarioParts();
  const sink: ReaderSink = {
    stimulus: (stimulus, at) => {
      // The launch itself is the tool's: the record only marks its place.
      if (stimulus.kind === "service.start") parts.launch();
      else parts.add(stimulus, at);
    },
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  };
  if (text.length > SCENARIO_LENGTH_MAX) {
    const message = `the scenario is ${text.length} characters long, at most ${SCENARIO_LENGTH_MAX} are read`;
    const hint = "import what was recorded as a boot of its own";
    const diagnostic: Diagnostic = { code: "SCN001", severity: "error", file, line: null, message, hint };
    return parts.parts(file, [diagnostic]);
  }
  const reader = new TraceReader(file, sink);
  const launch = () => parts.launch();
  if (isYaml(text, file)) readYaml(text, file, reader, launch, diagnostics);
  else readLines(text, file, reader, launch, diagnostics);
  reader.end();
  return parts.parts(file, diagnostics);
}

function isYaml(text: string, file: string): boolean {
  if (/\.ya?ml(\.gz)?$/.test(file)) return true;
  if (/\.jsonl?(\.gz)?$/.test(file)) return false;
  return !/^\s*(\{|$)/.test(text.slice(0, 4096));
}

const LAUNCH = /^\s*\{\s*"kind"\s*:\s*"service\.start"\s*\}\s*$/;

function readLines(
  text: string,
  file: string,
  reader: TraceReader,
  launch: () => void,
  diagnostics: Diagnostic[],
): void {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  for (const [index, line] of lines.entries()) {
    const bare = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (index === 0 && /"format"\s*:/.test(bare)) {
      const header = readHeader(bare, file);
      if (!header.ok) diagnostics.push(header.error);
    } else if (LAUNCH.test(bare)) launch();
    else reader.line(bare, index + 1);
  }
}

function readYaml(
  text: string,
  file: string,
  reader: TraceReader,
  launch: () => void,
  diagnostics: Diagnostic[],
): void {
  const read = yamlRecords(text, file);
  diagnostics.push(...read.diagnostics);
  const tell = ({ record, line }: YamlRecord) => {
    if (record["kind"] === "service.start") launch();
    else reader.line(JSON.stringify(record), line);
  };
  for (const record of read.before) tell(record);
  if (read.before.length > 0) launch();
  for (const record of [...read.fail, ...read.after]) tell(record);
}
