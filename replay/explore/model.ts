import type { Stimulus } from "../../events/stimulus.ts";
import type { Family } from "../../events/vocabulary/family.ts";

/**
 * A bounded machine taken apart: its state is a row of component values, and each action says which of them it reads
 * and which it writes. That is all the engine knows of it, so that it can remember what an action makes of the values
 * that it reads, and apply it to every state that has them.
 */
export interface Model {
  readonly name: string;
  /** What was chosen: `{ pages: 7 }`. */
  readonly sizes: { readonly [what: string]: number };
  readonly components: readonly Component[];
  readonly actions: readonly Action[];
  readonly properties: readonly ModelProperty[];
  /** What may be exchanged without anybody noticing; absent: nothing. */
  readonly symmetry?: Symmetry;
  /** How a way through it is told as a boot; absent: its steps have no words in the recorded language. */
  readonly boot?: ModelBoot;
}

/** A way through a model in the recorded language. */
export interface ModelBoot {
  readonly family: Family;
  /** What leads to the initial state. */
  readonly prelude: readonly Stimulus[];
  /** What an action is told as, by its index and by what each component was before it. */
  readonly stimulusOf: (action: number, before: readonly unknown[]) => Stimulus;
}

/** One part of the state. Two values are the same part of a state exactly when their keys are equal. */
export interface Component {
  readonly name: string;
  /** Components of one kind show the same values, so that they can be told to be equal; absent: one of its own. */
  readonly kind?: string;
  readonly initial: unknown;
  readonly keyOf: (value: unknown) => string;
  /** What `values` a reader of a counterexample is told. */
  readonly textOf?: (value: unknown) => string;
}

/** Something that can happen. */
export interface Action {
  readonly name: string;
  /** Indexes of the components that decide whether it can happen and what comes of it. */
  readonly reads: readonly number[];
  /** Indexes of the components that it gives a new value; one that it does not read gets it whatever it was. */
  readonly writes: readonly number[];
  /** Values by `reads` to what comes of them; null: it cannot happen. */
  readonly step: (values: readonly unknown[]) => StepResult | null;
}

/** What an action comes to. */
export interface StepResult {
  /** The new values, by `writes`. */
  readonly values: readonly unknown[];
  /** Names of step properties that do not hold for it. */
  readonly broken?: readonly string[];
  /** Names of `sometimes` properties that it shows to be reachable. */
  readonly reached?: readonly string[];
}

/** A sentence about the model. One may stand in several parts with one name: it holds when all of them do. */
export type ModelProperty =
  | {
      readonly name: string;
      readonly kind: "always";
      readonly requirements: readonly string[];
      readonly reads: readonly number[];
      readonly holds: (values: readonly unknown[]) => boolean;
    }
  | {
      readonly name: string;
      /** `step`: an action's `broken` tells; `sometimes`: its `reached`. */
      readonly kind: "step" | "sometimes";
      readonly requirements: readonly string[];
    };

/** Exchanges under which the model is the same. */
export type Symmetry =
  /** Components that may stand in any order, none of which names another: their ids are sorted. */
  | { readonly kind: "columns"; readonly columns: readonly number[] }
  /** Every exchange by itself, the identity left out: the least of all images is kept. */
  | { readonly kind: "exchanges"; readonly exchanges: readonly Exchange[] };

/** Where each component goes, and what becomes of a value on the way: names in it change places, too. */
export interface Exchange {
  readonly to: readonly number[];
  readonly imageOf: (component: number, value: unknown) => unknown;
}
