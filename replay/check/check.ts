import { LIFE_SENTENCES, SAME_AGAIN } from "../../core/properties/lives.ts";
import type { SafetyProperty } from "../../core/properties/property.ts";
import { CHUNK, Checker, type ChunkResult, type Counterexample } from "./checker.ts";
import { Coverage, type CoverageCounts } from "./coverage.ts";
import { neverReached } from "./reachable.ts";
import { type Rules, SHIPPED } from "./rules.ts";
import type { ConfigurationReader } from "./texts.ts";
import type { World } from "./world.ts";
import { smallWorlds } from "./worlds.ts";

/** What a check runs. */
export interface CheckOptions {
  readonly properties: readonly SafetyProperty[];
  readonly runs: number;
  readonly seed: number;
  /** Only the life at this place of that seed, as a failure names it. */
  readonly path?: string;
  /** Other rules than those that ship, for a mutant. */
  readonly rules?: Rules;
  /** Stop at the first life that breaks a sentence. */
  readonly first?: boolean;
  /** Where lives take place; absent: small boards and recordings. */
  readonly worlds?: readonly World[];
  /** How configurations are read; absent: nothing is said of their texts. */
  readonly read?: ConfigurationReader;
  /** Told now and then how many lives are over. */
  readonly onProgress?: (runs: number) => void;
}

/** What a check found. */
export interface CheckReport {
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
  readonly properties: readonly PropertyVerdict[];
  /** How often each kind of event and each outcome of a rule came up. */
  readonly coverage: CoverageCounts;
  /** What lives can show and these did not: `group: what`. */
  readonly missing: readonly string[];
}

/** What a check says of a sentence. */
export interface PropertyVerdict {
  readonly name: string;
  readonly kind: SafetyProperty["kind"];
  readonly requirements: readonly string[];
  /** Of a `sometimes` sentence: it was shown. Null: it was not, in too few lives to say more. */
  readonly held: boolean | null;
  readonly runs: number;
  /** The smallest life that breaks it, and where it is found again. */
  readonly failure: Counterexample | null;
}

/** Below so many lives nothing is said of what did not happen. */
export const RUNS_TO_SHOW = 5000;

/** Lives as many lives as it is told, and holds every step of each to every sentence. */
export function check(options: CheckOptions): CheckReport {
  const { properties, rules = SHIPPED, seed, path, worlds = smallWorlds() } = options;
  const checker = new Checker(properties, rules, worlds, options.read ?? null);
  const tally = new Tally();
  if (path !== undefined) tally.add(checker.at(seed, path));
  else
    for (const { chunk, lives } of chunksOf(options.runs)) {
      tally.add(checker.chunk(seed, chunk, lives, options.first));
      options.onProgress?.(tally.lives);
      if (options.first === true && tally.broken.size > 0) break;
    }
  return reportOf(tally, options, checker, worlds);
}

/** Lives in chunks, from chunk `first` on. */
export function* chunksOf(
  runs: number,
  first = 0,
): Generator<{ readonly chunk: number; readonly lives: number }> {
  for (let chunk = first; chunk * CHUNK < runs; chunk++)
    yield { chunk, lives: Math.min(CHUNK, runs - chunk * CHUNK) };
}

/** What all chunks showed so far; the order in which they are added does not matter. */
export class Tally {
  lives = 0;
  steps = 0;
  readonly #coverage = new Coverage();
  readonly shown = new Set<string>();
  /** The first life to break each sentence. */
  readonly broken = new Map<string, number>();

  /** Adds a chunk, or what was tallied elsewhere. */
  add({ lives, steps, coverage, shown, broken }: Omit<ChunkResult, "chunk">): void {
    this.lives += lives;
    this.steps += steps;
    this.#coverage.addAll(coverage);
    for (const name of shown) this.shown.add(name);
    for (const { name, life } of broken) this.broken.set(name, Math.min(life, this.broken.get(name) ?? life));
  }

  /** As plain data, to be added again later. */
  get result(): Omit<ChunkResult, "chunk"> {
    const { lives, steps, shown, broken } = this;
    return {
      lives,
      steps,
      coverage: this.#coverage.counts,
      shown: [...shown].sort(),
      broken: [...broken].map(([name, life]) => ({ name, life })),
    };
  }
}

/** The report of what was tallied: each broken sentence with the smallest life that breaks it. */
export function reportOf(
  tally: Tally,
  { properties, seed, path, first }: Pick<CheckOptions, "properties" | "seed" | "path" | "first">,
  checker: Checker,
  worlds: readonly World[],
): CheckReport {
  const failures = new Map<string, Counterexample & { readonly runs: number }>();
  const inOrder = [...tally.broken].sort(([, a], [, b]) => a - b);
  for (const [name, life] of first === true ? inOrder.slice(0, 1) : inOrder) {
    const { again, ...counterexample } = checker.shrink(seed, path ?? `${life}`, name);
    // A life that does not go the same way twice breaks the sentence that all replay rests on.
    const sentence = again ? name : SAME_AGAIN.name;
    if (!failures.has(sentence)) failures.set(sentence, { ...counterexample, runs: life + 1 });
  }
  const { lives: runs, steps, result } = tally;
  const isEnough = path === undefined && runs >= RUNS_TO_SHOW;
  return {
    seed,
    runs,
    steps,
    properties: [...properties, ...LIFE_SENTENCES].map(({ name, kind, requirements }) => {
      const failure = failures.get(name) ?? null;
      const shown = tally.shown.has(name) ? true : isEnough ? false : null;
      return {
        name,
        kind,
        requirements,
        held: kind === "sometimes" ? shown : failure === null,
        runs: path === undefined ? (failure?.runs ?? runs) : runs,
        failure: failure === null ? null : { life: failure.life, path: failure.path },
      };
    }),
    coverage: result.coverage,
    missing: isEnough ? neverReached(worlds, result.coverage) : [],
  };
}
