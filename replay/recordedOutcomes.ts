import { canonicalJson, type Json } from "../base/canonicalJson.ts";
import type { Outcome } from "../events/outcome.ts";
import { isOutcome, type RecordedEvent } from "../events/recordedEvent.ts";

/** What was recorded of a stimulus beside what today's rules make of it. */
export interface OutcomeDifference {
  readonly seq: number;
  readonly recorded: readonly Json[];
  readonly today: readonly Json[];
}

/** Compares the outcomes that a simulation recorded with those that today's rules decide. */
export class RecordedOutcomes {
  readonly #tell: (difference: OutcomeDifference) => void;
  #stimulus: number | null = null;
  #today: readonly Outcome[] = [];
  #recorded: Outcome[] = [];

  constructor(tell: (difference: OutcomeDifference) => void) {
    this.#tell = tell;
  }

  /** Takes an event; `decided`: what today's rules make of it, where it is a stimulus. */
  take({ seq, event }: RecordedEvent, decided: readonly Outcome[]): void {
    if (isOutcome(event)) {
      this.#recorded.push(event);
      return;
    }
    this.end();
    this.#stimulus = seq;
    this.#today = decided;
    this.#recorded = [];
  }

  /** The last stimulus has all its outcomes. */
  end(): void {
    if (this.#stimulus === null) return;
    const recorded = this.#recorded as unknown as readonly Json[];
    const today = this.#today as unknown as readonly Json[];
    if (canonicalJson(recorded) !== canonicalJson(today))
      this.#tell({ seq: this.#stimulus, recorded, today });
    this.#stimulus = null;
  }
}
