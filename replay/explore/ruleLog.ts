import { assert } from "../../base/assert.ts";

/** What a record of a {@link RuleLog} tells. */
export const RECORD = { value: 1, outcome: 2 } as const;

const LOCK = 0;
const END = 1;
const HEADER = 2;

/**
 * Everything that the rules said in a search, in order and in numbers alone: which values components have shown, each by
 * the step that showed it first, and what came of each combination that was asked about. Threads share one, and a search
 * that goes on later starts with it; a value is never written down, since the step that made it makes it again.
 */
export class RuleLog {
  #words: Int32Array;
  readonly #isShared: boolean;

  /** `words`: one that another thread made, or that was kept; absent: a new one. `capacity` matters where it is shared. */
  constructor(words: Int32Array | null, isShared: boolean, capacity = 1 << 16) {
    this.#isShared = isShared;
    this.#words =
      words ?? new Int32Array(isShared ? new SharedArrayBuffer(capacity * 4) : new ArrayBuffer(capacity * 4));
    if (words === null) this.#words[END] = HEADER;
  }

  /** The log itself: to hand to another thread, or to keep (as far as `end`). */
  get words(): Int32Array {
    return this.#words;
  }

  /** Where the next record will begin. */
  get end(): number {
    return Atomics.load(this.#words, END);
  }

  /** Where the first record begins. */
  get start(): number {
    return HEADER;
  }

  /** Takes over what was kept of another one. */
  restore(kept: Int32Array): void {
    while (!this.#isShared && this.#words.length < kept.length) this.#grow();
    assert(kept.length <= this.#words.length, "a log that was kept fits");
    this.#words.set(kept);
    this.#words[LOCK] = 0;
    this.#words[END] = kept.length;
  }

  /** Does something while no other thread appends. */
  locked<T>(work: () => T): T {
    if (!this.#isShared) return work();
    while (Atomics.compareExchange(this.#words, LOCK, 0, 1) !== 0) Atomics.wait(this.#words, LOCK, 1, 1);
    try {
      return work();
    } finally {
      Atomics.store(this.#words, LOCK, 0);
      Atomics.notify(this.#words, LOCK, 1);
    }
  }

  /** Adds a record, its length first; returns where it begins. Only within `locked`. */
  append(record: readonly number[]): number {
    const at = this.end;
    const after = at + 1 + record.length;
    while (after > this.#words.length) this.#grow();
    this.#words[at] = record.length;
    this.#words.set(record, at + 1);
    Atomics.store(this.#words, END, after);
    return at;
  }

  #grow(): void {
    if (this.#isShared) throw new RuleLogFull();
    const larger = new Int32Array(this.#words.length * 2);
    larger.set(this.#words);
    this.#words = larger;
  }
}

/** A shared log has no room: the model has more different parts than a search with several threads can hold. */
export class RuleLogFull extends Error {
  constructor() {
    super("the model's parts show too many different values for several threads; search with one");
  }
}
