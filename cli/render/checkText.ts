import { recordMembers } from "../../events/codec/eventJson.ts";
import { isOutcome } from "../../events/recordedEvent.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { CheckReport, PropertyVerdict } from "../../replay/check/check.ts";
import type { StoredFailure } from "../checking/storeFailures.ts";
import type { Terminal } from "../terminal.ts";
import { renderEvent } from "./eventLine.ts";
import { count, plural, renderTable } from "./table.ts";

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
  { again: how, coverage, elapsedMs }: CheckAsked,
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
  const told = new Set<StoredFailure>();
  for (const { name, failure } of report.properties) {
    if (failure === null) continue;
    const its = stored.get(name);
    const again = `  again: smmu check${how} --seed ${report.seed} --path ${failure.path}`;
    if (its === undefined) {
      lines.push(
        `${color.red(`${name}: broken`)}, while a service starts; its life cannot be stored`,
        again,
        "",
      );
      continue;
    }
    if (told.has(its)) continue;
    told.add(its);
    const names = report.properties.filter((each) => stored.get(each.name) === its);
    lines.push(...names.map((each) => color.red(`broken: ${each.name}`)));
    lines.push(...failureLines(terminal, its), again);
    lines.push(`  stored as boot ${storedText(terminal, its)}`, "");
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

function storedText({ color }: Terminal, { boot, count: all, events }: StoredFailure): string {
  const transfer = events.findLast(({ event }) => event.kind === "dma");
  const why = transfer === undefined ? "" : `, smmu why ${boot} ${transfer.seq}`;
  return `${color.bold(boot)} (${plural(all, "event")}): smmu log ${boot}, smmu state ${boot}${why}, smmu view`;
}

/** The stimuli of a life, and what became of the last one. */
function failureLines(terminal: Terminal, { world, events, last }: StoredFailure): string[] {
  const { color } = terminal;
  const lines = [`  in ${world}:`];
  const lastAt = events.findLastIndex(({ event }) => !isOutcome(event));
  let quiet = 0;
  const flush = (): void => {
    if (quiet > 0) lines.push(color.dim(`       (${plural(quiet, "answer")} of a start-up without trouble)`));
    quiet = 0;
  };
  for (const [i, recorded] of events.entries()) {
    const { event } = recorded;
    if (isOutcome(event) && (last !== null || i < lastAt)) continue;
    // Answers that say that all is well are the most of a start-up, and tell nothing.
    if (!isOutcome(event) && i < lastAt && isRoutine(event)) {
      quiet += 1;
      continue;
    }
    flush();
    lines.push(cut(renderEvent(terminal, recorded).trimEnd()));
  }
  if (last !== null)
    lines.push(cut(`          and here the rules break down: ${JSON.stringify(recordMembers(last))}`));
  return lines;
}

function cut(line: string): string {
  return line.length <= LINE_MAX ? line : `${line.slice(0, LINE_MAX - 3)}...`;
}

const LINE_MAX = 240;

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
