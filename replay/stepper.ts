import { assert } from "../base/assert.ts";
import { decide } from "../core/decide.ts";
import { Folding, type RevocationListener } from "../core/evolve.ts";
import type { IommuState } from "../core/state.ts";
import type { Outcome } from "../events/outcome.ts";
import { isOutcome, type RecordedEvent } from "../events/recordedEvent.ts";

const NO_OUTCOMES: readonly Outcome[] = [];

/**
 * Folds a boot event by event. In a boot whose outcomes are derived each stimulus is decided anew and its outcomes
 * applied; in one whose outcomes are recorded the recorded ones are applied, and `expected` tells what today's rules say.
 */
export class Stepper {
  readonly folding: Folding;
  readonly #derive: boolean;

  constructor(state: IommuState, outcomes: "derived" | "recorded", onRevoked?: RevocationListener) {
    this.folding = new Folding(state, onRevoked);
    this.#derive = outcomes === "derived";
  }

  /** Applies one event; returns what the machine makes of it by today's rules. */
  step(recorded: RecordedEvent): readonly Outcome[] {
    const { event, seq } = recorded;
    if (isOutcome(event)) {
      assert(!this.#derive, `event ${seq} is a recorded outcome in a boot whose outcomes are derived`);
      this.folding.apply(event, recorded.cause ?? seq);
      return NO_OUTCOMES;
    }
    const outcomes = decide(this.folding, event);
    if (this.#derive) for (const outcome of outcomes) this.folding.apply(outcome, seq);
    return outcomes;
  }
}
