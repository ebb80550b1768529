import type { Model } from "../../replay/explore/model.ts";
import type { ExploreReport, PropertyReport, TrailStep } from "../../replay/explore/report.ts";
import type { Terminal } from "../terminal.ts";
import { count, plural, renderTable } from "./table.ts";

/** The boot in which a way through a model is stored, by property. */
export type TrailBoots = ReadonlyMap<string, { readonly boot: string; readonly events: number }>;

/** What was gone through, each property, and the way to what failed and to `shown`. */
export function renderExplore(
  terminal: Terminal,
  model: Model,
  report: ExploreReport,
  boots: TrailBoots,
  elapsedMs: number,
  shown: string | null,
): string {
  const { color } = terminal;
  const sizes = Object.entries(report.sizes).map(([what, size]) => `${what} ${size}`);
  const kept = report.distinct === report.states ? "" : ` (${count(report.distinct)} kept)`;
  const lines = [
    `${color.bold(report.model)} (${sizes.join(", ")}): ${plural(report.states, "state")}${kept}, ${plural(report.transitions, "transition")}, depth ${report.depth}`,
    `${endText(terminal, report)}; ${(elapsedMs / 1000).toFixed(2)} s, ${count(Math.round((report.distinct / elapsedMs) * 1000))} states/s; the rules ran ${plural(report.rulesAsked, "time")}`,
    "",
    propertyTable(terminal, report.properties),
  ];
  for (const property of report.properties) {
    const isBroken = property.held === false;
    if (!isBroken && property.name !== shown) continue;
    lines.push((isBroken ? color.red : color.bold)(`${property.name}:`));
    if (property.trail === null) lines.push("  no state and no step shows it");
    else lines.push(...trailLines(terminal, model, property.trail));
    const stored = boots.get(property.name);
    if (stored !== undefined)
      lines.push(
        `  stored as boot ${color.bold(stored.boot)}: smmu log ${stored.boot}, smmu state ${stored.boot}`,
      );
    lines.push("");
  }
  return `${lines.join("\n")}\n`;
}

function endText({ color }: Terminal, { complete, stopped, bitstate }: ExploreReport): string {
  if (complete) return color.green("every reachable state was gone through");
  if (bitstate !== null && stopped === null) {
    const { missProbability, expectedMissed } = bitstate;
    return color.yellow(
      `every state that was noticed was gone through; one was missed with a probability of ${missProbability.toExponential(1)} at most, ${figure(expectedMissed)} of all on average`,
    );
  }
  const why = {
    depth: "the depth that was allowed",
    states: "the number of states that was allowed",
    memory: "the memory that was allowed",
    time: "the time that was allowed",
    interrupted: "Ctrl-C",
    broken: "a property that does not hold",
  }[stopped ?? "interrupted"];
  return color.yellow(`not every state was gone through: ${why} ended it`);
}

function figure(value: number): string {
  return value >= 10 ? count(Math.round(value)) : value.toPrecision(2);
}

function propertyTable(terminal: Terminal, properties: readonly PropertyReport[]): string {
  const { color } = terminal;
  const rows = properties.map(({ name, kind, held, requirements, trail }) => {
    const word =
      held === null ? color.yellow("open") : held ? color.green(heldWord(kind, trail)) : color.red("BROKEN");
    return [word, kind, name, requirements.join(" ")];
  });
  return renderTable(terminal, [{ head: "" }, { head: "kind" }, { head: "property" }, { head: "by" }], rows);
}

function heldWord(kind: string, trail: readonly TrailStep[] | null): string {
  return kind === "sometimes" ? `in ${trail?.length ?? 0}` : "holds";
}

/** Each step, and the components that it changed. */
function trailLines(terminal: Terminal, model: Model, trail: readonly TrailStep[]): string[] {
  let before: readonly unknown[] = model.components.map(({ initial }) => initial);
  return trail.map(({ action, values }, i) => {
    const changes = model.components.flatMap(({ name, keyOf, textOf = keyOf }, c) =>
      keyOf(before[c]) === keyOf(values[c]) ? [] : [`${name}: ${textOf(values[c])}`],
    );
    before = values;
    const tail = changes.length === 0 ? "" : terminal.color.dim(`  -> ${changes.join(", ")}`);
    return `  ${String(i + 1).padStart(3)}. ${action}${tail}`;
  });
}
