import { recordMembers } from "../../events/codec/eventJson.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { CheckReport, PropertyVerdict } from "../../replay/check/check.ts";
import type { Terminal } from "../terminal.ts";
import { count, plural, renderTable } from "./table.ts";

/** A smallest life that breaks a sentence, as it was stored. */
export interface StoredFailure {
  readonly boot: string;
  readonly events: number;
  /** Where the life takes place. */
  readonly world: string;
  /** How many stimuli led to the life, where it is a future. */
  readonly told: number;
  readonly stimuli: readonly Stimulus[];
}

/** How a check was asked for. */
export interface CheckAsked {
  /** The options that make the same check again, but for the seed and the path. */
  readonly again: string;
  readonly coverage: boolean;
  readonly elapsedMs: number;
}

/** Each property, then the smallest life that breaks each of those that do not hold, then what never came up. */
export function renderCheck(
  terminal: Terminal,
  report: CheckReport,
  stored: ReadonlyMap<string, StoredFailure>,
  { again, coverage, elapsedMs }: CheckAsked,
): string {
  const { color } = terminal;
  const rate = count(Math.round((report.runs / elapsedMs) * 1000));
  const lives = plural(report.runs, "life", "lives");
  const lines = [
    `${lives} of ${count(report.steps)} steps in ${(elapsedMs / 1000).toFixed(1)} s (${rate}/s); seed ${color.bold(String(report.seed))}`,
    "",
    renderTable(
      terminal,
      [{ head: "" }, { head: "kind" }, { head: "property" }, { head: "by" }],
      report.properties.map((verdict) => [
        wordOf(terminal, verdict),
        verdict.kind,
        verdict.name,
        verdict.requirements.join(" "),
      ]),
    ),
  ];
  for (const { name, failure } of report.properties) {
    const its = stored.get(name);
    if (failure === null || its === undefined) continue;
    lines.push(...failureLines(terminal, name, its));
    lines.push(`  again: smmu check${again} --seed ${report.seed} --path ${failure.path}`);
    const boot = its.boot;
    lines.push(
      `  stored as boot ${color.bold(boot)} (${plural(its.events, "event")}): smmu log ${boot}, smmu why ${boot} SEQ, smmu view`,
      "",
    );
  }
  if (coverage) lines.push(renderCoverage(terminal, report));
  return `${lines.join("\n")}\n`;
}

/** What came up, and how often. */
function renderCoverage(terminal: Terminal, { coverage }: CheckReport): string {
  const rows = Object.entries(coverage).flatMap(([group, all]) =>
    Object.entries(all).map(([what, times], i) => [i === 0 ? group : "", what, count(times)]),
  );
  return renderTable(terminal, [{ head: "of" }, { head: "came up" }, { head: "times", right: true }], rows);
}

function failureLines({ color }: Terminal, name: string, { world, told, stimuli }: StoredFailure): string[] {
  const lines = [`${color.red(`${name}: broken`)}, in ${world}`];
  if (told > 0) lines.push(`       (${plural(told, "record")} of the boot come first)`);
  let quiet = 0;
  for (const [i, stimulus] of stimuli.entries()) {
    if (i < told) continue;
    // Answers that say that all is well are the most of a start-up, and tell nothing.
    if (isRoutine(stimulus)) {
      quiet += 1;
      continue;
    }
    if (quiet > 0) lines.push(color.dim(`       (${plural(quiet, "answer")} of a start-up without trouble)`));
    quiet = 0;
    lines.push(`  ${String(i + 1).padStart(3)}. ${toldText(stimulus)}`);
  }
  if (quiet > 0) lines.push(color.dim(`       (${plural(quiet, "answer")} of a start-up without trouble)`));
  return lines;
}

function isRoutine(stimulus: Stimulus): boolean {
  if (stimulus.kind !== "answer" || "failed" in stimulus.answer) return false;
  const { answer } = stimulus;
  switch (answer.to) {
    case "second-instance":
      return !answer.running;
    case "vdev-host-service":
    case "vdev-attached":
      return answer.confirmed;
    case "components":
    case "vdev-components":
      return answer.components.every(({ certified }) => certified);
    case "library":
      return answer.found && answer.loadable;
    default:
      return true;
  }
}

function wordOf({ color }: Terminal, { kind, held }: PropertyVerdict): string {
  if (held === null) return color.yellow("not shown");
  if (kind === "sometimes") return held ? color.green("shown") : color.red("NEVER");
  return held ? color.green("holds") : color.red("BROKEN");
}

/** The record of a scenario that tells the same; long ones are cut. */
function toldText(stimulus: Stimulus): string {
  if (stimulus.kind === "config.end") {
    const { allow, devices, safety, smmu } = stimulus.config;
    const type = smmu === null ? "no smmu" : `smmu ${smmu.type}`;
    return `the configuration ends: ${type}, safety ${safety}, ${plural(allow.length, "allow")}, ${plural(devices.length, "device")}`;
  }
  const text = JSON.stringify(recordMembers(stimulus));
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}
