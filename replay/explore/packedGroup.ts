import { assert } from "../../base/assert.ts";
import { type Field, idAt, type Layout } from "./layout.ts";
import type { Finding, Outcome, TransitionGroup } from "./transitionGroup.ts";

/** An entry of a {@link PackedGroup}: its numbers begin at this place of `pool`. */
export const ENTRY = {
  /** How many actions are enabled. */
  enabled: 0,
  /** 1 where it has findings nobody has taken yet. */
  findings: 1,
  /** How many successors follow. */
  count: 2,
  /** The first of them: the bits to keep word by word, then the bits to set. */
  successors: 3,
} as const;

/** A group's table for one layout: from the bits that it reads to what to keep and what to set in the state. */
export class PackedGroup {
  readonly group: TransitionGroup;
  pool = new Int32Array(1024);
  #used = 1;
  readonly #layout: Layout;
  readonly #fields: readonly Field[];
  // Fields that lie side by side are one run; a run gives bits to the low or to the high half of a key.
  readonly #runs: number;
  readonly #words: Int32Array;
  readonly #shifts: Int32Array;
  readonly #masks: Int32Array;
  readonly #places: Int32Array;
  readonly #lowRuns: number;
  readonly #dense: Int32Array | null;
  readonly #sparse: SparseTable | null;
  readonly #findings = new Map<number, readonly Finding[]>();

  constructor(group: TransitionGroup, layout: Layout) {
    this.group = group;
    this.#layout = layout;
    this.#fields = group.reads.map((component) => layout.fields[component]!);
    const runs = runsOf(this.#fields);
    const bits = runs.reduce((sum, run) => sum + run.bits, 0);
    const { low, high } = halves(runs, bits <= DENSE_BITS_MAX);
    const all = [...low, ...high];
    this.#runs = all.length;
    this.#lowRuns = low.length;
    this.#words = Int32Array.from(all, ({ word }) => word);
    this.#shifts = Int32Array.from(all, ({ shift }) => shift);
    this.#masks = Int32Array.from(all, (run) => 2 ** run.bits - 1);
    this.#places = new Int32Array([...placesOf(low), ...placesOf(high)]);
    this.#dense = bits <= DENSE_BITS_MAX ? new Int32Array(2 ** bits) : null;
    this.#sparse = this.#dense === null ? new SparseTable() : null;
  }

  /** Which bits of each word it reads. */
  readBits(): Uint32Array {
    const bits = new Uint32Array(this.#layout.words);
    for (const { word, shift, mask } of this.#fields) bits[word]! |= mask << shift;
    return bits;
  }

  /** The entry for the state at `at`; 0: it is not worked out yet. */
  lookUp(words: Uint32Array, at: number): number {
    const low = this.#half(words, at, 0, this.#lowRuns);
    if (this.#dense !== null) return this.#dense[low]!;
    return this.#sparse!.get(low, this.#half(words, at, this.#lowRuns, this.#runs));
  }

  /** What the rules say of the state at `at`, which may show values that no layout has room for yet. */
  outcomeAt(words: Uint32Array, at: number): Outcome {
    return this.group.outcomeOf(this.#fields.map((field) => idAt(words, at, field)));
  }

  /** Writes what the rules said of the state at `at`; returns the entry. */
  keep(words: Uint32Array, at: number, outcome: Outcome): number {
    const { words: n, fields } = this.#layout;
    const size = ENTRY.successors + outcome.next.length * 2 * n;
    while (this.#used + size > this.pool.length) {
      const larger = new Int32Array(this.pool.length * 2);
      larger.set(this.pool);
      this.pool = larger;
    }
    const entry = this.#used;
    this.#used += size;
    const { pool } = this;
    pool[entry + ENTRY.enabled] = outcome.enabled;
    pool[entry + ENTRY.findings] = outcome.findings.length === 0 ? 0 : 1;
    pool[entry + ENTRY.count] = outcome.next.length;
    if (outcome.findings.length > 0) this.#findings.set(entry, outcome.findings);
    let place = entry + ENTRY.successors;
    for (const { writes, ids } of outcome.next) {
      for (let k = 0; k < n; k++) pool[place + k] = -1;
      for (const [i, component] of writes.entries()) {
        const { word, shift, mask } = fields[component]!;
        pool[place + word]! &= ~(mask << shift);
        pool[place + n + word]! |= ids[i]! << shift;
      }
      place += 2 * n;
    }
    const low = this.#half(words, at, 0, this.#lowRuns);
    if (this.#dense !== null) this.#dense[low] = entry;
    else this.#sparse!.set(low, this.#half(words, at, this.#lowRuns, this.#runs), entry);
    return entry;
  }

  /** The findings of an entry. */
  findingsOf(entry: number): readonly Finding[] {
    return this.#findings.get(entry) ?? [];
  }

  #half(words: Uint32Array, at: number, from: number, to: number): number {
    let key = 0;
    for (let i = from; i < to; i++)
      key |= ((words[at + this.#words[i]!]! >>> this.#shifts[i]!) & this.#masks[i]!) << this.#places[i]!;
    return key;
  }
}

// A megabyte a group at most; larger keys are hashed.
const DENSE_BITS_MAX = 18;

interface Run {
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
}

function runsOf(fields: readonly Field[]): Run[] {
  const sorted = [...fields].sort((a, b) => a.word - b.word || a.shift - b.shift);
  const runs: Run[] = [];
  for (const { word, shift, bits } of sorted) {
    const last = runs.at(-1);
    const joins =
      last !== undefined && last.word === word && last.shift + last.bits === shift && last.bits + bits <= 31;
    if (joins) runs[runs.length - 1] = { ...last, bits: last.bits + bits };
    else runs.push({ word, shift, bits });
  }
  return runs;
}

/** Two halves of a key that hold 31 bits each, widest runs first; all in the low one where that does. */
function halves(runs: readonly Run[], isDense: boolean): { readonly low: Run[]; readonly high: Run[] } {
  const low: Run[] = [];
  const high: Run[] = [];
  let used = 0;
  let usedHigh = 0;
  for (const run of [...runs].sort((a, b) => b.bits - a.bits)) {
    if (isDense || used + run.bits <= 31) {
      low.push(run);
      used += run.bits;
    } else {
      high.push(run);
      usedHigh += run.bits;
    }
  }
  assert(usedHigh <= 31, `an action reads ${used + usedHigh} bits; take it apart`);
  return { low, high };
}

function placesOf(runs: readonly Run[]): number[] {
  let place = 0;
  return runs.map(({ bits }) => {
    place += bits;
    return place - bits;
  });
}

/** From keys of two halves to entries. */
class SparseTable {
  #slots = new Int32Array(3 << 10);
  #mask = (1 << 10) - 1;
  #count = 0;

  get(low: number, high: number): number {
    const slots = this.#slots;
    let at = (mixed(low, high) & this.#mask) * 3;
    for (;;) {
      const entry = slots[at + 2]!;
      if (entry === 0 || (slots[at] === low && slots[at + 1] === high)) return entry;
      at += 3;
      if (at === slots.length) at = 0;
    }
  }

  set(low: number, high: number, entry: number): void {
    if (this.#count * 2 > this.#mask) this.#grow();
    this.#put(low, high, entry);
    this.#count += 1;
  }

  #put(low: number, high: number, entry: number): void {
    const slots = this.#slots;
    let at = (mixed(low, high) & this.#mask) * 3;
    while (slots[at + 2] !== 0) {
      at += 3;
      if (at === slots.length) at = 0;
    }
    slots[at] = low;
    slots[at + 1] = high;
    slots[at + 2] = entry;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let at = 0; at < old.length; at += 3)
      if (old[at + 2] !== 0) this.#put(old[at]!, old[at + 1]!, old[at + 2]!);
  }
}

function mixed(low: number, high: number): number {
  let h = Math.imul(low, 0x85eb_ca6b) ^ Math.imul(high, 0xc2b2_ae35);
  h ^= h >>> 15;
  h = Math.imul(h, 0x27d4_eb2f);
  return h ^ (h >>> 13);
}
