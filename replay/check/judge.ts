import { guestStep } from "../../core/properties/guests.ts";
import type {
  AlwaysProperty,
  EventuallyProperty,
  MachineStep,
  SafetyProperty,
  SometimesProperty,
  StepProperty,
} from "../../core/properties/property.ts";
import type { IommuState } from "../../core/state.ts";

/** What is known of a life so far. */
export interface Trial {
  /** Names of sentences that it has broken. */
  readonly broken: readonly string[];
  /** What it has begun and not ended, by place among the `eventually` sentences: how many steps are left; null: nothing. */
  readonly pending: readonly (number | null)[];
}

/** Holds lives to sentences, step by step; each sentence is asked only of steps that can break it. */
export class Judge {
  readonly #always: readonly AlwaysProperty[];
  readonly #step: readonly StepProperty[];
  readonly #eventually: readonly EventuallyProperty[];
  readonly #byStimulus = new Map<string, readonly StepProperty[]>();
  readonly #byOutcome = new Map<string, readonly StepProperty[]>();
  #sought: readonly SometimesProperty[];
  /** Names of `sometimes` sentences that some step has shown. */
  readonly shown = new Set<string>();

  constructor(properties: readonly SafetyProperty[]) {
    this.#always = properties.filter((each) => each.kind === "always");
    this.#step = properties.filter((each) => each.kind === "step");
    this.#eventually = properties.filter((each) => each.kind === "eventually");
    this.#sought = properties.filter((each) => each.kind === "sometimes");
  }

  /** A life that begins in a state. */
  begin(state: IommuState): Trial {
    const broken = this.#always.flatMap(({ name, holds }) => (holds(state) ? [] : [name]));
    return { broken, pending: this.#eventually.map(() => null) };
  }

  /** What is known after one more step; the same object where nothing is new. */
  after(trial: Trial, step: MachineStep): Trial {
    let broken: string[] | null = null;
    const blame = (name: string): void => {
      broken ??= [...trial.broken];
      if (!broken.includes(name)) broken.push(name);
    };
    this.#hold(step, blame);
    if (step.before.vms.size > 0) {
      const inner = guestStep(step);
      if (inner !== null) this.#hold(inner, blame, true);
    }
    if (this.#sought.length > 0) this.#seek(step);
    const pending = this.#pendingAfter(trial.pending, step, blame);
    return broken === null && pending === trial.pending ? trial : { broken: broken ?? trial.broken, pending };
  }

  /** Names of everything that a life has broken once it is over: what was begun must have ended. */
  end({ broken, pending }: Trial): readonly string[] {
    if (pending.every((left) => left === null)) return broken;
    const names = this.#eventually.flatMap(({ name }, i) => (pending[i] === null ? [] : [name]));
    return [...new Set([...broken, ...names])];
  }

  #hold(step: MachineStep, blame: (name: string) => void, inGuest = false): void {
    for (const property of this.#asked(step.stimulus.kind))
      if (!(inGuest && property.hostAlone) && !property.holds(step)) blame(property.name);
    for (const { kind } of step.outcomes)
      for (const property of this.#askedOf(kind))
        if (
          property.stimuli?.includes(step.stimulus.kind) !== false &&
          !(inGuest && property.hostAlone) &&
          !property.holds(step)
        )
          blame(property.name);
    if (step.after !== step.before)
      for (const property of this.#always)
        if (isConcerned(property, step) && !property.holds(step.after)) blame(property.name);
  }

  #asked(kind: string): readonly StepProperty[] {
    let asked = this.#byStimulus.get(kind);
    if (asked === undefined) {
      asked = this.#step.filter(
        ({ stimuli, outcomes }) =>
          outcomes === undefined && (stimuli === undefined || (stimuli as readonly string[]).includes(kind)),
      );
      this.#byStimulus.set(kind, asked);
    }
    return asked;
  }

  #askedOf(outcome: string): readonly StepProperty[] {
    let asked = this.#byOutcome.get(outcome);
    if (asked === undefined) {
      asked = this.#step.filter(({ outcomes }) =>
        (outcomes as readonly string[] | undefined)?.includes(outcome),
      );
      this.#byOutcome.set(outcome, asked);
    }
    return asked;
  }

  #seek(step: MachineStep): void {
    for (const { name, shows } of this.#sought) if (shows(step)) this.shown.add(name);
    this.#sought = this.#sought.filter(({ name }) => !this.shown.has(name));
  }

  #pendingAfter(
    before: Trial["pending"],
    step: MachineStep,
    blame: (name: string) => void,
  ): Trial["pending"] {
    let now: (number | null)[] | null = null;
    for (const [i, { name, stimuli, begins, ends, counts, within }] of this.#eventually.entries()) {
      let left = before[i] ?? null;
      if (left === null) {
        if (stimuli?.includes(step.stimulus.kind) === false || !begins(step)) continue;
        left = within;
      } else if (counts(step)) left -= 1;
      if (ends(step)) left = null;
      else if (left <= 0) {
        blame(name);
        left = null;
      }
      if (left !== before[i]) {
        now ??= [...before];
        now[i] = left;
      }
    }
    return now ?? before;
  }
}

function isConcerned({ reads }: AlwaysProperty, { before, after }: MachineStep): boolean {
  if (reads === undefined) return true;
  for (const part of reads) if (before[part] !== after[part]) return true;
  return false;
}
