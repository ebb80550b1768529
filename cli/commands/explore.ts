import { writeFileSync } from "node:fs";
import type { Model } from "../../replay/explore/model.ts";
import { PRESETS } from "../../replay/explore/presets.ts";
import type { ExploreReport, PropertyReport } from "../../replay/explore/report.ts";
import type { Search } from "../../replay/explore/search.ts";
import { storeTrail } from "../../replay/explore/storeTrail.ts";
import { trailItf } from "../../replay/explore/trailItf.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { type ChosenModel, chosenModel, modelAgain } from "../exploring/chosenModel.ts";
import { assertSameModel, runSearch } from "../exploring/runSearch.ts";
import { type KeptSearch, SearchFolder } from "../exploring/searchFolder.ts";
import { freeBootName } from "../freeBootName.ts";
import { InputError } from "../inputError.ts";
import { withStore } from "../openStore.ts";
import { renderExplore, type TrailBoots } from "../render/exploreText.ts";
import { count, plural } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface ExploreCommandOptions {
  readonly model: string | undefined;
  readonly size: number | undefined;
  readonly set: string[];
  readonly "depth-max": number | undefined;
  readonly "states-max": number | undefined;
  readonly "time-max": number | undefined;
  readonly "memory-max": number | undefined;
  readonly workers: number;
  readonly symmetry: boolean;
  readonly bitstate: number | undefined;
  readonly disk: boolean;
  readonly checkpoint: string | undefined;
  readonly "checkpoint-every": number;
  readonly resume: string | undefined;
  readonly "path-to": string | undefined;
  readonly itf: string | undefined;
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
      .option("time-max", { type: "number", requiresArg: true, describe: "seconds to search at most" })
      .option("memory-max", {
        type: "number",
        requiresArg: true,
        describe: "megabytes for states at most",
      })
      .option("workers", {
        type: "number",
        default: 1,
        requiresArg: true,
        describe: "threads that search together",
      })
      .option("symmetry", {
        type: "boolean",
        default: false,
        describe: "take states for one that differ only in which device, client or page is which",
      })
      .option("bitstate", {
        type: "number",
        requiresArg: true,
        describe: "know states by three bits each in a table of so many megabytes: a few may be missed",
      })
      .option("disk", {
        type: "boolean",
        default: false,
        describe: "keep states on the disk, and in memory only what knows them again",
      })
      .option("checkpoint", {
        type: "string",
        requiresArg: true,
        describe: "a folder in which the search keeps itself while it runs",
      })
      .option("checkpoint-every", {
        type: "number",
        default: 60,
        requiresArg: true,
        describe: "seconds between checkpoints",
      })
      .option("resume", {
        type: "string",
        requiresArg: true,
        describe: "go on with the search that this folder keeps",
      })
      .option("path-to", {
        type: "string",
        requiresArg: true,
        describe:
          "show and store the shortest way to what this property (or a part of its sentence) is about",
      })
      .option("itf", {
        type: "string",
        requiresArg: true,
        describe: "write the first counterexample, or the way of --path-to, to this file as ITF",
      })
      .option("keep-going", {
        type: "boolean",
        default: false,
        describe: "go on after the first property that does not hold",
      })
      .option("list", { type: "boolean", default: false, describe: "say which models there are" }),
  async run(options, terminal) {
    if (options.list) return listModels(terminal);
    const { chosen, folder, kept } = whatToSearch(options);
    const { model } = chosen;
    const shown = shownProperty(model, options["path-to"]);
    const bitstateBytes = kept === null ? bitstateBytesOf(options.bitstate) : kept.plan.bitstateBytes;
    const { report, elapsedMs } = await runSearch(model, {
      preset: chosen.preset,
      ...bound("depth-max", options["depth-max"], 0, (depthMax) => ({ depthMax })),
      ...bound("states-max", options["states-max"], 1, (statesMax) => ({ statesMax })),
      ...bound("memory-max", options["memory-max"], 1, (megabytes) => ({ memoryMax: megabytes * 2 ** 20 })),
      ...(bitstateBytes === null ? {} : { bitstateBytes }),
      workers: wholeNumber("workers", options.workers, 1, WORKERS_MAX),
      symmetry: kept?.plan.symmetry ?? options.symmetry,
      keepGoing: options["keep-going"],
      timeMaxMs: options["time-max"] === undefined ? null : seconds("time-max", options["time-max"]),
      folder,
      checkpointMs: seconds("checkpoint-every", options["checkpoint-every"]),
      disk: kept?.plan.disk ?? options.disk,
      kept,
      onProgress: progress(terminal),
    });
    if (terminal.interactive) process.stderr.write("\r\x1b[K");
    const boots = await storeTrails(options.db, model, report, shown);
    if (options.itf !== undefined) writeItf(terminal, options.itf, model, report, shown);
    if (terminal.json) await printJson(terminal, exploreJson(report, boots, elapsedMs));
    else await terminal.out(renderExplore(terminal, model, report, boots, elapsedMs, shown));
    if (folder !== null && isLeft(report))
      terminal.note(`smmu explore --resume ${folder.path} goes on with it`);
    if (report.stopped === "interrupted") return INTERRUPTED;
    return report.properties.some(({ held }) => held === false) ? EXIT.finding : EXIT.ok;
  },
};

const WORKERS_MAX = 64;
// As a shell tells of a process that Ctrl-C ended.
const INTERRUPTED = 130;

function whatToSearch(options: ExploreCommandOptions): {
  readonly chosen: ChosenModel;
  readonly folder: SearchFolder | null;
  readonly kept: KeptSearch | null;
} {
  const { resume, checkpoint } = options;
  if (resume === undefined) {
    const folder = checkpoint === undefined ? null : new SearchFolder(checkpoint);
    if (folder?.isTaken)
      throw new InputError(`${checkpoint} keeps a search already: --resume ${checkpoint} goes on with it`);
    return { chosen: chosenModel(options), folder, kept: null };
  }
  const { model, size, set, checkpoint: other, bitstate, symmetry, disk } = options;
  if (
    [model, size, other, bitstate].some((option) => option !== undefined) ||
    set.length > 0 ||
    symmetry ||
    disk
  )
    throw new InputError(
      "--resume goes on with what its folder says; give no model, sizes or kind of search with it",
    );
  const folder = new SearchFolder(resume);
  const kept = folder.load();
  const chosen = modelAgain(kept.plan.model, kept.plan.sizes);
  assertSameModel(kept, chosen.model);
  return { chosen, folder, kept };
}

function bound<T>(
  what: string,
  value: number | undefined,
  min: number,
  made: (value: number) => T,
): T | object {
  return value === undefined ? {} : made(wholeNumber(what, value, min, Number.MAX_SAFE_INTEGER));
}

function wholeNumber(what: string, value: number, min: number, max: number): number {
  if (!(Number.isInteger(value) && value >= min))
    throw new InputError(`--${what} ${value} is not a whole number of at least ${min}`);
  if (value > max) throw new InputError(`--${what} ${value} is more than ${max}`);
  return value;
}

function seconds(what: string, value: number): number {
  if (!(value >= 0)) throw new InputError(`--${what} ${value} is not a number of seconds`);
  return value * 1000;
}

/** The table's size in bytes: a power of two, no more than was asked for. */
function bitstateBytesOf(megabytes: number | undefined): number | null {
  if (megabytes === undefined) return null;
  return 2 ** (20 + Math.floor(Math.log2(wholeNumber("bitstate", megabytes, 1, BITSTATE_MAX))));
}

const BITSTATE_MAX = 4096;

function shownProperty(model: Model, wanted: string | undefined): string | null {
  if (wanted === undefined) return null;
  const names = [...new Set(model.properties.map(({ name }) => name))];
  const found = names.filter((name) => name === wanted);
  if (found.length === 0) found.push(...names.filter((name) => name.includes(wanted)));
  if (found.length === 1) return found[0]!;
  throw new InputError(
    found.length === 0
      ? `no property of ${model.name} is about ${wanted}; a search lists them`
      : `--path-to ${wanted} could be ${found.map((name) => `"${name}"`).join(" or ")}`,
  );
}

function isLeft({ stopped }: ExploreReport): boolean {
  return stopped !== null && stopped !== "broken";
}

function progress(terminal: Terminal): (search: Search, elapsedMs: number) => void {
  let told = 0;
  return (search, elapsedMs) => {
    if (elapsedMs - told < (terminal.interactive ? 100 : 30_000)) return;
    told = elapsedMs;
    const rate = count(Math.round((search.count / elapsedMs) * 1000));
    const line = `${plural(search.count, "state")}, ${count(search.count - search.gone)} of them to be gone through, depth ${search.level}, ${rate} states/s`;
    if (terminal.interactive) process.stderr.write(`\r${line} \x1b[K`);
    else terminal.note(line);
  };
}

/** What failed is stored, and what was asked for: a `sometimes` property that is reached has nothing wrong about it. */
async function storeTrails(
  db: string,
  model: Model,
  report: ExploreReport,
  shown: string | null,
): Promise<TrailBoots> {
  const boots = new Map<string, { boot: string; events: number }>();
  const told = report.properties.filter(
    ({ name, held, trail }) => (held === false || name === shown) && trail !== null,
  );
  if (told.length === 0) return boots;
  await withStore(db, "write", (store) => {
    for (const { name, trail } of told) {
      const info = storeTrail(store, freeBootName(store, `explore-${model.name}`), model, name, trail!);
      boots.set(name, { boot: info.name, events: info.events });
    }
  });
  return boots;
}

function writeItf(
  terminal: Terminal,
  file: string,
  model: Model,
  { properties }: ExploreReport,
  shown: string | null,
): void {
  const isWanted = ({ name, held }: PropertyReport): boolean =>
    shown === null ? held === false : name === shown;
  const found = properties.find((property) => isWanted(property) && property.trail !== null);
  if (found === undefined) {
    terminal.note(`nothing was written to ${file}: there is no way to tell of`);
    return;
  }
  try {
    writeFileSync(file, trailItf(model, found.name, found.trail!));
  } catch (error) {
    throw new InputError(`${file} cannot be written: ${(error as Error).message}`);
  }
}

function exploreJson(report: ExploreReport, boots: TrailBoots, elapsedMs: number): object {
  const { properties, ...rest } = report;
  return {
    ...rest,
    elapsedMs: Math.round(elapsedMs),
    statesPerSecond: Math.round((report.distinct / elapsedMs) * 1000),
    properties: properties.map(({ trail, ...property }) => ({
      ...property,
      steps: trail?.map(({ action }) => action) ?? null,
      counterexample: property.held === false ? (boots.get(property.name) ?? null) : null,
      path: property.held === false ? null : (boots.get(property.name) ?? null),
    })),
  };
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
