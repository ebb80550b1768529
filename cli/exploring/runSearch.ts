import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../base/digest.ts";
import { CONTROL, Expander } from "../../replay/explore/expander.ts";
import { layoutOf } from "../../replay/explore/layout.ts";
import { Memo } from "../../replay/explore/memo.ts";
import type { Model } from "../../replay/explore/model.ts";
import { type ExploreReport, reportOf } from "../../replay/explore/report.ts";
import { RuleLog } from "../../replay/explore/ruleLog.ts";
import { Search, type SearchFile, type SearchOptions } from "../../replay/explore/search.ts";
import { InputError } from "../inputError.ts";
import { versionOfPackage } from "../packageVersion.ts";
import { DiskStates } from "./diskStates.ts";
import type { KeptSearch, SearchFolder, SearchPlan } from "./searchFolder.ts";
import { SearchThreads } from "./searchThreads.ts";

/** What a search is asked for beside what is searched. */
export interface SearchRun extends SearchOptions {
  /** Name of its preset, for other threads. */
  readonly preset: string;
  /** Milliseconds after which it ends; null: it has all the time it wants. */
  readonly timeMaxMs: number | null;
  /** Where it keeps itself; null: nowhere. */
  readonly folder: SearchFolder | null;
  readonly checkpointMs: number;
  /** States are on the disk alone. */
  readonly disk: boolean;
  /** One that was kept, to go on with. */
  readonly kept: KeptSearch | null;
  readonly onProgress: (search: Search, elapsedMs: number) => void;
}

/** A report, and how long it took, former processes included. */
export interface SearchResult {
  readonly report: ExploreReport;
  readonly elapsedMs: number;
  readonly checkpoints: number;
}

// Words of the log that threads share: memory is taken as it is written.
const SHARED_LOG = 1 << 26;
// Fewer states than this are gone through before another thread has heard of them.
const SHARED_ROUND_MIN = 512;

// A round is to take about this long, so that clocks, checkpoints and Ctrl-C are heard.
const ROUND_MS = 400;
const ROUND_FIRST = 256;
const ROUND_MOST = 1 << 20;

/** What a model is made of, in a few characters: a search goes on with the same one alone. */
export function fingerprintOf({ components, actions, properties }: Model): string {
  const parts = [
    versionOfPackage(),
    ...components.map(({ name, initial, keyOf }) => `${name} ${keyOf(initial)}`),
    ...actions.map(({ name, reads, writes }) => `${name} ${reads.join()} ${writes.join()}`),
    ...properties.map(({ name, kind }) => `${name} ${kind}`),
  ];
  return sha256(parts.join("\n"));
}

/** Searches a model, on several threads where asked for, and keeps the search in a folder now and then. */
export async function runSearch(model: Model, run: SearchRun): Promise<SearchResult> {
  const { workers = 1, symmetry = false, bitstateBytes = null, disk, kept, folder, preset } = run;
  const started = performance.now() - (kept?.elapsedMs ?? 0);
  const log = new RuleLog(null, workers > 1, workers > 1 ? SHARED_LOG : undefined);
  if (kept !== null) log.restore(kept.rules);
  const memo = new Memo(model, log);
  const expander = new Expander(memo, symmetry);
  const place = new StatePlace(folder, disk, kept);
  const search = new Search(memo, run, expander, place.searchFile(memo));
  const plan: SearchPlan = {
    model: preset,
    sizes: model.sizes,
    symmetry,
    bitstateBytes,
    disk,
    fingerprint: fingerprintOf(model),
  };
  const threads = new SearchThreads(workers - 1, {
    model: preset,
    sizes: model.sizes,
    symmetry,
    log: log.words,
  });
  const interrupt = new Interrupt();
  let checkpoints = 0;
  const save = (): void => {
    if (folder === null) return;
    folder.save(plan, search, log, () => search.memory.file as DiskStates, performance.now() - started);
    checkpoints += 1;
  };
  try {
    let saved = performance.now();
    let size = ROUND_FIRST;
    for (let round = search.nextRound(size); round !== null; round = search.nextRound(size)) {
      const begun = performance.now();
      const { space } = search;
      const isShared = round.to - Atomics.load(space.control, CONTROL.cursor) >= SHARED_ROUND_MIN;
      const others = isShared ? threads.run(space, round) : Promise.resolve([]);
      expander.use(space);
      const own = expander.run(round);
      search.finish(round, [own, ...(await others)]);
      // Ctrl-C is heard here.
      await new Promise((resolve) => setImmediate(resolve));
      const now = performance.now();
      size = Math.max(1, now - begun > ROUND_MS ? size >> 1 : now - begun < ROUND_MS / 2 ? size * 2 : size);
      size = Math.min(size, ROUND_MOST);
      run.onProgress(search, now - started);
      const isLate = run.timeMaxMs !== null && now - started > run.timeMaxMs;
      if (search.stopped !== null) continue;
      if (isLate || interrupt.came || now - saved > run.checkpointMs) {
        save();
        saved = performance.now();
      }
      if (isLate) search.stop("time");
      if (interrupt.came) search.stop("interrupted");
    }
    return { report: reportOf(search), elapsedMs: performance.now() - started, checkpoints };
  } finally {
    interrupt.close();
    await threads.close();
    place.close(
      search.memory.file as DiskStates | null,
      search.stopped === null || search.stopped === "broken",
    );
  }
}

/** Where states are while the search runs: nowhere but in memory, in its folder, or in one that goes with it. */
class StatePlace {
  readonly #folder: SearchFolder | null;
  readonly #disk: boolean;
  readonly #kept: KeptSearch | null;
  readonly #temporary: string | null;

  constructor(folder: SearchFolder | null, disk: boolean, kept: KeptSearch | null) {
    this.#folder = folder;
    this.#disk = disk;
    this.#kept = kept;
    this.#temporary = folder === null && disk ? mkdtempSync(join(tmpdir(), "smmu-explore-")) : null;
  }

  searchFile(memo: Memo): SearchFile | null {
    const path = this.#folder?.path ?? this.#temporary;
    if (path === null) return null;
    const { progress = null, layout = 0 } = this.#kept ?? {};
    const widths = progress?.widths ?? memo.interner.fit();
    const file = new DiskStates(path, layout, layoutOf(widths).words, progress?.count ?? 0);
    return { file, only: this.#disk, from: progress };
  }

  close(states: DiskStates | null, isOver: boolean): void {
    if (states === null) return;
    if (this.#folder !== null && isOver) this.#folder.clear(states);
    else states.close();
    if (this.#temporary !== null) rmSync(this.#temporary, { recursive: true, force: true });
  }
}

/** Ctrl-C once ends the search in order; twice ends the process. */
class Interrupt {
  came = false;
  readonly #hear = (): void => {
    this.came = true;
  };

  constructor() {
    process.once("SIGINT", this.#hear);
  }

  close(): void {
    process.off("SIGINT", this.#hear);
  }
}

/** The search that a folder holds, as long as it is of this very model. */
export function assertSameModel(kept: KeptSearch, model: Model): void {
  if (kept.plan.fingerprint !== fingerprintOf(model))
    throw new InputError(
      `the search that was kept is of another version of ${kept.plan.model}: its rules have changed since, so start anew`,
    );
}
