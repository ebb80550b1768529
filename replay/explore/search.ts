import { assert } from "../../base/assert.ts";
import {
  CONTROL,
  type Expander,
  type Round,
  type RoundResult,
  type Space,
  type StateFinding,
} from "./expander.ts";
import { idAt, type Layout, layoutOf, setId } from "./layout.ts";
import type { Memo } from "./memo.ts";
import type { StateFile } from "./stateFile.ts";
import { BITMAP_BITS_MAX, type SetKind, StateSet, setBuffer } from "./stateSet.ts";

/** How far a search goes, and how. */
export interface SearchOptions {
  /** Levels to go down; absent: to the end. */
  readonly depthMax?: number;
  /** States to keep; absent: {@link STATES_MAX}. */
  readonly statesMax?: number;
  /** Bytes for what must be in memory; absent: no limit of ours. */
  readonly memoryMax?: number;
  /** Whether states that a symmetry makes the same are one. */
  readonly symmetry?: boolean;
  /** Go on after the first property that does not hold. */
  readonly keepGoing?: boolean;
  /** Know states by a few bits each in a table of this many bytes, a power of two: some may be missed. */
  readonly bitstateBytes?: number;
  /** Threads that share the search; absent: one. */
  readonly workers?: number;
}

/** States that a search keeps at most unless it is told otherwise. */
export const STATES_MAX = 100_000_000;

/** Why a search ended before everything was gone through. */
export type StopReason = "depth" | "states" | "memory" | "time" | "asked" | "broken";

/** How far a search is: all that it must know to go on, beside its states and its log of rules. */
export interface Progress {
  readonly widths: readonly number[];
  readonly count: number;
  readonly next: number;
  readonly levelEnd: number;
  readonly depth: number;
  readonly pending: readonly (readonly [number, number])[];
  readonly transitions: number;
  readonly states: number;
  readonly asked: number;
  readonly found: readonly StateFinding[];
}

/** A search, round by round: it says what to do next, its threads' expanders do it, and it is told what came of it. */
export class Search {
  readonly memo: Memo;
  readonly #options: SearchOptions;
  readonly #isShared: boolean;
  readonly #expander: Expander;
  readonly #found = new Map<string, StateFinding>();
  #file: StateFile | null;
  #keepsAll: boolean;
  #layout: Layout;
  #space: Space;
  #next = 0;
  #levelEnd = 1;
  #depth = 0;
  #pending: (readonly [number, number])[] = [];
  #transitions = 0;
  #states = 0;
  #asked = 0;
  #stopped: StopReason | null = null;
  #isJudging = false;
  #saved = 0;

  /**
   * `expander`: the one of this thread. `file`: where states are kept, with as few as possible in memory; null: all are
   * in memory. `from`: go on where another one was, whose states `file` holds.
   */
  constructor(
    memo: Memo,
    options: SearchOptions,
    expander: Expander,
    file: StateFile | null,
    from: Progress | null = null,
    keepsAll = file === null,
  ) {
    this.memo = memo;
    this.#options = options;
    this.#isShared = (options.workers ?? 1) > 1;
    this.#expander = expander;
    this.#file = file;
    this.#keepsAll = keepsAll;
    memo.interner.catchUp();
    const widths = from?.widths ?? memo.interner.fit();
    this.#layout = layoutOf(widths);
    this.#space = this.#newSpace(widths, from?.count ?? 0);
    if (from === null) this.#begin();
    else this.#goOn(from);
  }

  /** The memory to work in; another one after some rounds. */
  get space(): Space {
    return this.#space;
  }

  /** How many states were found. */
  get count(): number {
    return Atomics.load(this.#space.control, CONTROL.count);
  }

  /** How many states were gone through. */
  get gone(): number {
    return this.#next - this.#pending.reduce((sum, [first, after]) => sum + after - first, 0);
  }

  /** Steps to the states that are gone through. */
  get level(): number {
    return this.#depth;
  }

  /** Steps to the farthest state. */
  get depth(): number {
    return this.#depth + (this.#levelEnd < this.count ? 1 : 0);
  }

  /** Why it ended before its end; null: it did not. */
  get stopped(): StopReason | null {
    return this.#stopped;
  }

  /** What was found of properties, each the first time. */
  get found(): ReadonlyMap<string, StateFinding> {
    return this.#found;
  }

  /** The figures of a report. */
  get figures(): { readonly states: number; readonly transitions: number; readonly asked: number } {
    return { states: this.#states, transitions: this.#transitions, asked: this.#asked };
  }

  /** How likely a state is taken for another; 0 where none is. */
  get missProbability(): number {
    return this.#space.setKind === "bitstate" ? this.#set().missProbability() : 0;
  }

  /** Whether states that a symmetry makes the same are one. */
  get isReduced(): boolean {
    return this.#options.symmetry === true;
  }

  /** How the search packs a state. */
  get layout(): Layout {
    return this.#layout;
  }

  /** Ends it before its end; what is left is judged as it stands. */
  stop(reason: StopReason): void {
    this.#stopped ??= reason;
  }

  /** What to go through next; null: nothing is left. */
  nextRound(): Round | null {
    const {
      depthMax = Number.POSITIVE_INFINITY,
      statesMax = STATES_MAX,
      keepGoing = false,
      workers = 1,
    } = this.#options;
    if (this.#pending.length === 0 && this.#next === this.count) return null;
    if (this.#stopped === null && this.#pending.length === 0 && this.#next === this.#levelEnd) {
      this.#levelEnd = this.count;
      this.#depth += 1;
    }
    if (this.#stopped === null && this.#depth >= depthMax) this.#stopped = "depth";
    if (this.#stopped === null && this.count >= statesMax) this.#stopped = "states";
    if (this.#stopped === null && !this.#makeRoom()) this.#stopped = "memory";
    this.#isJudging = this.#stopped !== null;
    const [first, to] = this.#take();
    this.#load(first, to);
    const { control } = this.#space;
    Atomics.store(control, CONTROL.cursor, first);
    Atomics.store(control, CONTROL.stop, 0);
    return {
      to,
      judgeOnly: this.#isJudging,
      stopsAtBroken: !keepGoing && this.#stopped !== "broken",
      countMax: statesMax,
      workers,
    };
  }

  /** What came of the round, thread by thread. */
  finish(round: Round, results: readonly RoundResult[]): void {
    const cursor = Atomics.load(this.#space.control, CONTROL.cursor);
    const left = results.flatMap((result) => result.left);
    if (cursor < round.to) left.push([cursor, round.to]);
    this.#pending.push(...left.sort(([a], [b]) => a - b));
    for (const { transitions, states, asked, findings } of results) {
      this.#transitions += transitions;
      this.#states += states;
      this.#asked += asked;
      // After the first violation the rest is only counted.
      if (this.#stopped !== "broken") for (const finding of findings) this.#note(finding);
    }
    if (results.some(({ end }) => end === "broken")) this.stop("broken");
    if (results.some(({ end }) => end === "narrow")) this.#widen();
    if (!this.#keepsAll) this.#flush();
  }

  /** Writes states that are not yet in `file`; what it returns says how far the search is. */
  save(): Progress {
    assert(this.#file !== null, "there is a file to save to");
    if (this.#keepsAll) {
      const { output, parents } = this.#space;
      const n = this.#layout.words;
      const { count } = this;
      this.#file.append(output.subarray(this.#saved * n, count * n), parents.subarray(this.#saved, count));
      this.#saved = count;
    }
    return {
      widths: this.#space.widths,
      count: this.count,
      next: this.#next,
      levelEnd: this.#levelEnd,
      depth: this.#depth,
      pending: this.#pending,
      transitions: this.#transitions,
      states: this.#states,
      asked: this.#asked,
      found: [...this.#found.values()],
    };
  }

  /** The file that the states are saved in just now; another one after the layout changed. */
  get file(): StateFile | null {
    return this.#file;
  }

  /** The ids of a state's components. */
  idsOf(state: number): number[] {
    const words = new Uint32Array(this.#layout.words);
    const { output } = this.#space;
    const n = words.length;
    if (this.#keepsAll) words.set(output.subarray(state * n, state * n + n));
    else this.#file!.read(state, words);
    return this.#layout.fields.map((field) => idAt(words, 0, field));
  }

  /** The state from which a state was found first; -1: it is the initial one. */
  parentOf(state: number): number {
    if (this.#keepsAll) return this.#space.parents[state]!;
    const parent = new Int32Array(1);
    this.#file!.readParents(state, parent);
    return parent[0]!;
  }

  #begin(): void {
    const { interner, model } = this.memo;
    const first = new Uint32Array(this.#layout.words);
    for (const [i] of model.components.entries())
      setId(first, 0, this.#layout.fields[i]!, interner.initialId(i));
    this.#expander.use(this.#space);
    this.#expander.begin(first);
    if (interner.overflown) this.#widen();
    if (!this.#keepsAll) this.#flush();
  }

  #goOn(from: Progress): void {
    this.#next = from.next;
    this.#levelEnd = from.levelEnd;
    this.#depth = from.depth;
    this.#pending = [...from.pending];
    this.#transitions = from.transitions;
    this.#states = from.states;
    this.#asked = from.asked;
    for (const finding of from.found) this.#found.set(finding.property, finding);
    Atomics.store(this.#space.control, CONTROL.count, from.count);
    const set = this.#set();
    const n = this.#layout.words;
    const one = new Uint32Array(n);
    for (const { first, words, parents } of blocksOf(this.#file!, from.count, n)) {
      for (let i = 0; i < words.length; i += n) {
        one.set(words.subarray(i, i + n));
        set.claim(one);
      }
      if (!this.#keepsAll) continue;
      this.#space.output.set(words, first * n);
      this.#space.parents.set(parents, first);
    }
    this.#saved = from.count;
    this.#expander.use(this.#space);
  }

  #set(): StateSet {
    return new StateSet(this.#space.setKind, this.#space.set, this.#layout.words);
  }

  #note(finding: StateFinding): void {
    const known = this.#found.get(finding.property);
    if (known === undefined || finding.state < known.state) this.#found.set(finding.property, finding);
  }

  /** The next stretch of the level, or of what was left of it. */
  #take(): readonly [number, number] {
    const [first, to] = this.#pending.shift() ?? this.#rest();
    const after = Math.min(to, first + ROUND);
    if (after < to) this.#pending.unshift([after, to]);
    return [first, after];
  }

  #rest(): readonly [number, number] {
    const first = this.#next;
    // Nothing is added any more while states are only judged.
    const end = this.#isJudging ? this.count : this.#levelEnd;
    this.#next = Math.min(end, first + ROUND);
    return [first, this.#next];
  }

  #load(first: number, to: number): void {
    if (this.#keepsAll) return;
    this.#file!.read(first, this.#space.input.subarray(0, (to - first) * this.#layout.words));
    this.#space = { ...this.#space, inputBase: first };
  }

  #flush(): void {
    const { output, outputBase, parents } = this.#space;
    const count = this.count - outputBase;
    this.#file!.append(output.subarray(0, count * this.#layout.words), parents.subarray(0, count));
    this.#space = { ...this.#space, outputBase: this.count };
  }

  /** False where there is no room to be had within the limits. */
  #makeRoom(): boolean {
    const { workers = 1, memoryMax = Number.POSITIVE_INFINITY } = this.#options;
    const most = 2 * workers * this.memo.model.actions.length;
    const n = this.#layout.words;
    const { output, outputBase, parents, setKind } = this.#space;
    let space = this.#space;
    if (this.#keepsAll && this.count + most > outputBase + output.length / n) {
      const larger = this.#words(output.length * 2 + most * n);
      larger.set(output);
      const largerParents = this.#numbers(larger.length / n);
      largerParents.set(parents);
      space = { ...space, input: larger, output: larger, parents: largerParents };
    }
    const set = this.#set();
    if (this.count + most > set.room) {
      if (space.output.byteLength + space.parents.byteLength + set.bytes * 2 > memoryMax) return false;
      const buffer = setBuffer(setKind, Math.max(set.room * 2, this.count + 2 * most), n, this.#isShared);
      new StateSet(setKind, buffer, n).takeAll(set);
      space = { ...space, set: buffer };
    }
    if (space.output.byteLength + space.parents.byteLength + space.set.byteLength > memoryMax) return false;
    this.#space = space;
    return true;
  }

  /** All states once more, in a layout that has room for what was met. */
  #widen(): void {
    const { interner } = this.memo;
    interner.catchUp();
    const old = { space: this.#space, layout: this.#layout, file: this.#file, count: this.count };
    if (!this.#keepsAll) this.#flush();
    const widths = interner.fit();
    this.#layout = layoutOf(widths);
    this.#space = this.#newSpace(widths, old.count);
    this.#saved = 0;
    this.#file = old.file?.anew(this.#layout.words) ?? null;
    const [from, to] = [old.layout.words, this.#layout.words];
    const set = this.#set();
    const one = new Uint32Array(to);
    const repack = (words: Uint32Array): Uint32Array => {
      const packed = new Uint32Array((words.length / from) * to);
      for (let i = 0, at = 0; i < words.length; i += from, at += to) {
        for (const [c, field] of this.#layout.fields.entries())
          setId(packed, at, field, idAt(words, i, old.layout.fields[c]!));
        one.set(packed.subarray(at, at + to));
        set.claim(one);
      }
      return packed;
    };
    if (this.#keepsAll) {
      this.#space.output.set(repack(old.space.output.subarray(0, old.count * from)));
      this.#space.parents.set(old.space.parents.subarray(0, old.count));
    } else
      for (const { words, parents } of blocksOf(old.file!, old.count, from))
        this.#file!.append(repack(words), parents);
    Atomics.store(this.#space.control, CONTROL.count, old.count);
  }

  #newSpace(widths: readonly number[], count: number): Space {
    const { words: n, bits } = this.#layout;
    const { workers = 1, bitstateBytes } = this.#options;
    const most = 2 * workers * this.memo.model.actions.length;
    const setKind: SetKind =
      bitstateBytes !== undefined
        ? "bitstate"
        : bits !== null && bits <= BITMAP_BITS_MAX
          ? "bitmap"
          : "exact";
    const room =
      setKind === "bitstate" ? bitstateBytes! / 4 : setKind === "bitmap" ? bits! : (count + most) * 2;
    const states = this.#keepsAll ? Math.max(1 << 12, count * 2 + most) : Math.max(OUTPUT, 2 * most);
    const output = this.#words(states * n);
    return {
      widths,
      setKind,
      set: setBuffer(setKind, room, n, this.#isShared),
      control: this.#numbers(4),
      input: this.#keepsAll ? output : this.#words(ROUND * n),
      inputBase: 0,
      output,
      outputBase: this.#keepsAll ? 0 : count,
      parents: this.#numbers(states),
    };
  }

  #words(length: number): Uint32Array {
    return new Uint32Array(this.#isShared ? new SharedArrayBuffer(length * 4) : new ArrayBuffer(length * 4));
  }

  #numbers(length: number): Int32Array {
    return new Int32Array(this.#isShared ? new SharedArrayBuffer(length * 4) : new ArrayBuffer(length * 4));
  }
}

// States of one round: a fraction of a second, so that clocks, checkpoints and Ctrl-C are heard.
const ROUND = 1 << 16;
// States that wait to be written where they are not kept in memory.
const OUTPUT = 1 << 19;

function* blocksOf(
  file: StateFile,
  count: number,
  words: number,
): Generator<{ readonly first: number; readonly words: Uint32Array; readonly parents: Int32Array }> {
  for (let first = 0; first < count; first += ROUND) {
    const length = Math.min(ROUND, count - first);
    const block = { first, words: new Uint32Array(length * words), parents: new Int32Array(length) };
    file.read(first, block.words);
    file.readParents(first, block.parents);
    yield block;
  }
}
