import fc from "fast-check";
import { FROM_SNAPSHOTS, LIVES_ON, SAME_AGAIN } from "../../core/properties/lives.ts";
import type { SafetyProperty } from "../../core/properties/property.ts";
import type { CoverageCounts } from "./coverage.ts";
import { Judge } from "./judge.ts";
import type { Life } from "./life.ts";
import { LifeArbitrary } from "./lifeArbitrary.ts";
import { LifeRunner, type Verdict } from "./liveLife.ts";
import type { Rules } from "./rules.ts";
import { brokenByTexts, type ConfigurationReader } from "./texts.ts";
import type { World } from "./world.ts";

/** How many lives are lived in one go, under a seed of their own: whoever lives them, they are the same. */
export const CHUNK = 1000;

/** What a chunk of lives showed: plain data, which may come from another thread. */
export interface ChunkResult {
  readonly chunk: number;
  readonly lives: number;
  readonly steps: number;
  readonly coverage: CoverageCounts;
  /** Names of `sometimes` sentences that these lives, or earlier ones here, have shown. */
  readonly shown: readonly string[];
  /** The first life to break each sentence that one broke. */
  readonly broken: readonly { readonly name: string; readonly life: number }[];
}

/** The smallest life that breaks a sentence, and where it is found again. */
export interface Counterexample {
  readonly life: Life;
  readonly path: string;
}

/** Lives lives of some worlds by some rules. Life `n` of a seed is the same whatever was lived before it. */
export class Checker {
  readonly #arbitrary: LifeArbitrary;
  readonly #runner: LifeRunner;
  readonly #judge: Judge;
  readonly #rules: Rules;
  readonly #worlds: readonly World[];
  readonly #properties: readonly SafetyProperty[];

  readonly #read: ConfigurationReader | null;

  /** `read`: how configurations are read; null: lives of texts break nothing. */
  constructor(
    properties: readonly SafetyProperty[],
    rules: Rules,
    worlds: readonly World[],
    read: ConfigurationReader | null = null,
  ) {
    this.#read = read;
    this.#properties = properties;
    this.#rules = rules;
    this.#worlds = worlds;
    this.#judge = new Judge(properties);
    this.#runner = new LifeRunner(rules, worlds, this.#judge);
    this.#arbitrary = new LifeArbitrary(worlds);
  }

  /** Lives the first `lives` lives of a chunk; `first`: no further than the first one that breaks a sentence. */
  chunk(seed: number, chunk: number, lives: number, first = false): ChunkResult {
    const broken = new Map<string, number>();
    let n = chunk * CHUNK;
    let steps = 0;
    this.#each({ seed: seedOf(seed, chunk), numRuns: lives, endOnFailure: true }, (life) => {
      const verdict = this.#verdict(life, life.cut !== null || this.#isOfTexts(life));
      steps += verdict.steps;
      for (const name of verdict.broken) if (!broken.has(name)) broken.set(name, n);
      n += 1;
      return !first || broken.size === 0;
    });
    return this.#result(chunk, n - chunk * CHUNK, steps, broken);
  }

  /** The one life at a path, with all that it breaks. */
  at(seed: number, path: string): ChunkResult {
    const { chunk, life: n, path: own } = placeOf(path);
    const broken = new Map<string, number>();
    let steps = 0;
    this.#each({ seed: seedOf(seed, chunk), path: own, numRuns: 1, endOnFailure: true }, (life) => {
      const verdict = this.#verdict(life, true);
      steps = verdict.steps;
      for (const name of verdict.broken) broken.set(name, n);
      return true;
    });
    return this.#result(chunk, 1, steps, broken);
  }

  /** The smallest life that breaks a sentence as the one at `path` does; where that one does not do so again, itself. */
  shrink(seed: number, path: string, name: string): Counterexample & { readonly again: boolean } {
    const { chunk, path: own } = placeOf(path);
    let first: Life | null = null;
    const found = this.#each({ seed: seedOf(seed, chunk), path: own, numRuns: 1 }, (life) => {
      first ??= life;
      return !this.#breaks(life, name);
    });
    if (!found.failed || found.counterexample === null) return { life: first!, path, again: false };
    const life = found.counterexample[0];
    return { life, path: globalPath(chunk, found.counterexamplePath ?? own), again: true };
  }

  #each(parameters: fc.Parameters<[Life]>, holds: (life: Life) => boolean): fc.RunDetails<[Life]> {
    const details = fc.check(fc.property(this.#arbitrary, holds), parameters);
    // Nothing here throws but what a user's own sentence throws.
    if (details.failed && details.errorInstance instanceof SentenceError) throw details.errorInstance;
    return details;
  }

  #result(chunk: number, lives: number, steps: number, broken: ReadonlyMap<string, number>): ChunkResult {
    return {
      chunk,
      lives,
      steps,
      coverage: this.#runner.takeCoverage(),
      shown: [...this.#judge.shown],
      broken: [...broken].map(([name, life]) => ({ name, life })),
    };
  }

  #verdict(life: Life, asAWhole: boolean): Verdict {
    try {
      const verdict = this.#runner.judge(life);
      if (!asAWhole) return verdict;
      return { ...verdict, broken: [...new Set([...verdict.broken, ...this.#brokenAsAWhole(life)])] };
    } catch (error) {
      if (error instanceof SentenceError) throw error;
      return { steps: 0, broken: [LIVES_ON.name] };
    }
  }

  #isOfTexts({ world }: Life): boolean {
    return this.#worlds[world]!.isOfTexts === true;
  }

  #brokenAsAWhole(life: Life): readonly string[] {
    if (this.#isOfTexts(life))
      return this.#read === null
        ? []
        : brokenByTexts(life, this.#worlds[life.world]!, this.#rules, this.#read);
    const steps = this.#runner.steps(life);
    const broken: string[] = [];
    if (!this.#runner.endsAlike(life, steps)) broken.push(FROM_SNAPSHOTS.name);
    if (!this.#runner.goesAlike(life, steps)) broken.push(SAME_AGAIN.name);
    return broken;
  }

  #breaks(life: Life, name: string): boolean {
    try {
      // What is remembered of beginnings was judged by all sentences; here one alone is asked, of rules that may not go alike.
      const property = this.#properties.find((each) => each.name === name);
      if (property === undefined) return this.#brokenAsAWhole(life).includes(name);
      const judge = new Judge([property]);
      return new LifeRunner(this.#rules, this.#worlds, judge).judge(life).broken.length > 0;
    } catch (error) {
      if (error instanceof SentenceError) throw error;
      return name === LIVES_ON.name;
    }
  }
}

/** A sentence of a user's that does not hold or break but throws. */
export class SentenceError extends Error {
  override readonly name = "SentenceError";
}

/** Where life `n` of a seed lies: paths count lives from the first of the seed, fast-check from the first of a chunk. */
function placeOf(path: string): { readonly chunk: number; readonly life: number; readonly path: string } {
  const [first = "0", ...rest] = path.split(":");
  const life = Number(first);
  const chunk = Math.floor(life / CHUNK);
  return { chunk, life, path: [life - chunk * CHUNK, ...rest].join(":") };
}

function globalPath(chunk: number, path: string): string {
  const [first = "0", ...rest] = path.split(":");
  return [Number(first) + chunk * CHUNK, ...rest].join(":");
}

/** A seed for each chunk; that of the first is the seed itself. */
function seedOf(seed: number, chunk: number): number {
  return chunk === 0 ? seed : (Math.imul(chunk, 0x9e37_79b1) ^ seed) | 0;
}
