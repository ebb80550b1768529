import { decide, viewOf } from "../../core/decide.ts";
import { Folding } from "../../core/evolve.ts";
import type { MachineView } from "../../core/machineView.ts";
import { BY_SHAPE } from "../../core/shapeDraft.ts";
import type { IommuState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";

/** The rules that a check or a search runs: the shipped ones, but for a mutant that must be noticed. */
export interface Rules {
  readonly decide: (view: MachineView, stimulus: Stimulus) => readonly Outcome[];
  /** The state after all outcomes of one stimulus. */
  readonly evolve: (state: IommuState, outcomes: readonly Outcome[], at: number) => IommuState;
}

/** What ships. */
export const SHIPPED: Rules = {
  decide,
  evolve: (state, outcomes, at) => {
    if (outcomes.length === 0) return state;
    const folding = new Folding(state, undefined, BY_SHAPE);
    for (const outcome of outcomes) folding.apply(outcome, at);
    return folding.finish();
  },
};

/** One stimulus by these rules. */
export function takeStep(
  { decide, evolve }: Rules,
  before: IommuState,
  stimulus: Stimulus,
  at: number,
): { readonly outcomes: readonly Outcome[]; readonly after: IommuState } {
  const outcomes = decide(viewOf(before), stimulus);
  return { outcomes, after: evolve(before, outcomes, at) };
}
