import { printState } from "../../core/stateText.ts";
import { type CheckReport, chunksOf, reportOf, Tally } from "../../replay/check/check.ts";
import type { ChunkResult } from "../../replay/check/checker.ts";
import { pastOf } from "../../replay/check/future.ts";
import { SUITES } from "../../replay/check/suites.ts";
import {
  type CheckPlan,
  ownErrors,
  type PreparedCheck,
  planText,
  prepareCheck,
} from "../checking/checkPlan.ts";
import { type CheckState, KeptChunks, readCheckState } from "../checking/checkState.ts";
import { onThreads } from "../checking/checkThreads.ts";
import { type StoredFailure, storeFailures } from "../checking/storeFailures.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { checkSeq, readBoot, withStore } from "../openStore.ts";
import { renderCheck } from "../render/checkText.ts";
import { count } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface CheckCommandOptions {
  readonly suite: string;
  readonly runs: number | undefined;
  readonly time: number | undefined;
  readonly seed: number | undefined;
  readonly path: string | undefined;
  readonly workers: number;
  readonly from: string | undefined;
  readonly at: number | undefined;
  readonly properties: string | undefined;
  readonly resume: string | undefined;
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
      .option("runs", {
        type: "number",
        requiresArg: true,
        describe: `how many lives; ${RUNS} unless --time is given`,
      })
      .option("time", {
        type: "number",
        requiresArg: true,
        describe: "go on for so many seconds, or until --runs lives are over",
      })
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
      .option("workers", {
        type: "number",
        default: 1,
        requiresArg: true,
        describe: "live on so many threads; the lives are the same however many there are",
      })
      .option("from", {
        type: "string",
        requiresArg: true,
        describe: "live the futures of this boot instead of lives on small boards",
      })
      .option("at", {
        type: "number",
        requiresArg: true,
        describe: "with --from: after the event of this seq; absent: after the last one",
      })
      .option("properties", {
        type: "string",
        requiresArg: true,
        describe: "a TypeScript or JavaScript file with properties of your own (docs/properties.md)",
      })
      .option("resume", {
        type: "string",
        requiresArg: true,
        describe: "keep what was lived in this file, and go on from it where it is there already",
      })
      .option("coverage", { type: "boolean", default: false, describe: "print how often what came up" }),
  async run(options, terminal) {
    assertUsable(options);
    const { path } = options;
    const plan = await planOf(options);
    const state =
      options.resume === undefined
        ? null
        : await readCheckState(options.resume, planText(plan), options.seed ?? null);
    const seed = state?.seed ?? seedOf(options.seed);
    const prepared = await prepareCheck(plan);
    const started = performance.now();
    const tally = new Tally();
    if (path !== undefined) tally.add(ownErrors(() => prepared.checker.at(seed, path)));
    else await live(options, terminal, { plan, prepared, seed, state, tally });
    const asked = { properties: prepared.properties, seed, ...(path === undefined ? {} : { path }) };
    const report = ownErrors(() => reportOf(tally, asked, prepared.checker, prepared.worlds));
    const elapsedMs = performance.now() - started;
    for (const what of report.missing) terminal.note(`warning: no life came to: ${what}`);
    const stored = await storeFailures(options.db, prepared, plan, report);
    if (terminal.json) await printJson(terminal, checkJson(report, stored, elapsedMs));
    else {
      const how = { again: againText(options), coverage: options.coverage, elapsedMs };
      await terminal.out(renderCheck(terminal, report, stored, how));
    }
    return report.properties.some(({ held }) => held === false) ? EXIT.finding : EXIT.ok;
  },
};

const RUNS = 20_000;
const WORKERS_MAX = 64;

function assertUsable(options: CheckCommandOptions): void {
  const { runs, time, path, workers, from, at, seed } = options;
  if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1))
    throw new InputError(`--runs ${runs} is not a whole number of at least 1`);
  if (time !== undefined && !(time > 0))
    throw new InputError(`--time ${time} is no number of seconds above 0`);
  if (!(Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_MAX))
    throw new InputError(`--workers ${workers} is not a whole number from 1 to ${WORKERS_MAX}`);
  if (path !== undefined && !/^\d{1,15}(:\d{1,9}){0,1000}$/.test(path))
    throw new InputError(`--path ${path} is no path; a failure names one, such as 17:0:2`);
  if (path !== undefined && seed === undefined)
    throw new InputError("--path is a place of a --seed; give both");
  if (path !== undefined && options.resume !== undefined)
    throw new InputError("--path is one life, and --resume is for many; give one of them");
  if (at !== undefined && from === undefined)
    throw new InputError("--at is an event of the boot of --from; give both");
}

async function planOf(options: CheckCommandOptions & { readonly db: string }): Promise<CheckPlan> {
  const { suite, from, at, db } = options;
  const properties = options.properties ?? null;
  if (from === undefined) return { suite, properties, from: null };
  return withStore(db, "read", (store) => {
    const reader = readBoot(store, from);
    const past = pastOf(reader, checkSeq(reader.info, at));
    return { suite, properties, from: { boot: from, seq: past.seq, state: printState(past.state) } };
  });
}

function seedOf(wanted: number | undefined): number {
  // The one place where chance comes in; everything after follows from the number.
  if (wanted === undefined) return Math.floor(Math.random() * 2 ** 31);
  if (!Number.isInteger(wanted) || Math.abs(wanted) >= 2 ** 31)
    throw new InputError(`--seed ${wanted} is not a whole number of 32 bits`);
  return wanted;
}

interface Living {
  readonly plan: CheckPlan;
  readonly prepared: PreparedCheck;
  readonly seed: number;
  readonly state: CheckState | null;
  readonly tally: Tally;
}

/** Lives chunk after chunk until the runs or the time are over; what is kept to go on from are whole chunks from the first on. */
async function live(options: CheckCommandOptions, terminal: Terminal, living: Living): Promise<void> {
  const { plan, prepared, seed, state, tally } = living;
  const { time, workers, resume } = options;
  const runs = options.runs ?? (time === undefined ? RUNS : Number.POSITIVE_INFINITY);
  if (state !== null) tally.add(state.tally);
  const kept = new KeptChunks(resume ?? null, { seed, plan: planText(plan) }, state);
  const bar = progress(terminal, tally, time === undefined ? runs : null);
  const until = performance.now() + (time ?? Number.POSITIVE_INFINITY) * 1000;
  const tasks = untilOver(chunksOf(runs, state?.chunks ?? 0), () => performance.now() >= until);
  const take = (result: ChunkResult): void => {
    tally.add(result);
    kept.add(result);
    bar.update();
  };
  if (workers > 1) await onThreads(plan, seed, workers, tasks, take);
  else
    for (const { chunk, lives } of tasks) {
      take(ownErrors(() => prepared.checker.chunk(seed, chunk, lives)));
      // Signals, and files that are being written, get their turn.
      await new Promise(setImmediate);
    }
  bar.stop();
  await kept.end();
}

function* untilOver<T>(all: Iterable<T>, isOver: () => boolean): Generator<T, undefined> {
  for (const each of all) {
    if (isOver()) return;
    yield each;
  }
}

function progress(
  { interactive, json }: Terminal,
  tally: Tally,
  runs: number | null,
): { readonly update: () => void; readonly stop: () => void } {
  if (!interactive || json) return { update: () => {}, stop: () => {} };
  const started = performance.now();
  const before = tally.lives;
  return {
    update: () => {
      const rate = ((tally.lives - before) / (performance.now() - started)) * 1000;
      const share = runs === null ? 0 : Math.min(tally.lives / runs, 1);
      const bar = runs === null ? "" : `[${"=".repeat(Math.round(share * 24)).padEnd(24)}] `;
      const of = runs === null ? "" : ` of ${count(runs)}`;
      process.stderr.write(`\r\x1b[K${bar}${count(tally.lives)}${of} lives, ${count(Math.round(rate))}/s`);
    },
    stop: () => process.stderr.write("\r\x1b[K"),
  };
}

function checkJson(
  report: CheckReport,
  stored: ReadonlyMap<string, StoredFailure>,
  elapsedMs: number,
): object {
  const { seed, runs, steps, coverage, missing } = report;
  const properties = report.properties.map(({ name, kind, held, runs: its, requirements, failure }) => {
    const boot = stored.get(name);
    const counterexample = boot === undefined ? null : { boot: boot.boot, events: boot.count };
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

function againText({ suite, from, at, properties }: CheckCommandOptions): string {
  const words = [
    ...(suite === "all" ? [] : [`--suite ${suite}`]),
    ...(from === undefined ? [] : [`--from ${from}`]),
    ...(at === undefined ? [] : [`--at ${at}`]),
    ...(properties === undefined ? [] : [`--properties ${properties}`]),
  ];
  return words.map((word) => ` ${word}`).join("");
}
