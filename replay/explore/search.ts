import {
  CONTROL,
  type Expander,
  type Round,
  type RoundResult,
  type Space,
  type StateFinding,
} from "./expander.ts";
import type { Memo } from "./memo.ts";
import { ROUND, SearchMemory } from "./searchMemory.ts";
import type { StateFile } from "./stateFile.ts";

/** How far a search goes, and how. */
export interface SearchOptions {
  /** Levels to go down; absent: to the end. */
  readonly depthMax?: number;
  /** States to keep; absent: {@link STATES_MAX}. */
  readonly statesMax?: number;
  /** Bytes for states and what knows them again; absent: no limit of ours. */
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
export type StopReason = "depth" | "states" | "memory" | "time" | "interrupted" | "broken";

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

/** Where the states of a search are, beside or instead of memory. */
export interface SearchFile {
  readonly file: StateFile;
  /** Only there; else memory has them all, too. */
  readonly only: boolean;
  /** Where another search was, whose states the file has; null: it is new. */
  readonly from: Progress | null;
}

/** A search, round by round: it says what to do next, its threads' expanders do it, and it is told what came of it. */
export class Search {
  readonly memo: Memo;
  readonly #options: SearchOptions;
  readonly #memory: SearchMemory;
  readonly #found = new Map<string, StateFinding>();
  #next = 0;
  #levelEnd = 1;
  #depth = 0;
  #pending: (readonly [number, number])[] = [];
  #transitions = 0;
  #states = 0;
  #asked = 0;
  #stopped: StopReason | null = null;
  #isJudging = false;

  /** `expander`: the one of this thread. `file` null: memory is all there is. */
  constructor(memo: Memo, options: SearchOptions, expander: Expander, file: SearchFile | null = null) {
    const { workers = 1, memoryMax = Number.POSITIVE_INFINITY, bitstateBytes = null } = options;
    const from = file?.from ?? null;
    this.memo = memo;
    this.#options = options;
    this.#memory = new SearchMemory(
      memo,
      { workers, memoryMax, bitstateBytes, keepsAll: file === null || !file.only },
      file?.file ?? null,
      from?.widths ?? null,
      from?.count ?? 0,
    );
    if (from !== null) this.#goOn(from);
    expander.use(this.space);
    if (from !== null) return;
    expander.begin(this.#memory.initial());
    if (memo.interner.overflown) this.#memory.widen();
    this.#memory.flush();
  }

  /** The memory to work in; another one after some rounds. */
  get space(): Space {
    return this.#memory.space;
  }

  /** The states themselves. */
  get memory(): SearchMemory {
    return this.#memory;
  }

  /** How many states were found. */
  get count(): number {
    return this.#memory.count;
  }

  /** How many of them were gone through. */
  get gone(): number {
    return this.#next - this.#pending.reduce((sum, [first, after]) => sum + after - first, 0);
  }

  /** Steps to the states that are gone through just now. */
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
    // States that nobody looked at count once each.
    const left = this.#isHalted ? this.count - this.gone : 0;
    return { states: this.#states + left, transitions: this.#transitions, asked: this.#asked };
  }

  /** Whether states that a symmetry makes the same are one. */
  get isReduced(): boolean {
    return this.#options.symmetry === true;
  }

  /** Ends it before its end; what is left is judged as it stands, unless there is no time for it. */
  stop(reason: StopReason): void {
    this.#stopped ??= reason;
  }

  /** What to go through next, `most` states at most; null: nothing is left, or nobody waits for it any more. */
  nextRound(most = ROUND): Round | null {
    const { statesMax = STATES_MAX, keepGoing = false, workers = 1 } = this.#options;
    if (this.#pending.length === 0 && this.#next === this.count) return null;
    this.#checkBounds();
    if (this.#isHalted) return null;
    this.#isJudging = this.#stopped !== null;
    const [first, to] = this.#take(Math.min(most, ROUND));
    this.#memory.load(first, to);
    const { control } = this.space;
    Atomics.store(control, CONTROL.cursor, first);
    Atomics.store(control, CONTROL.stop, 0);
    const stopsAtBroken = !keepGoing && this.#stopped !== "broken";
    return { to, judgeOnly: this.#isJudging, stopsAtBroken, countMax: statesMax, workers };
  }

  /** What came of the round, thread by thread. */
  finish(round: Round, results: readonly RoundResult[]): void {
    const cursor = Atomics.load(this.space.control, CONTROL.cursor);
    const left = results.flatMap((result) => result.left);
    if (cursor < round.to) left.push([cursor, round.to]);
    this.#pending = [...left, ...this.#pending].sort(([a], [b]) => a - b);
    for (const { transitions, states, asked, findings } of results) {
      this.#transitions += transitions;
      this.#states += states;
      this.#asked += asked;
      // After the first violation the rest is only counted.
      if (this.#stopped !== "broken") for (const finding of findings) this.#note(finding);
    }
    if (results.some(({ end }) => end === "broken")) this.stop("broken");
    if (results.some(({ end }) => end === "narrow")) this.#memory.widen();
    this.#memory.flush();
  }

  /** Puts all states into the file; what it returns says how far the search is. */
  save(): Progress {
    this.#memory.save();
    return {
      widths: this.space.widths,
      count: this.count,
      next: this.#next,
      levelEnd: this.#levelEnd,
      depth: this.#depth,
      pending: [...this.#pending],
      transitions: this.#transitions,
      states: this.#states,
      asked: this.#asked,
      found: [...this.#found.values()],
    };
  }

  get #isHalted(): boolean {
    return this.#stopped === "time" || this.#stopped === "interrupted";
  }

  #goOn(from: Progress): void {
    this.#memory.restore(from.count);
    this.#next = from.next;
    this.#levelEnd = from.levelEnd;
    this.#depth = from.depth;
    this.#pending = [...from.pending];
    this.#transitions = from.transitions;
    this.#states = from.states;
    this.#asked = from.asked;
    for (const finding of from.found) this.#found.set(finding.property, finding);
  }

  #checkBounds(): void {
    const { depthMax = Number.POSITIVE_INFINITY, statesMax = STATES_MAX } = this.#options;
    if (this.#stopped !== null) return;
    if (this.#pending.length === 0 && this.#next === this.#levelEnd) {
      this.#levelEnd = this.count;
      this.#depth += 1;
    }
    if (this.#depth >= depthMax) this.#stopped = "depth";
    else if (this.count >= statesMax) this.#stopped = "states";
    else if (!this.#memory.makeRoom()) this.#stopped = "memory";
  }

  /** The next stretch of the level, or of what was left of it. */
  #take(most: number): readonly [number, number] {
    const [first, to] = this.#pending.shift() ?? this.#rest(most);
    const after = Math.min(to, first + most);
    if (after < to) this.#pending.unshift([after, to]);
    return [first, after];
  }

  #rest(most: number): readonly [number, number] {
    const first = this.#next;
    // Nothing is added any more while states are only judged.
    const end = this.#isJudging ? this.count : this.#levelEnd;
    this.#next = Math.min(end, first + most);
    return [first, this.#next];
  }

  #note(finding: StateFinding): void {
    const known = this.#found.get(finding.property);
    if (known === undefined || finding.state < known.state) this.#found.set(finding.property, finding);
  }
}
