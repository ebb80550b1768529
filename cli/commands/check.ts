import { recordMembers } from "../../events/codec/eventJson.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { type CheckReport, check, type PropertyVerdict } from "../../replay/check/check.ts";
import { stimuliOf } from "../../replay/check/liveLife.ts";
import { SHIPPED } from "../../replay/check/rules.ts";
import { storeLife } from "../../replay/check/storeLife.ts";
import { SUITES } from "../../replay/check/suites.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { freeBootName } from "../freeBootName.ts";
import { InputError } from "../inputError.ts";
import { withStore } from "../openStore.ts";
import { count, plural, renderTable } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface CheckCommandOptions {
  readonly suite: string;
  readonly runs: number;
  readonly seed: number | undefined;
  readonly path: string | undefined;
  readonly coverage: boolean;
}

/** `smmu check`: random lives of machines, each step held to the safety properties. */
export const checkCommand: Command<CheckCommandOptions> = {
  form: "check",
  does: "hold random lives of machines to the safety properties, and shrink what breaks one",
  options: (yargs) =>
    yargs
      .option("suite", {
        choices: Object.keys(SUITES),
        default: "all",
        describe: "which properties",
      })
      .option("runs", { type: "number", default: 2000, requiresArg: true, describe: "how many lives" })
      .option("seed", {
        type: "number",
        requiresArg: true,
        describe: "the same seed gives the same lives on any machine; absent: a new one, which is printed",
      })
      .option("path", {
        type: "string",
        requiresArg: true,
        describe: "only the life at this place of --seed, as a failure names it",
      })
      .option("coverage", { type: "boolean", default: false, describe: "print how often what came up" }),
  async run(options, terminal) {
    const { suite, runs, path } = options;
    if (!(Number.isInteger(runs) && runs >= 1))
      throw new InputError(`--runs ${runs} is not a whole number of at least 1`);
    if (path !== undefined && !/^\d+(:\d+)*$/.test(path))
      throw new InputError(`--path ${path} is no path; a failure names one, such as 17:0:2`);
    if (path !== undefined && options.seed === undefined)
      throw new InputError("--path is a place of a --seed; give both");
    const seed = seedOf(options.seed);
    const started = performance.now();
    const report = check({
      properties: SUITES[suite]!,
      runs,
      seed,
      ...(path === undefined ? {} : { path }),
      ...(terminal.interactive ? { onProgress: progress(started, runs) } : {}),
    });
    const elapsedMs = performance.now() - started;
    if (terminal.interactive) process.stderr.write("\r\x1b[K");
    for (const what of report.missing) terminal.note(`warning: no life came to: ${what}`);
    const boots = await storeFailures(options.db, report);
    if (terminal.json) await printJson(terminal, checkJson(report, boots, elapsedMs));
    else await terminal.out(renderCheck(terminal, report, boots, elapsedMs, options));
    return report.properties.some(({ held }) => held === false) ? EXIT.finding : EXIT.ok;
  },
};

interface StoredFailure {
  readonly boot: string;
  readonly events: number;
  readonly stimuli: readonly Stimulus[];
}

function seedOf(wanted: number | undefined): number {
  // The one place where chance comes in; everything after follows from the number.
  if (wanted === undefined) return Math.floor(Math.random() * 2 ** 31);
  if (!Number.isInteger(wanted) || Math.abs(wanted) >= 2 ** 31)
    throw new InputError(`--seed ${wanted} is not a whole number of 32 bits`);
  return wanted;
}

function progress(started: number, runs: number): (done: number) => void {
  return (done) => {
    const rate = (done / (performance.now() - started)) * 1000;
    process.stderr.write(`\r${count(done)} of ${count(runs)} lives, ${count(Math.round(rate))}/s `);
  };
}

async function storeFailures(db: string, report: CheckReport): Promise<ReadonlyMap<string, StoredFailure>> {
  const boots = new Map<string, StoredFailure>();
  const failed = report.properties.filter(({ failure }) => failure !== null);
  if (failed.length === 0) return boots;
  await withStore(db, "write", (store) => {
    for (const { name, failure } of failed) {
      const stimuli = stimuliOf(failure!.life, SHIPPED);
      const info = storeLife(store, freeBootName(store, "check"), name, stimuli);
      boots.set(name, { boot: info.name, events: info.events, stimuli });
    }
  });
  return boots;
}

function checkJson(
  report: CheckReport,
  boots: ReadonlyMap<string, StoredFailure>,
  elapsedMs: number,
): object {
  const { seed, runs, steps, coverage, missing } = report;
  const properties = report.properties.map(({ name, kind, held, runs: its, requirements, failure }) => {
    const stored = boots.get(name);
    const counterexample = stored === undefined ? null : { boot: stored.boot, events: stored.events };
    return { name, kind, held, runs: its, requirements, path: failure?.path ?? null, counterexample };
  });
  const livesPerSecond = Math.round((runs / elapsedMs) * 1000);
  return {
    seed,
    runs,
    steps,
    elapsedMs: Math.round(elapsedMs),
    livesPerSecond,
    properties,
    coverage,
    missing,
  };
}

/** Each property, then the smallest life that breaks each of those that do not hold. */
export function renderCheck(
  terminal: Terminal,
  report: CheckReport,
  boots: ReadonlyMap<string, StoredFailure>,
  elapsedMs: number,
  { suite, coverage }: Pick<CheckCommandOptions, "suite" | "coverage">,
): string {
  const { color } = terminal;
  const rate = count(Math.round((report.runs / elapsedMs) * 1000));
  const lines = [
    `${plural(report.runs, "life", "lives")} of ${count(report.steps)} steps in ${(elapsedMs / 1000).toFixed(1)} s (${rate}/s); seed ${color.bold(String(report.seed))}`,
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
    const stored = boots.get(name);
    if (failure === null || stored === undefined) continue;
    lines.push(
      color.red(`${name}:`),
      ...stored.stimuli.map((stimulus, i) => `  ${String(i + 1).padStart(3)}. ${toldText(stimulus)}`),
      `  again: smmu check --suite ${suite} --seed ${report.seed} --path ${failure.path}`,
      `  stored as boot ${color.bold(stored.boot)}: smmu log ${stored.boot}, smmu state ${stored.boot}`,
      "",
    );
  }
  if (coverage)
    lines.push(
      renderTable(
        terminal,
        [{ head: "came up" }, { head: "times", right: true }],
        Object.entries(report.coverage).map(([what, times]) => [what, count(times)]),
      ),
    );
  return `${lines.join("\n")}\n`;
}

function wordOf({ color }: Terminal, { kind, held }: PropertyVerdict): string {
  if (held === null) return color.yellow("not shown");
  if (kind === "sometimes") return held ? color.green("shown") : color.red("NEVER");
  return held ? color.green("holds") : color.red("BROKEN");
}

/** The record of a scenario that tells the same; long answers are cut. */
function toldText(stimulus: Stimulus): string {
  const text = JSON.stringify(recordMembers(stimulus));
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}
