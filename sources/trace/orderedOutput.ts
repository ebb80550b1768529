import { assert } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { ReaderSink } from "./lineReader.ts";

/** Extra facts of a record, beside the stimulus. */
export type Extra = { readonly [name: string]: Json } | null;

/** A place in the order of lines, held for a report whose other lines are still to come. */
export interface HeldPlace {
  readonly line: number;
  readonly t: number | null;
  /** True until it is settled or dropped. */
  readonly waiting: boolean;
}

interface Entry {
  readonly line: number;
  readonly t: number | null;
  waiting: boolean;
  stimulus: Stimulus | null;
  lastLine: number | null;
  extra: Extra;
  readonly giveUp: (() => void) | null;
}

/**
 * Hands stimuli to a sink in the order of their first lines, though some are known only when later lines came.
 * A held place is given up after `linesMax` lines, so that memory and delay are bounded (logs 11.1).
 */
export class OrderedOutput {
  readonly #sink: ReaderSink;
  readonly #linesMax: number;
  #queue: Entry[] = [];
  #first = 0;

  constructor(sink: ReaderSink, linesMax: number) {
    this.#sink = sink;
    this.#linesMax = linesMax;
  }

  /** True while something waits for a later line. */
  get waiting(): boolean {
    return this.#first < this.#queue.length;
  }

  /** Tells a stimulus that is complete. */
  emit(
    at: { readonly line: number; readonly t: number | null },
    stimulus: Stimulus,
    extra: Extra = null,
  ): void {
    this.emitJoined(at, stimulus, null, extra);
  }

  /** Tells a stimulus that is complete, and that lines up to `lastLine` made. */
  emitJoined(
    at: { readonly line: number; readonly t: number | null },
    stimulus: Stimulus,
    lastLine: number | null,
    extra: Extra = null,
  ): void {
    const last = lastLine === at.line ? null : lastLine;
    if (!this.waiting)
      return this.#sink.stimulus(stimulus, { line: at.line, lastLine: last, t: at.t, extra });
    this.#queue.push({
      line: at.line,
      t: at.t,
      waiting: false,
      stimulus,
      lastLine: last,
      extra,
      giveUp: null,
    });
  }

  /** Holds the place of a line. `giveUp` is called when its time is over; it must settle or drop the place. */
  hold(at: { readonly line: number; readonly t: number | null }, giveUp: () => void): HeldPlace {
    const entry: Entry = {
      line: at.line,
      t: at.t,
      waiting: true,
      stimulus: null,
      lastLine: null,
      extra: null,
      giveUp,
    };
    this.#queue.push(entry);
    return entry;
  }

  /** Tells the stimulus of a held place. */
  settle(place: HeldPlace, stimulus: Stimulus, lastLine: number | null, extra: Extra = null): void {
    const entry = place as Entry;
    assert(entry.waiting, `the place of line ${entry.line} is settled twice`);
    entry.waiting = false;
    entry.stimulus = stimulus;
    entry.lastLine = lastLine === entry.line ? null : lastLine;
    entry.extra = extra;
    this.#drain();
  }

  /** Gives a held place up: nothing is told. */
  drop(place: HeldPlace): void {
    const entry = place as Entry;
    assert(entry.waiting, `the place of line ${entry.line} is dropped twice`);
    entry.waiting = false;
    this.#drain();
  }

  /** Reading has come to this line: gives up what waited too long. */
  advance(lineNumber: number): void {
    while (this.#first < this.#queue.length && lineNumber - this.#queue[this.#first]!.line > this.#linesMax) {
      this.#giveUpFirst();
    }
  }

  /** Gives up all that waits. */
  end(): void {
    while (this.waiting) this.#giveUpFirst();
  }

  #giveUpFirst(): void {
    const entry = this.#queue[this.#first]!;
    entry.giveUp!();
    assert(!entry.waiting, `the place of line ${entry.line} was not given up`);
  }

  // The first entry always waits: what is settled before it has been told already.
  #drain(): void {
    while (this.#first < this.#queue.length) {
      const entry = this.#queue[this.#first]!;
      if (entry.waiting) break;
      this.#first++;
      if (entry.stimulus !== null) {
        const { line, lastLine, t, extra } = entry;
        this.#sink.stimulus(entry.stimulus, { line, lastLine, t, extra });
      }
    }
    if (this.#first === this.#queue.length) this.#queue = [];
    else if (this.#first > 1024) this.#queue = this.#queue.slice(this.#first);
    else return;
    this.#first = 0;
  }
}
