import { explore } from "../../replay/explore/explore.ts";
import type { Model } from "../../replay/explore/model.ts";
import { PRESETS, type Preset } from "../../replay/explore/presets.ts";
import type { ExploreReport, TrailStep } from "../../replay/explore/report.ts";
import { storeTrail } from "../../replay/explore/storeTrail.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { freeBootName } from "../freeBootName.ts";
import { InputError } from "../inputError.ts";
import { withStore } from "../openStore.ts";
import { count, plural, renderTable } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface ExploreCommandOptions {
  readonly model: string | undefined;
  readonly size: number | undefined;
  readonly set: string[];
  readonly "depth-max": number | undefined;
  readonly "states-max": number | undefined;
  readonly workers: number;
  readonly symmetry: boolean;
  readonly "keep-going": boolean;
  readonly list: boolean;
}

/** `smmu explore`: every reachable state of a bounded model, and whether the safety properties hold in all of them. */
export const exploreCommand: Command<ExploreCommandOptions> = {
  form: "explore",
  does: "go through every state of a bounded model and hold it to the safety properties",
  options: (yargs) =>
    yargs
      .option("model", {
        type: "string",
        requiresArg: true,
        describe: `which one, with its first size where wanted (cached-pages:7): ${PRESETS.map(({ name }) => name).join(", ")}`,
      })
      .option("size", { type: "number", requiresArg: true, describe: "the model's first size" })
      .option("set", {
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        requiresArg: true,
        describe: "another size, as pages=2; repeatable (--list names them)",
      })
      .option("depth-max", { type: "number", requiresArg: true, describe: "steps to go at most" })
      .option("states-max", { type: "number", requiresArg: true, describe: "states to keep at most" })
      .option("workers", {
        type: "number",
        default: 1,
        requiresArg: true,
        describe: "threads wanted; the search runs on one so far",
      })
      .option("symmetry", {
        type: "boolean",
        default: false,
        describe: "take states for one that differ only in which device, client or page is which",
      })
      .option("keep-going", {
        type: "boolean",
        default: false,
        describe: "go on after the first property that does not hold",
      })
      .option("list", { type: "boolean", default: false, describe: "say which models there are" }),
  async run(options, terminal) {
    if (options.list) return listModels(terminal);
    const model = modelOf(options);
    const started = performance.now();
    const report = explore(model, {
      ...bound("depth-max", options["depth-max"], 0, (depthMax) => ({ depthMax })),
      ...bound("states-max", options["states-max"], 1, (statesMax) => ({ statesMax })),
      symmetry: options.symmetry,
      keepGoing: options["keep-going"],
      ...(terminal.interactive ? { onProgress: progress(started) } : {}),
    });
    const elapsedMs = performance.now() - started;
    if (terminal.interactive) process.stderr.write("\r\x1b[K");
    if (options.workers > 1) terminal.note("--workers has no effect yet: the search runs on one thread");
    const boots = await storeCounterexamples(options.db, model, report);
    if (terminal.json) await printJson(terminal, exploreJson(report, boots, elapsedMs));
    else await terminal.out(renderExplore(terminal, model, report, boots, elapsedMs));
    return report.properties.some(({ held }) => held === false) ? EXIT.finding : EXIT.ok;
  },
};

/** The boot in which a counterexample is stored, by property. */
type Boots = ReadonlyMap<string, { readonly boot: string; readonly events: number }>;

function modelOf({ model: wanted, size, set }: ExploreCommandOptions): Model {
  const [, word, number] = /^([a-z-]+?)(?:[:=-](\d+))?$/.exec(wanted ?? PRESETS[0]!.name) ?? [];
  const preset = PRESETS.find(({ name }) => name === word);
  if (preset === undefined)
    throw new InputError(
      `there is no model ${wanted}; there are ${PRESETS.map(({ name }) => name).join(", ")}`,
    );
  const sizes: { [what: string]: number } = {};
  for (const [what, { default: value }] of Object.entries(preset.sizes)) sizes[what] = value;
  const first = Object.keys(preset.sizes)[0]!;
  if (number !== undefined) sizes[first] = Number(number);
  if (size !== undefined) sizes[first] = size;
  for (const pair of set) {
    const [, what, value] = /^([a-z]+)=(\d+)$/.exec(pair) ?? [];
    if (what === undefined || preset.sizes[what] === undefined)
      throw new InputError(
        `--set ${pair} is no size of ${preset.name}; it has ${Object.keys(preset.sizes).join(", ")}`,
      );
    sizes[what] = Number(value);
  }
  checkSizes(preset, sizes);
  return preset.build(sizes);
}

function checkSizes(preset: Preset, sizes: { readonly [what: string]: number }): void {
  for (const [what, value] of Object.entries(sizes)) {
    const { min, max } = preset.sizes[what]!;
    if (!(Number.isInteger(value) && value >= min && value <= max))
      throw new InputError(`${preset.name} has ${min} to ${max} ${what}, not ${value}`);
  }
}

function bound<T>(
  what: string,
  value: number | undefined,
  min: number,
  made: (value: number) => T,
): T | object {
  if (value === undefined) return {};
  if (!(Number.isInteger(value) && value >= min))
    throw new InputError(`--${what} ${value} is not a whole number of at least ${min}`);
  return made(value);
}

function progress(started: number): (states: number, depth: number) => void {
  return (states, depth) => {
    const rate = (states / (performance.now() - started)) * 1000;
    process.stderr.write(
      `\r${plural(states, "state")}, depth ${depth}, ${count(Math.round(rate))} states/s `,
    );
  };
}

/** Only what failed is stored: a `sometimes` property that is reached has nothing wrong about it. */
async function storeCounterexamples(db: string, model: Model, report: ExploreReport): Promise<Boots> {
  const boots = new Map<string, { boot: string; events: number }>();
  const failed = report.properties.filter(({ held, trail }) => held === false && trail !== null);
  if (failed.length === 0) return boots;
  await withStore(db, "write", (store) => {
    for (const { name, trail } of failed) {
      const info = storeTrail(store, freeBootName(store, `explore-${model.name}`), model, name, trail!);
      boots.set(name, { boot: info.name, events: info.events });
    }
  });
  return boots;
}

function exploreJson(report: ExploreReport, boots: Boots, elapsedMs: number): object {
  const { properties, ...rest } = report;
  return {
    ...rest,
    elapsedMs: Math.round(elapsedMs),
    statesPerSecond: Math.round((report.distinct / elapsedMs) * 1000),
    properties: properties.map(({ trail, ...property }) => ({
      ...property,
      steps: trail?.map(({ action }) => action) ?? null,
      counterexample: boots.get(property.name) ?? null,
    })),
  };
}

/** What was gone through, each property, and the way to what failed. */
export function renderExplore(
  terminal: Terminal,
  model: Model,
  report: ExploreReport,
  boots: Boots,
  elapsedMs: number,
): string {
  const { color } = terminal;
  const sizes = Object.entries(report.sizes).map(([what, size]) => `${what} ${size}`);
  const rate = count(Math.round((report.distinct / elapsedMs) * 1000));
  const kept = report.distinct === report.states ? "" : ` (${count(report.distinct)} kept)`;
  const lines = [
    `${color.bold(report.model)} (${sizes.join(", ")}): ${plural(report.states, "state")}${kept}, ${plural(report.transitions, "transition")}, depth ${report.depth}`,
    `${report.complete ? color.green("every reachable state was gone through") : color.yellow("not every state was gone through")}; ${(elapsedMs / 1000).toFixed(2)} s, ${rate} states/s; the rules ran ${plural(report.rulesAsked, "time")}`,
    "",
  ];
  const rows = report.properties.map(({ name, kind, held, requirements, trail }) => {
    const word =
      held === null ? color.yellow("open") : held ? color.green(heldWord(kind, trail)) : color.red("BROKEN");
    return [word, kind, name, requirements.join(" ")];
  });
  lines.push(
    renderTable(terminal, [{ head: "" }, { head: "kind" }, { head: "property" }, { head: "by" }], rows),
  );
  for (const { name, held, trail } of report.properties) {
    if (held !== false) continue;
    lines.push(color.red(`${name}:`));
    if (trail === null) lines.push("  no state and no step shows it");
    else lines.push(...trailLines(terminal, model, trail));
    const stored = boots.get(name);
    if (stored !== undefined)
      lines.push(
        `  stored as boot ${color.bold(stored.boot)}: smmu log ${stored.boot}, smmu state ${stored.boot}`,
      );
    lines.push("");
  }
  return `${lines.join("\n")}\n`;
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

async function listModels(terminal: Terminal): Promise<number> {
  if (terminal.json)
    await printJson(
      terminal,
      PRESETS.map(({ name, does, sizes }) => ({ name, does, sizes })),
    );
  else
    for (const { name, does, sizes } of PRESETS) {
      await terminal.out(`${terminal.color.bold(name)}: ${does}\n`);
      for (const [what, { default: value, min, max, does: tells }] of Object.entries(sizes))
        await terminal.out(`  ${what} ${min}..${max}, ${value} unless told: ${tells}\n`);
    }
  return EXIT.ok;
}
