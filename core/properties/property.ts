import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { IommuState } from "../state.ts";

/** One stimulus, what was made of it, and the machine on both sides. */
export interface MachineStep {
  readonly before: IommuState;
  readonly stimulus: Stimulus;
  readonly outcomes: readonly Outcome[];
  readonly after: IommuState;
}

interface Sentence {
  /** What holds, as a sentence. */
  readonly name: string;
  /** The requirements it rests on. */
  readonly requirements: readonly string[];
}

/** Holds in every state. */
export interface AlwaysProperty extends Sentence {
  readonly kind: "always";
  /** The parts of the state that it depends on, so that nobody need ask again where they are the same; absent: all. */
  readonly reads?: readonly (keyof IommuState)[];
  readonly holds: (state: IommuState) => boolean;
}

/** Holds of every step. It holds by itself of those that its `stimuli` and `outcomes` leave out, so nobody need ask. */
export interface StepProperty extends Sentence {
  readonly kind: "step";
  /** Only steps of these stimuli can break it; absent: any. */
  readonly stimuli?: readonly Stimulus["kind"][];
  /** Only steps with one of these outcomes can break it; absent: any. */
  readonly outcomes?: readonly Outcome["kind"][];
  /** It says nothing of the machine in a VM, in which its vdev and its host have a say, too. */
  readonly hostAlone?: true;
  readonly holds: (step: MachineStep) => boolean;
}

/** Once a step has begun it, some step ends it before `within` further ones that could have are over. */
export interface EventuallyProperty extends Sentence {
  readonly kind: "eventually";
  /** Only steps of these stimuli can begin it; absent: any. */
  readonly stimuli?: readonly Stimulus["kind"][];
  readonly begins: (step: MachineStep) => boolean;
  readonly ends: (step: MachineStep) => boolean;
  /** Whether a step counts against the bound. */
  readonly counts: (step: MachineStep) => boolean;
  readonly within: number;
}

/** Some step shows it: without such a sentence a check could pass because nothing ever happened. */
export interface SometimesProperty extends Sentence {
  readonly kind: "sometimes";
  readonly shows: (step: MachineStep) => boolean;
}

/** A sentence about the machine. */
export type SafetyProperty = AlwaysProperty | StepProperty | EventuallyProperty | SometimesProperty;
