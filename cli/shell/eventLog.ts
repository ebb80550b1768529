import { assert } from "../../base/assert.ts";
import { Folding } from "../../core/evolve.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import { type BootHeader, isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import { eventBlocks } from "../../replay/bootEvents.ts";
import { stateBefore } from "../../replay/replayBoot.ts";
import type { ToldStimulus } from "../../replay/simulate.ts";
import { Stepper } from "../../replay/stepper.ts";
import type { BootReader } from "../../store/eventStore.ts";

/** Events in order, from 0; a log that grows does so at its end alone. */
export interface EventLog {
  readonly header: BootHeader;
  readonly length: number;
  /** The events from `from` to just before `to`. */
  events(from: number, to: number): Iterable<RecordedEvent>;
  /** The machine after the first `count` events. */
  stateAfter(count: number): IommuState;
}

/** A stored boot as a log. */
export class StoredLog implements EventLog {
  readonly reader: BootReader;
  // Who goes through a log asks for one event after another.
  #block: readonly RecordedEvent[] = [];

  constructor(reader: BootReader) {
    this.reader = reader;
  }

  get header(): BootHeader {
    return this.reader.info.header;
  }

  get length(): number {
    return this.reader.info.events;
  }

  *events(from: number, to: number): Iterable<RecordedEvent> {
    for (let at = from; at < Math.min(to, this.length); ) {
      const block = this.#blockAt(at);
      for (let i = at - block[0]!.seq; i < block.length && at < to; i++, at++) yield block[i]!;
    }
  }

  stateAfter(count: number): IommuState {
    return stateBefore(this.reader, count);
  }

  /** Events that follow one another, that of `seq` among them. */
  #blockAt(seq: number): readonly RecordedEvent[] {
    const first = this.#block[0]?.seq ?? 0;
    if (seq < first || seq >= first + this.#block.length) {
      this.#block = [];
      for (const block of eventBlocks(this.reader, seq)) {
        this.#block = block;
        break;
      }
    }
    assert(this.#block.length > 0, `a boot of ${this.length} events has one of seq ${seq}`);
    return this.#block;
  }
}

/** The first events of another log, and its own after them. */
export class BranchLog implements EventLog {
  readonly header: BootHeader;
  readonly #trunk: EventLog | null;
  readonly #shared: number;
  readonly #own: RecordedEvent[] = [];
  #folding: Folding | null = null;

  /** Shares the first `shared` events of `trunk`. */
  constructor(header: BootHeader, trunk: EventLog | null, shared: number) {
    this.header = header;
    this.#trunk = trunk;
    this.#shared = shared;
  }

  get length(): number {
    return this.#shared + this.#own.length;
  }

  /** How many events are its own. */
  get ownLength(): number {
    return this.#own.length;
  }

  *events(from: number, to: number): Iterable<RecordedEvent> {
    if (this.#trunk !== null && from < this.#shared)
      yield* this.#trunk.events(from, Math.min(to, this.#shared));
    const end = Math.min(to, this.length) - this.#shared;
    for (let i = Math.max(from - this.#shared, 0); i < end; i++) yield this.#own[i]!;
  }

  stateAfter(count: number): IommuState {
    if (count === this.length) return this.folding.checkpoint();
    if (count <= this.#shared) return this.#trunk?.stateAfter(count) ?? initialState(this.header.family);
    const stepper = new Stepper(this.stateAfter(this.#shared), this.header.outcomes);
    for (const event of this.events(this.#shared, count)) stepper.step(event);
    return stepper.folding.finish();
  }

  /** The machine at the end of the log; who applies an event to it appends the event. */
  get folding(): Folding {
    this.#folding ??= new Folding(this.#trunk?.stateAfter(this.#shared) ?? initialState(this.header.family));
    return this.#folding;
  }

  /** Writes down an event; its seq must be the length of the log. */
  append(event: RecordedEvent): void {
    this.#own.push(event);
  }
}

/** The first stimulus of a log from `from` to just before `to`, as it was told, and its seq; null: none. */
export function firstStimulus(
  log: EventLog,
  from: number,
  to: number,
): { readonly seq: number; readonly told: ToldStimulus } | null {
  for (const { seq, event, origin, t, extra } of log.events(from, to))
    if (!isOutcome(event)) return { seq, told: { stimulus: event, origin, t, extra } };
  return null;
}

/** The first place from `place` on at which no stimulus's consequences are cut in two. */
export function wholePlace(log: EventLog, place: number): number {
  let at = place;
  for (const { event } of log.events(place, log.length)) {
    if (!isOutcome(event)) return at;
    at += 1;
  }
  return at;
}
