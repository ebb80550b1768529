import { describe, expect, test } from "vitest";
import { SHIPPED } from "../../../replay/check/rules.ts";
import { Expander } from "../../../replay/explore/expander.ts";
import { type ExploreOptions, explore } from "../../../replay/explore/explore.ts";
import { Memo } from "../../../replay/explore/memo.ts";
import type { Model } from "../../../replay/explore/model.ts";
import { cachedPages } from "../../../replay/explore/models/cachedPages.ts";
import { ownership } from "../../../replay/explore/models/ownership.ts";
import { type ExploreReport, reportOf } from "../../../replay/explore/report.ts";
import { RuleLog } from "../../../replay/explore/ruleLog.ts";
import { Search, type SearchFile } from "../../../replay/explore/search.ts";
import type { StateFile } from "../../../replay/explore/stateFile.ts";

const PAGES = cachedPages(4);
const OWNERSHIP = ownership({ devices: 1, clients: 2, objects: 1, pages: 1, rights: 1 }, SHIPPED);
const MODELS: readonly (readonly [string, Model])[] = [
  ["cached-pages", PAGES],
  ["ownership", OWNERSHIP],
];

describe.each(MODELS)("%s", (_, model) => {
  const plain = figures(explore(model, { keepGoing: true }));

  test("has the same figures when threads share the memory, whichever of them does a round", () => {
    expect(figures(sharedSearch(model, 3, {}))).toEqual(plain);
  });

  test("and with symmetry as many states", () => {
    const { states } = sharedSearch(model, 2, { symmetry: true });
    expect(states).toBe(plain.states);
  });

  test("has the same figures when states are in a file alone", () => {
    expect(figures(fileSearch(model, true).report)).toEqual(plain);
  });

  test.each([false, true])(
    "goes on from any checkpoint to the same figures (states in the file alone: %s)",
    (only) => {
      const { checkpoints } = fileSearch(model, only);
      expect(checkpoints.length).toBeGreaterThan(5);
      for (const each of checkpoints.filter((_, i) => i % 9 === 0)) {
        const memo = new Memo(model, new RuleLog(null, false));
        memo.log.restore(each.rules);
        const file = { file: each.file.copy(), only, from: each.progress };
        expect(figures(runToEnd(memo, file))).toEqual(plain);
      }
    },
  );

  test("shows shortest ways of the same length, however it is searched", () => {
    const lengths = (report: ExploreReport) => report.properties.map(({ trail }) => trail?.length ?? null);
    const wanted = lengths(explore(model, { keepGoing: true }));
    expect(lengths(sharedSearch(model, 2, {}))).toEqual(wanted);
    expect(lengths(fileSearch(model, true).report)).toEqual(wanted);
  });
});

describe("bitstate mode", () => {
  test("with room enough misses nothing, says how sure that is, and never calls itself complete", () => {
    const report = explore(PAGES, { bitstateBytes: 1 << 22 });
    expect(report).toMatchObject({ states: 7 ** 4 + 3, complete: false, stopped: null });
    expect(report.bitstate!.missProbability).toBeLessThan(1e-6);
    expect(report.properties.every(({ held }) => held === null)).toBe(true);
  });

  test("with too little room misses states, about as many as it says at most", () => {
    const pages = cachedPages(6);
    const { states, bitstate } = explore(pages, { bitstateBytes: 1 << 17 });
    const missed = 7 ** 6 + 3 - states;
    expect(missed).toBeGreaterThan(100);
    expect(bitstate!.expectedMissed).toBeGreaterThan(missed / 3);
  });
});

describe("bounds", () => {
  test("on memory end a search that needs more, and say so", () => {
    const report = explore(cachedPages(5), { memoryMax: 100_000, symmetry: false });
    expect(report).toMatchObject({ complete: false, stopped: "memory" });
    expect(report.properties[0]!.held).toBe(null);
  });

  test("on states are kept to within one step", () => {
    const { states, stopped } = explore(cachedPages(5), { statesMax: 1000 });
    expect(stopped).toBe("states");
    expect(states).toBeGreaterThanOrEqual(1000);
    expect(states).toBeLessThan(1000 + cachedPages(5).actions.length);
  });

  test("reached at the very end leave the search complete", () => {
    expect(explore(cachedPages(2), { statesMax: 1000, depthMax: 100 })).toMatchObject({
      complete: true,
      stopped: null,
    });
  });
});

/** A search whose rounds go from one thread's expander to the next, over one log and one memory. */
function sharedSearch(model: Model, workers: number, options: ExploreOptions): ExploreReport {
  const log = new RuleLog(null, true, 1 << 22);
  const memos = Array.from({ length: workers }, () => new Memo(model, log));
  const expanders = memos.map((memo) => new Expander(memo, options.symmetry === true));
  const search = new Search(memos[0]!, { ...options, keepGoing: true, workers }, expanders[0]!);
  let turn = 0;
  for (let round = search.nextRound(); round !== null; round = search.nextRound()) {
    turn += 1;
    const all = expanders.map((_, i) => expanders[(turn + i) % workers]!);
    const { space } = search;
    const results = all.map((expander) => {
      expander.use(space);
      return expander.run(round);
    });
    search.finish(round, results);
  }
  return reportOf(search);
}

function fileSearch(model: Model, only: boolean) {
  const memo = new Memo(model);
  const checkpoints: { progress: ReturnType<Search["save"]>; rules: Int32Array; file: ArrayFile }[] = [];
  const report = runToEnd(memo, { file: new ArrayFile(), only, from: null }, (search) => {
    const progress = search.save();
    const file = (search.memory.file as ArrayFile).copy();
    checkpoints.push({ progress, rules: memo.log.words.slice(0, memo.log.end), file });
  });
  return { report, checkpoints };
}

function runToEnd(memo: Memo, file: SearchFile, after: (search: Search) => void = () => {}): ExploreReport {
  const expander = new Expander(memo, false);
  const search = new Search(memo, { keepGoing: true }, expander, file);
  for (let round = search.nextRound(); round !== null; round = search.nextRound()) {
    expander.use(search.space);
    search.finish(round, [expander.run(round)]);
    after(search);
  }
  return reportOf(search);
}

class ArrayFile implements StateFile {
  #words: number[] = [];
  #parents: number[] = [];

  append(words: Uint32Array, parents: Int32Array): void {
    this.#words.push(...words);
    this.#parents.push(...parents);
  }

  read(first: number, into: Uint32Array): void {
    const each = this.#words.length / this.#parents.length;
    into.set(this.#words.slice(first * each, first * each + into.length));
  }

  readParents(first: number, into: Int32Array): void {
    into.set(this.#parents.slice(first, first + into.length));
  }

  anew(): ArrayFile {
    return new ArrayFile();
  }

  copy(): ArrayFile {
    const copy = new ArrayFile();
    copy.#words = [...this.#words];
    copy.#parents = [...this.#parents];
    return copy;
  }
}

function figures({ states, distinct, transitions, depth, complete, properties }: ExploreReport) {
  return { states, distinct, transitions, depth, complete, held: properties.map(({ held }) => held) };
}
