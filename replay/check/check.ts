import fc from "fast-check";
import type { MachineStep, SafetyProperty } from "../../core/properties/property.ts";
import { Coverage } from "./coverage.ts";
import type { Life } from "./life.ts";
import { lives } from "./lifeArbitrary.ts";
import { LifeRunner } from "./liveLife.ts";
import { type Rules, SHIPPED } from "./rules.ts";

/** What a check runs. */
export interface CheckOptions {
  readonly properties: readonly SafetyProperty[];
  readonly runs: number;
  readonly seed: number;
  /** Only the life at this place of that seed, as a failure names it. */
  readonly path?: string;
  /** Other rules than those that ship, for a mutant. */
  readonly rules?: Rules;
  /** Stop at the first sentence that does not hold. */
  readonly first?: boolean;
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
  readonly coverage: { readonly [what: string]: number };
  /** What lives can show and these did not. */
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
  readonly failure: { readonly life: Life; readonly path: string } | null;
}

/** The sentence that a life told from a snapshot ends as it did, which no single step shows (G-8 has no say in it). */
export const REPLAY_SENTENCE = "a life told again from any of its snapshots ends in the same state";

/** Below so many lives nothing is said of what did not happen. */
const RUNS_TO_SHOW = 1000;

/** Lives as many lives as it is told, and holds every step of each to every sentence. */
export function check(options: CheckOptions): CheckReport {
  const { properties, rules = SHIPPED, seed } = options;
  const runner = new LifeRunner(rules);
  const watcher = new Watcher(properties, runner, options.onProgress);
  const failures = new Map<string, { readonly life: Life; readonly path: string; readonly runs: number }>();
  let runs = 0;
  for (;;) {
    const all = run(options, (life) => watcher.broken(life, failures) === null);
    runs = Math.max(runs, all.numRuns);
    if (!all.failed) break;
    // Shrunk for the one sentence that broke first: another one that a smaller life breaks is another failure.
    const name = watcher.broken(all.counterexample![0], failures);
    const one = name === null ? all : run(options, (life) => !watcher.breaks(life, name));
    // A life that does not go the same way twice breaks the sentence that all replay rests on.
    const found = one.failed ? one : all;
    const sentence = name !== null && one.failed ? name : REPLAY_SENTENCE;
    failures.set(sentence, {
      life: found.counterexample![0],
      path: found.counterexamplePath ?? "",
      runs: found.numRuns,
    });
    if (sentence === REPLAY_SENTENCE) break;
    if (options.first || options.path !== undefined) break;
  }
  const sentences = [...properties, REPLAY];
  return {
    seed,
    runs,
    steps: watcher.steps,
    properties: sentences.map(({ name, kind, requirements }) => {
      const failure = failures.get(name) ?? null;
      const shown = watcher.shown.has(name) ? true : runs >= RUNS_TO_SHOW ? false : null;
      return {
        name,
        kind,
        requirements,
        held: kind === "sometimes" ? shown : failure === null,
        runs: failure?.runs ?? runs,
        failure: failure === null ? null : { life: failure.life, path: failure.path },
      };
    }),
    coverage: watcher.coverage.counts,
    missing: runs >= RUNS_TO_SHOW ? watcher.coverage.missing : [],
  };
}

const REPLAY: Pick<SafetyProperty, "name" | "kind" | "requirements"> = {
  name: REPLAY_SENTENCE,
  kind: "always",
  requirements: ["contract 1 replay"],
};

function run({ seed, runs: numRuns, path }: CheckOptions, holds: (life: Life) => boolean) {
  return fc.check(fc.property(lives, holds), { seed, numRuns, ...(path === undefined ? {} : { path }) });
}

/** Looks at lives: which sentence breaks first, and what was seen. */
class Watcher {
  readonly coverage = new Coverage();
  readonly shown = new Set<string>();
  steps = 0;
  #lives = 0;
  // Steps of start-ups that many lives share and that hold.
  readonly #judged = new WeakSet<MachineStep>();
  readonly #runner: LifeRunner;
  readonly #onProgress: CheckOptions["onProgress"];
  readonly #properties: readonly SafetyProperty[];

  constructor(
    properties: readonly SafetyProperty[],
    runner: LifeRunner,
    onProgress: CheckOptions["onProgress"],
  ) {
    this.#properties = properties;
    this.#runner = runner;
    this.#onProgress = onProgress;
  }

  /** The first sentence that a life breaks, of those that are not known to break; null: none. */
  broken(life: Life, known: ReadonlyMap<string, unknown>): string | null {
    const { steps, startup } = this.#runner.live(life);
    if (++this.#lives % 1024 === 0) this.#onProgress?.(this.#lives);
    this.steps += steps.length;
    const isNew = !this.#judged.has(steps[startup - 1]!);
    for (const [i, step] of steps.entries()) {
      if (i < startup && this.#judged.has(step)) continue;
      this.coverage.add(step);
      for (const property of this.#properties) {
        if (property.kind === "sometimes") {
          if (!this.shown.has(property.name) && property.shows(step)) this.shown.add(property.name);
        } else if (!known.has(property.name) && fails(property, step)) return property.name;
      }
      if (i < startup) this.#judged.add(step);
    }
    for (const property of this.#properties)
      if (
        property.kind === "eventually" &&
        isNew &&
        !known.has(property.name) &&
        !comesToPass(property, steps)
      )
        return property.name;
    if (!known.has(REPLAY_SENTENCE) && !this.#runner.endsAlike(life, steps, startup)) return REPLAY_SENTENCE;
    return null;
  }

  /** Whether a life breaks a sentence. */
  breaks(life: Life, name: string): boolean {
    const { steps, startup } = this.#runner.live(life);
    if (name === REPLAY_SENTENCE) return !this.#runner.endsAlike(life, steps, startup);
    const property = this.#properties.find((each) => each.name === name)!;
    if (property.kind === "eventually") return !comesToPass(property, steps);
    return steps.some((step) => fails(property, step));
  }
}

function fails(property: SafetyProperty, step: MachineStep): boolean {
  switch (property.kind) {
    case "always":
      return !property.holds(step.after);
    case "step":
      return !property.holds(step);
    default:
      return false;
  }
}

/** Whatever begins ends within its bound, or the life is over while it still may: then it must have been answered in full. */
function comesToPass(
  { begins, ends, counts, within }: Extract<SafetyProperty, { kind: "eventually" }>,
  steps: readonly MachineStep[],
): boolean {
  let left: number | null = null;
  for (const step of steps) {
    if (left === null && begins(step)) left = within;
    else if (left !== null && counts(step)) left -= 1;
    if (ends(step)) left = null;
    if (left === 0) return false;
  }
  // A start-up of a life is always gone through to its end.
  return left === null;
}
