import type { MachineStep } from "../../core/properties/property.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import { stateDigest } from "../../core/stateDigest.ts";
import { printState, readState } from "../../core/stateText.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { Coverage, type CoverageCounts } from "./coverage.ts";
import { Judge, type Trial } from "./judge.ts";
import type { Life, StartupPlan } from "./life.ts";
import { type Rules, takeStep } from "./rules.ts";
import { goThrough } from "./startUp.ts";
import type { World } from "./world.ts";

/** What a life that was judged has broken. */
export interface Verdict {
  /** Names of sentences. */
  readonly broken: readonly string[];
  readonly steps: number;
}

/**
 * Lives lives by some rules and holds each step to sentences. Start-ups are few beside lives, and most begin alike: each
 * step of a start-up and of a known beginning is taken and judged once and kept in a tree, from which lives branch off.
 */
export class LifeRunner {
  readonly #rules: Rules;
  readonly #worlds: readonly World[];
  readonly #beginnings: readonly Beginning[];
  readonly #judge: Judge;
  readonly #roots: Moment[];
  readonly #started: Map<number, Moment>[];
  readonly #moments: Moment[] = [];
  #coverage = new Coverage();

  constructor(rules: Rules, worlds: readonly World[], judge: Judge = new Judge([])) {
    this.#rules = rules;
    this.#worlds = worlds;
    this.#judge = judge;
    this.#beginnings = worlds.map(beginningOf);
    this.#roots = worlds.map((world, w) => ({
      ...NO_MOMENT,
      state: world.state,
      seq: world.seq,
      trial: judge.begin(world.state),
      beginning: world.board === null ? this.#beginnings[w]! : null,
      told: null,
      next: null,
    }));
    this.#started = worlds.map(() => new Map());
  }

  /** Lives a life and counts what came up. */
  judge({ world: w, startup, happenings }: Life): Verdict {
    const world = this.#worlds[w]!;
    let moment = this.#start(w, startup);
    let i = 0;
    for (; i < happenings.length; i++) {
      const next = moment.next?.get(happenings[i]!) ?? this.#remember(moment, happenings[i]!, world);
      if (next === null) break;
      moment = next;
    }
    moment.visits += 1;
    let { state, seq, trial } = moment;
    const first = world.seq;
    for (; i < happenings.length; i++) {
      const step = stepOf(this.#rules, state, world.alphabet.stimulus(happenings[i]!), seq++);
      this.#coverage.add(step);
      trial = this.#judge.after(trial, step);
      state = step.after;
    }
    return { broken: this.#judge.end(trial), steps: seq - first };
  }

  /** Every step of a life. */
  steps({ world: w, startup, happenings }: Life): readonly MachineStep[] {
    const world = this.#worlds[w]!;
    const steps: MachineStep[] = [];
    let moment = this.#start(w, startup);
    let state = moment.state;
    for (; moment.step !== null; moment = moment.parent!) steps.unshift(moment.step);
    for (const code of happenings) {
      const step = stepOf(this.#rules, state, world.alphabet.stimulus(code), world.seq + steps.length);
      steps.push(step);
      state = step.after;
    }
    return steps;
  }

  /** Whether a life told again from a snapshot in its midst ends as it did; the snapshot goes through its text. */
  endsAlike({ world, cut }: Life, steps: readonly MachineStep[]): boolean {
    if (cut === null || steps.length === 0) return true;
    const from = cut % steps.length;
    let state = readState(printState(steps[from]!.after))!;
    for (let i = from + 1; i < steps.length; i++)
      state = takeStep(this.#rules, state, steps[i]!.stimulus, this.#worlds[world]!.seq + i).after;
    return stateDigest(state) === stateDigest(steps.at(-1)!.after);
  }

  /** Whether the same stimuli come to the same outcomes and the same digest when they are told again from the start. */
  goesAlike({ world: w }: Life, steps: readonly MachineStep[]): boolean {
    const world = this.#worlds[w]!;
    let { state } = world;
    for (const [i, { stimulus, outcomes }] of steps.entries()) {
      const step = takeStep(this.#rules, state, stimulus, world.seq + i);
      if (JSON.stringify(step.outcomes) !== JSON.stringify(outcomes)) return false;
      state = step.after;
    }
    return stateDigest(state) === stateDigest(steps.at(-1)?.after ?? world.state);
  }

  /** What came up since this was asked last. */
  takeCoverage(): CoverageCounts {
    // Those of a moment are also those of what led to it, and that was remembered before it.
    for (const moment of this.#moments.toReversed()) {
      if (moment.visits === 0) continue;
      this.#coverage.add(moment.step!, moment.visits);
      moment.parent!.visits += moment.visits;
      moment.visits = 0;
    }
    for (const root of this.#roots) root.visits = 0;
    const { counts } = this.#coverage;
    this.#coverage = new Coverage();
    return counts;
  }

  /** The moment after the start-up of a life. */
  #start(w: number, plan: StartupPlan): Moment {
    const { board } = this.#worlds[w]!;
    if (board === null) return this.#roots[w]!;
    const key = keyOf(plan);
    const known = this.#started[w]!.get(key);
    if (known !== undefined) return known;
    let moment = this.#roots[w]!;
    goThrough(
      board,
      plan,
      () => moment.state,
      (what, stimulus) => {
        const told = moment.told?.get(what) ?? this.#after(moment, stimulus(), null);
        moment.told ??= new Map();
        moment.told.set(what, told);
        moment = told;
      },
    );
    // What starts with trouble seldom starts the same way again: nothing of it is worth remembering.
    if (isPlain(plan)) moment.beginning = this.#beginnings[w]!;
    this.#started[w]!.set(key, moment);
    return moment;
  }

  /** The moment after one of the known beginnings has gone on; null: this is none. */
  #remember(moment: Moment, code: number, { alphabet }: World): Moment | null {
    const beginning = moment.beginning?.next.get(code);
    if (beginning === undefined || this.#moments.length >= MOMENTS_MAX) return null;
    const next = this.#after(moment, alphabet.stimulus(code), beginning);
    moment.next ??= new Map();
    moment.next.set(code, next);
    return next;
  }

  #after(moment: Moment, stimulus: Stimulus, beginning: Beginning | null): Moment {
    const step = stepOf(this.#rules, moment.state, stimulus, moment.seq);
    const next: Moment = {
      step,
      state: step.after,
      seq: moment.seq + 1,
      trial: this.#judge.after(moment.trial, step),
      parent: moment,
      beginning,
      told: null,
      next: null,
      visits: 0,
    };
    this.#moments.push(next);
    return next;
  }
}

/** A moment that many lives share, and those that may follow it. */
interface Moment {
  /** Null: nothing has happened yet. */
  readonly step: MachineStep | null;
  readonly state: IommuState;
  readonly seq: number;
  readonly trial: Trial;
  readonly parent: Moment | null;
  /** Where it lies in the known beginnings; null: in none. */
  beginning: Beginning | null;
  told: Map<string, Moment> | null;
  next: Map<number, Moment> | null;
  /** How many lives branched off here and were not counted yet. */
  visits: number;
}

const NO_MOMENT = {
  step: null,
  state: initialState("ideal"),
  seq: 0,
  trial: { broken: [], pending: [] },
  parent: null,
  visits: 0,
} satisfies Partial<Moment>;

const MOMENTS_MAX = 60_000;

interface Beginning {
  readonly next: ReadonlyMap<number, Beginning>;
}

function beginningOf({ prologues }: World): Beginning {
  interface Growing {
    readonly next: Map<number, Growing>;
  }
  const root: Growing = { next: new Map() };
  for (const { codes } of prologues) {
    let at = root;
    for (const code of codes) {
      const next = at.next.get(code) ?? { next: new Map() };
      at.next.set(code, next);
      at = next;
    }
  }
  return root;
}

function isPlain({ configError, elaborate, bad, early }: StartupPlan): boolean {
  return !configError && !elaborate && bad === null && early === null;
}

function keyOf({ service, guest, safety, configError, elaborate, bad, early }: StartupPlan): number {
  let key = service === "smmuman" ? 0 : 1;
  key = key * 2 + (guest ? 1 : 0);
  key = key * 3 + ["none", "warn", "required"].indexOf(safety);
  key = key * 2 + (configError ? 1 : 0);
  key = key * 2 + (elaborate ? 1 : 0);
  key = key * 1000 + (bad === null ? 0 : bad.step * 8 + bad.how + 1);
  return key * 1000 + (early === null ? 0 : early.step * 8 + early.device + 1);
}

/** The stimuli of a life, start-up included, as the rules lead to them; those that led to its world come first. */
export function stimuliOf(life: Life, rules: Rules, worlds: readonly World[]): readonly Stimulus[] {
  const steps = new LifeRunner(rules, worlds).steps(life);
  return [...worlds[life.world]!.told, ...steps.map(({ stimulus }) => stimulus)];
}

function stepOf(rules: Rules, before: IommuState, stimulus: Stimulus, at: number): MachineStep {
  const { outcomes, after } = takeStep(rules, before, stimulus, at);
  return { before, stimulus, outcomes, after };
}
