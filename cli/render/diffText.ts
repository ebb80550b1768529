import { events } from "../../replay/bootEvents.ts";
import { sizeOf } from "../../replay/diff/diffBoots.ts";
import { CONTEXT_EVENTS } from "../../replay/diff/firstDifference.ts";
import {
  ASPECTS,
  type Aspect,
  type Changes,
  type Difference,
  type DiffReport,
  type FirstDifference,
} from "../../replay/diff/report.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { Terminal } from "../terminal.ts";
import { renderEvent } from "./eventLine.ts";
import { count, plural, renderTable } from "./table.ts";

// How many differences of one kind are shown.
const SHOWN_MAX = 12;
const AMOUNTS_SHOWN_MAX = 5;

/** Two boots compared, for people: what differs in all, where they part, the differences, and what was not counted. */
export function renderDiff(terminal: Terminal, report: DiffReport, a: BootReader, b: BootReader): string {
  const { color } = terminal;
  const [nameA, nameB] = [color.bold(report.a.boot), color.bold(report.b.boot)];
  const head = `${nameA} (A, ${plural(report.a.events, "event")}) and ${nameB} (B, ${plural(report.b.events, "event")})`;
  const parts = [
    `${head} ${report.equal ? color.green("are the same") : color.yellow("differ")}${howText(report)}\n`,
  ];
  if (!report.equal) {
    parts.push(summary(terminal, report));
    if (report.firstDifference !== null) parts.push(parting(terminal, report.firstDifference, a, b));
    for (const aspect of ASPECTS) parts.push(section(terminal, aspect, report[aspect]));
  }
  parts.push(strictText(terminal, report), notCounted(terminal, report));
  return parts.join("");
}

function howText({ equal, strict, alignment }: DiffReport): string {
  if (strict !== null) return equal ? ", event by event" : "";
  if (equal) return alignment.kind === "by-kind" ? " by meaning, as two runs of one machine" : " by meaning";
  return "";
}

function summary(terminal: Terminal, report: DiffReport): string {
  const number = (list: readonly Difference[]): string => (list.length === 0 ? "-" : count(list.length));
  const rows = ASPECTS.filter((aspect) => sizeOf(report[aspect]) > 0).map((aspect) => {
    const { removed, added, changed } = report[aspect];
    return [`  ${aspect}`, number(removed), number(added), number(changed)];
  });
  if (rows.length === 0) return "";
  const columns = [
    { head: "" },
    { head: "only in A", right: true },
    { head: "only in B", right: true },
    { head: "changed", right: true },
  ];
  return `\n${renderTable(terminal, columns, rows)}`;
}

function parting(terminal: Terminal, first: FirstDifference, a: BootReader, b: BootReader): string {
  const { color } = terminal;
  const place = (seq: number | null, side: string) =>
    seq === null ? `the end of ${side}` : `event ${seq} of ${side}`;
  const head = `They part at ${place(first.seqA, "A")} and ${place(first.seqB, "B")}`;
  const where = first.aspect === "strict" ? "" : whose(first);
  return [
    `\n${color.bold(head)}: ${where}${first.text}\n`,
    context(terminal, "A", a, first.seqA, first.contextA.length),
    context(terminal, "B", b, first.seqB, first.contextB.length),
  ].join("");
}

function whose({ only }: FirstDifference): string {
  return only === null ? "" : `only in ${only.toUpperCase()}: `;
}

/** The events around one of a boot, marked, a line each; nothing where `size` is 0. */
export function context(
  terminal: Terminal,
  side: string,
  reader: BootReader,
  seq: number | null,
  size: number,
): string {
  if (size === 0) return "";
  const lines = [`\n  ${terminal.color.dim(`${side}: ${reader.info.name}`)}\n`];
  const around = seq ?? reader.info.events;
  for (const event of events(reader, Math.max(0, around - CONTEXT_EVENTS), around + CONTEXT_EVENTS))
    lines.push(
      `${event.seq === seq ? terminal.color.yellow(">") : " "}${shortened(terminal, renderEvent(terminal, { ...event, origin: null }))}`,
    );
  return lines.join("");
}

function section(terminal: Terminal, aspect: Aspect, changes: Changes): string {
  if (sizeOf(changes) === 0) return "";
  const { color } = terminal;
  const marked: [string, Difference][] = [
    ...changes.removed.map((change): [string, Difference] => [color.red("-"), change]),
    ...changes.added.map((change): [string, Difference] => [color.green("+"), change]),
    ...changes.changed.map((change): [string, Difference] => [color.yellow("~"), change]),
  ];
  const lines = marked
    .slice(0, SHOWN_MAX)
    .map(([mark, change]) => `  ${mark} ${change.text}${placeOf(terminal, change)}\n`);
  const more = marked.length - lines.length;
  if (more > 0) lines.push(`    ... and ${count(more)} more; --json lists them\n`);
  return `\n${color.bold(aspect)}\n${lines.join("")}`;
}

function placeOf(terminal: Terminal, { seqA, seqB }: Difference): string {
  const places = [...(seqA === null ? [] : [`A ${seqA}`]), ...(seqB === null ? [] : [`B ${seqB}`])];
  return places.length === 0 ? "" : terminal.color.dim(`  [${places.join(", ")}]`);
}

function strictText(terminal: Terminal, { strict }: DiffReport): string {
  if (strict === null || strict.equal) return "";
  const parts = [
    `the first ${plural(strict.samePrefix, "event")} ${strict.samePrefix === 1 ? "is" : "are"} the same`,
    `${plural(strict.times, "event")} differ in time alone`,
    `${plural(strict.onlyA, "event")} only in A, ${plural(strict.onlyB, "event")} only in B, as they are written`,
    ...(strict.aligned ? [] : ["equal events were paired in any order, as the logs differ too much"]),
  ];
  return `\n${terminal.color.bold("event by event")}: ${parts.join("; ")}\n`;
}

function notCounted(terminal: Terminal, { notCounted: seen, alignment, equal }: DiffReport): string {
  const { amounts } = seen;
  const named = amounts
    .slice(0, AMOUNTS_SHOWN_MAX)
    .map(({ what, a, b }) => `${what} ${count(a)}/${count(b)}`);
  const rest = amounts.length - named.length;
  const lines = [
    ...(seen.addresses === 0 ? [] : [`${plural(seen.addresses, "grant")} at other addresses`]),
    ...(seen.targets === 0 ? [] : [`${plural(seen.targets, "grant")} to other targets`]),
    ...(seen.names === 0 ? [] : [`${plural(seen.names, "object")} with another name`]),
    ...(amounts.length === 0
      ? []
      : [
          `how often, where it is about as often: ${named.join("; ")}${rest > 0 ? `; and ${count(rest)} more` : ""}`,
        ]),
  ];
  const runs =
    alignment.kind === "by-kind"
      ? `\nThe boots are of two runs: ${count(alignment.transfers.onlyA)} and ${count(alignment.transfers.onlyB)} transfers, ${count(alignment.grants.onlyA)} and ${count(alignment.grants.onlyB)} grants have no counterpart,\nso things are compared by kind, not one by one.\n`
      : "";
  if (lines.length === 0) return runs;
  const strict = equal || alignment.kind === "by-kind" ? "; --strict compares event by event" : "";
  return `${runs}\n${terminal.color.dim(`not counted${strict}:`)}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

// A configuration or a board is told in one event, which fits no line.
const CONTEXT_WIDTH_MAX = 160;

function shortened(terminal: Terminal, line: string): string {
  // Colours have no width, so a coloured line may be cut only where it is far too long.
  const width = terminal.color.isColorSupported ? 2 * CONTEXT_WIDTH_MAX : CONTEXT_WIDTH_MAX;
  return line.length <= width ? line : `${terminal.color.reset(line.slice(0, width - 1))}…\n`;
}
