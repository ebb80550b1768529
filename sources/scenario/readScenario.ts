import type { Diagnostic } from "../../base/diagnostic.ts";
import type { ReaderSink } from "../trace/lineReader.ts";
import { readHeader } from "../trace/smmuTrace/header.ts";
import { TraceReader } from "../trace/smmuTrace/traceReader.ts";
import { readLaunch } from "./launch.ts";
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
      if (stimulus.kind === "service.start")
        parts.launch(at.t === null ? null : { launched: at.t, step: 0 }, at.line);
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
  const launch = (members: { readonly [name: string]: unknown }, line: number) =>
    parts.launch(readLaunch(members, file, line, diagnostics), line);
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

/** A launch of a scenario; one of a recorded boot names its service. Null: the line is something else. */
function launchIn(line: string): { readonly [name: string]: unknown } | null {
  if (line.length > 4096 || !line.includes('"service.start"')) return null;
  try {
    const record: unknown = JSON.parse(line);
    const isLaunch = typeof record === "object" && record !== null && !("service" in record);
    return isLaunch && "kind" in record && record.kind === "service.start" ? { ...record } : null;
  } catch {
    // What is wrong with the line is told where records are read.
    return null;
  }
}

type Launch = (members: { readonly [name: string]: unknown }, line: number) => void;

function readLines(
  text: string,
  file: string,
  reader: TraceReader,
  launch: Launch,
  diagnostics: Diagnostic[],
): void {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  for (const [index, line] of lines.entries()) {
    const bare = line.endsWith("\r") ? line.slice(0, -1) : line;
    const launched = launchIn(bare);
    if (index === 0 && /"format"\s*:/.test(bare)) {
      const header = readHeader(bare, file);
      if (!header.ok) diagnostics.push(header.error);
    } else if (launched !== null) launch(launched, index + 1);
    else reader.line(bare, index + 1);
  }
}

function readYaml(
  text: string,
  file: string,
  reader: TraceReader,
  launch: Launch,
  diagnostics: Diagnostic[],
): void {
  const read = yamlRecords(text, file);
  diagnostics.push(...read.diagnostics);
  const tell = ({ record, line }: YamlRecord) => {
    if (record["kind"] === "service.start" && !("service" in record)) launch(record, line);
    else reader.line(JSON.stringify(record), line);
  };
  for (const record of read.before) tell(record);
  if (read.start !== null) launch(read.start.record, read.start.line);
  else if (read.before.length > 0) launch({}, 1);
  for (const record of [...read.fail, ...read.after]) tell(record);
}
