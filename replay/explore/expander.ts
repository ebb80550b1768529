import { type Canonical, canonicalOf } from "./canonical.ts";
import { type Layout, layoutOf } from "./layout.ts";
import type { Memo } from "./memo.ts";
import { ENTRY, PackedGroup } from "./packedGroup.ts";
import { type SetKind, StateSet } from "./stateSet.ts";
import type { Finding } from "./transitionGroup.ts";

/** Places in {@link Space.control}: how many states there are, the next block to take, why all must stop. */
export const CONTROL = { count: 0, cursor: 16, stop: 32 } as const;

/** Words of {@link Space.control}: each of its numbers in a cache line of its own, so that threads do not wait for each other. */
export const CONTROL_WORDS = 48;

/** Why a thread ended a round: it was done, a value needs a wider layout, there is no room, a property does not hold. */
export type End = "done" | "narrow" | "full" | "broken";

const STOPS: readonly End[] = ["done", "narrow", "full", "broken"];

/** The memory of a search, which its threads share. A state is known by its number, from 0 in the order of finding. */
export interface Space {
  /** Bits of each component's id. */
  readonly widths: readonly number[];
  readonly setKind: SetKind;
  readonly set: Uint32Array;
  readonly control: Int32Array;
  /** States from number `inputBase` on, to read. */
  readonly input: Uint32Array;
  readonly inputBase: number;
  /** States from number `outputBase` on, to write; may be the same as `input`. */
  readonly output: Uint32Array;
  readonly outputBase: number;
  /** By state from `outputBase` on: the state that it was found from; -1: none. */
  readonly parents: Int32Array;
}

/** A stretch of states, up to `to` alone, to be gone through together with other threads. */
export interface Round {
  readonly to: number;
  /** Nothing is done any more: states show only what they show by themselves. */
  readonly judgeOnly: boolean;
  /** Stop at the first property that does not hold. */
  readonly stopsAtBroken: boolean;
  /** How many states are enough. */
  readonly countMax: number;
  /** How many threads there are. */
  readonly workers: number;
}

/** What one thread made of a round. */
export interface RoundResult {
  readonly end: End;
  /** Stretches that it took and did not go through: first state, and the one after the last. */
  readonly left: readonly (readonly [number, number])[];
  readonly transitions: number;
  /** States gone through; symmetric ones each by itself. */
  readonly states: number;
  readonly findings: readonly StateFinding[];
  readonly asked: number;
}

/** A finding, and where. */
export interface StateFinding extends Finding {
  readonly state: number;
}

// States that a thread takes at a time.
const BLOCK = 64;

/** Goes through states of a search: the one loop that everything depends on. One for each thread. */
export class Expander {
  readonly #memo: Memo;
  readonly #symmetry: boolean;
  #space: Space | null = null;
  #layout: Layout = layoutOf([1]);
  #groups: PackedGroup[] = [];
  #canonical: Canonical | null = null;
  #set: StateSet | null = null;
  #scratch = new Uint32Array(1);
  // The entries of the state before: those that read only what is the same in the next state are its entries, too.
  #entries = new Int32Array(0);
  #before = new Uint32Array(1);
  #readBits = new Uint32Array(0);
  #hasBefore = false;
  #findings: StateFinding[] = [];
  #broken = false;

  constructor(memo: Memo, symmetry: boolean) {
    this.#memo = memo;
    this.#symmetry = symmetry;
  }

  /** The memory to work in from now on. */
  use(space: Space): void {
    const isSame = this.#space !== null && this.#space.widths.join() === space.widths.join();
    this.#space = space;
    if (!isSame) this.#layOut(space.widths);
    this.#set = new StateSet(space.setKind, space.set, this.#layout.words);
    this.#hasBefore = false;
  }

  /** Adds a state that no other led to. */
  begin(words: Uint32Array): void {
    this.#scratch.set(words);
    this.#canonical?.apply(this.#scratch);
    this.#add(-1);
  }

  /** Takes blocks of states until all are taken, or something ends it. */
  run(round: Round): RoundResult {
    const { control, output, outputBase } = this.#space!;
    const { interner } = this.#memo;
    interner.catchUp();
    const before = this.#memo.asked;
    const most = round.workers * this.#memo.model.actions.length;
    const room = Math.min(this.#set!.room, outputBase + output.length / this.#layout.words) - most;
    const limit = Math.min(room, round.countMax);
    const left: [number, number][] = [];
    this.#findings = [];
    this.#broken = false;
    let end: End = interner.overflown ? "narrow" : "done";
    let transitions = 0;
    let states = 0;
    for (;;) {
      const first = Atomics.add(control, CONTROL.cursor, BLOCK);
      if (first >= round.to) break;
      const after = Math.min(first + BLOCK, round.to);
      if (end === "done") end = STOPS[Atomics.load(control, CONTROL.stop)]!;
      // Far from the limit nobody looks at it for each state.
      const isNear = !round.judgeOnly && Atomics.load(control, CONTROL.count) + BLOCK * most >= limit;
      for (let state = first; state < after; state++) {
        if (end === "done" && isNear && Atomics.load(control, CONTROL.count) >= limit) end = "full";
        if (end === "done" && round.stopsAtBroken && this.#broken) end = "broken";
        const gone = end === "done" ? this.#goThrough(state, round.judgeOnly) : -1;
        if (gone < 0) {
          if (end === "done") end = "narrow";
          Atomics.compareExchange(control, CONTROL.stop, 0, STOPS.indexOf(end));
          left.push([state, after]);
          break;
        }
        transitions += gone;
        states += this.#canonical === null ? 1 : this.#orbit(state);
      }
      if (end !== "done") break;
    }
    if (round.stopsAtBroken && this.#broken) end = "broken";
    return { end, left, transitions, states, findings: this.#findings, asked: this.#memo.asked - before };
  }

  #layOut(widths: readonly number[]): void {
    const layout = layoutOf(widths);
    const { interner, groups, model } = this.#memo;
    interner.catchUp();
    interner.limitTo(widths);
    this.#layout = layout;
    this.#groups = groups.map((group) => new PackedGroup(group, layout));
    this.#readBits = new Uint32Array(this.#groups.length * layout.words);
    for (const [g, group] of this.#groups.entries()) this.#readBits.set(group.readBits(), g * layout.words);
    this.#entries = new Int32Array(this.#groups.length);
    this.#before = new Uint32Array(layout.words);
    this.#scratch = new Uint32Array(layout.words);
    const { symmetry } = model;
    this.#canonical =
      this.#symmetry && symmetry !== undefined ? canonicalOf(symmetry, layout, interner) : null;
  }

  /** How many actions can happen in a state; -1: a value came of one that the layout has no room for. */
  #goThrough(state: number, judgeOnly: boolean): number {
    const { input, inputBase } = this.#space!;
    const n = this.#layout.words;
    const at = (state - inputBase) * n;
    if (!this.#find(input, at)) return -1;
    const groups = this.#groups;
    const entries = this.#entries;
    let enabled = 0;
    for (let g = 0; g < groups.length; g++) {
      const { pool } = groups[g]!;
      const entry = entries[g]!;
      enabled += pool[entry + ENTRY.enabled]!;
      if (pool[entry + ENTRY.findings] !== 0) this.#take(groups[g]!, entry, state, judgeOnly);
      const count = pool[entry + ENTRY.count]!;
      if (count !== 0 && !judgeOnly && !this.#follow(pool, entry + ENTRY.successors, count, input, at, state))
        return -1;
    }
    return judgeOnly ? 0 : enabled;
  }

  #follow(
    pool: Int32Array,
    from: number,
    count: number,
    input: Uint32Array,
    at: number,
    state: number,
  ): boolean {
    const n = this.#layout.words;
    const scratch = this.#scratch;
    const canonical = this.#canonical;
    let place = from;
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < n; k++) scratch[k] = (input[at + k]! & pool[place + k]!) | pool[place + n + k]!;
      place += 2 * n;
      if (canonical !== null) {
        canonical.apply(scratch);
        if (this.#memo.interner.overflown) return false;
      }
      this.#add(state);
    }
    return true;
  }

  #add(parent: number): void {
    if (!this.#set!.claim(this.#scratch)) return;
    const { control, output, outputBase, parents } = this.#space!;
    const index = Atomics.add(control, CONTROL.count, 1) - outputBase;
    const n = this.#layout.words;
    for (let k = 0; k < n; k++) output[index * n + k] = this.#scratch[k]!;
    parents[index] = parent;
  }

  /** The entry of each group for the state at `at`; false: the layout is too narrow. */
  #find(input: Uint32Array, at: number): boolean {
    const n = this.#layout.words;
    const before = this.#before;
    const groups = this.#groups;
    const readBits = this.#readBits;
    const entries = this.#entries;
    const isFirst = !this.#hasBefore;
    const changed0 = before[0]! ^ input[at]!;
    const changed1 = n > 1 ? before[1]! ^ input[at + 1]! : 0;
    this.#hasBefore = false;
    for (let g = 0; g < groups.length; g++) {
      let reads = (readBits[g * n]! & changed0) | (n > 1 ? readBits[g * n + 1]! & changed1 : 0);
      for (let k = 2; k < n; k++) reads |= readBits[g * n + k]! & (before[k]! ^ input[at + k]!);
      if (reads === 0 && !isFirst) continue;
      const group = groups[g]!;
      const entry = group.lookUp(input, at) || this.#miss(group, input, at);
      if (entry === 0) return false;
      entries[g] = entry;
    }
    for (let k = 0; k < n; k++) before[k] = input[at + k]!;
    this.#hasBefore = true;
    return true;
  }

  /** Lets the rules say what comes of values that were not met before; 0 where the layout is too narrow for it. */
  #miss(group: PackedGroup, input: Uint32Array, at: number): number {
    const outcome = group.outcomeAt(input, at);
    return this.#memo.interner.overflown ? 0 : group.keep(input, at, outcome);
  }

  /** `stateOnly`: nothing happens in that state, so that only what it shows by itself counts. */
  #take(group: PackedGroup, entry: number, state: number, stateOnly: boolean): void {
    for (const finding of group.findingsOf(entry)) {
      if (stateOnly && finding.action !== null) continue;
      this.#findings.push({ ...finding, state });
      if (finding.kind === "broken") this.#broken = true;
    }
    if (!stateOnly) group.pool[entry + ENTRY.findings] = 0;
  }

  #orbit(state: number): number {
    const { input, inputBase } = this.#space!;
    return this.#canonical!.orbit(input, (state - inputBase) * this.#layout.words);
  }
}
