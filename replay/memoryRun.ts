import { decide } from "../core/decide.ts";
import { Folding } from "../core/evolve.ts";
import { type IommuState, initialState } from "../core/state.ts";
import type { Outcome } from "../events/outcome.ts";
import type { IommuEvent } from "../events/recordedEvent.ts";
import type { Family } from "../events/vocabulary/family.ts";
import type { SimulationSink, ToldStimulus } from "./simulate.ts";

/** A simulation that is kept nowhere: its events in order, each with its number. */
export class MemoryRun implements SimulationSink {
  readonly #folding: Folding;
  readonly events: IommuEvent[] = [];

  constructor(family: Family) {
    this.#folding = new Folding(initialState(family));
  }

  record({ stimulus }: ToldStimulus): readonly Outcome[] {
    const seq = this.events.length;
    const outcomes = decide(this.#folding, stimulus);
    this.events.push(stimulus, ...outcomes);
    for (const outcome of outcomes) this.#folding.apply(outcome, seq);
    return outcomes;
  }

  /** The state after everything that was recorded. */
  get state(): IommuState {
    return this.#folding.checkpoint();
  }
}
