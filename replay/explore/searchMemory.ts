import { CONTROL, CONTROL_WORDS, type Space } from "./expander.ts";
import { idAt, type Layout, layoutOf, setId } from "./layout.ts";
import type { Memo } from "./memo.ts";
import type { StateFile } from "./stateFile.ts";
import { BITMAP_BITS_MAX, type SetKind, StateSet, setBuffer } from "./stateSet.ts";

/** States of one round: a fraction of a second, so that clocks, checkpoints and Ctrl-C are heard. */
export const ROUND = 1 << 16;
const FEW = 1 << 21;
// States that wait to be written where they are not kept in memory.
const OUTPUT = 1 << 19;

/** What the memory of a search is for. */
export interface MemoryOptions {
  readonly workers: number;
  readonly memoryMax: number;
  /** Know states by a few bits each in a table of this many bytes, a power of two; null: by themselves. */
  readonly bitstateBytes: number | null;
  /** False: states are in the file, and as few as possible in memory. */
  readonly keepsAll: boolean;
}

/** The states of a search, in memory and in a file, and the set that knows them again. Grows between rounds. */
export class SearchMemory {
  readonly #memo: Memo;
  readonly #options: MemoryOptions;
  #file: StateFile | null;
  #layout: Layout;
  #space: Space;
  #saved = 0;

  /** `file`: where states are, or are saved; null: nowhere but in memory. `widths`: those of states that it has. */
  constructor(
    memo: Memo,
    options: MemoryOptions,
    file: StateFile | null,
    widths: readonly number[] | null,
    count: number,
  ) {
    this.#memo = memo;
    this.#options = options;
    this.#file = file;
    memo.interner.catchUp();
    const fitting = widths ?? memo.interner.fit();
    this.#layout = layoutOf(fitting);
    this.#space = this.#newSpace(fitting, count);
  }

  /** What threads work in; another one after some rounds. */
  get space(): Space {
    return this.#space;
  }

  /** How a state is packed. */
  get layout(): Layout {
    return this.#layout;
  }

  /** Where states are put; another one after the layout changed. */
  get file(): StateFile | null {
    return this.#file;
  }

  /** How many states there are. */
  get count(): number {
    return Atomics.load(this.#space.control, CONTROL.count);
  }

  /** How likely a state is taken for another; 0 where none is. */
  get missProbability(): number {
    return this.#space.setKind === "bitstate" ? this.#set().missProbability() : 0;
  }

  /** The initial state, packed. */
  initial(): Uint32Array {
    const { interner, model } = this.#memo;
    const words = new Uint32Array(this.#layout.words);
    for (const i of model.components.keys()) setId(words, 0, this.#layout.fields[i]!, interner.initialId(i));
    return words;
  }

  /** Takes over `count` states from the file. */
  restore(count: number): void {
    Atomics.store(this.#space.control, CONTROL.count, count);
    const set = this.#set();
    const n = this.#layout.words;
    for (const { first, words, parents } of blocksOf(this.#file!, count, n)) {
      claimAll(set, words, n);
      if (!this.#options.keepsAll) continue;
      this.#space.output.set(words, first * n);
      this.#space.parents.set(parents, first);
    }
    this.#saved = count;
  }

  /** Writes all states that the file has not got yet. */
  save(): void {
    if (!this.#options.keepsAll) return;
    const { output, parents } = this.#space;
    const n = this.#layout.words;
    const { count } = this;
    this.#file!.append(output.subarray(this.#saved * n, count * n), parents.subarray(this.#saved, count));
    this.#saved = count;
  }

  /** Makes states readable: from number `first` up to `to`. */
  load(first: number, to: number): void {
    if (this.#options.keepsAll) return;
    this.#file!.read(first, this.#space.input.subarray(0, (to - first) * this.#layout.words));
    this.#space = { ...this.#space, inputBase: first };
  }

  /** Puts new states away where they are not kept in memory. */
  flush(): void {
    if (this.#options.keepsAll) return;
    const { output, outputBase, parents } = this.#space;
    const count = this.count - outputBase;
    this.#file!.append(output.subarray(0, count * this.#layout.words), parents.subarray(0, count));
    this.#space = { ...this.#space, outputBase: this.count };
  }

  /** The ids of a state's components. */
  idsOf(state: number): number[] {
    const n = this.#layout.words;
    const words = new Uint32Array(n);
    if (this.#options.keepsAll) words.set(this.#space.output.subarray(state * n, state * n + n));
    else this.#file!.read(state, words);
    return this.#layout.fields.map((field) => idAt(words, 0, field));
  }

  /** The state from which a state was found first; -1: it is the initial one. */
  parentOf(state: number): number {
    if (this.#options.keepsAll) return this.#space.parents[state]!;
    const parent = new Int32Array(1);
    this.#file!.readParents(state, parent);
    return parent[0]!;
  }

  /** Room for what one more step of every thread may find; false where the limit leaves none. */
  makeRoom(): boolean {
    const { keepsAll, memoryMax, workers } = this.#options;
    const n = this.#layout.words;
    const most = this.#most();
    const { output, parents } = this.#space;
    const set = this.#set();
    let space = this.#space;
    if (keepsAll && this.count + most > output.length / n) {
      if (output.byteLength * 3 + parents.byteLength * 3 + set.bytes > memoryMax) return false;
      const larger = this.#words(output.length * 2 + most * n);
      larger.set(output);
      const largerParents = this.#numbers(larger.length / n);
      largerParents.set(parents);
      space = { ...space, input: larger, output: larger, parents: largerParents };
    }
    if (this.count + most > set.room) {
      // All states are put in again, by one thread: small sets grow by more, so that it happens seldom.
      const factor = this.count < FEW ? 4 : 2;
      if (space.output.byteLength + space.parents.byteLength + set.bytes * (factor + 1) > memoryMax)
        return false;
      const room = Math.max(set.room * factor, this.count + 2 * most);
      const buffer = setBuffer(space.setKind, room, n, workers > 1);
      new StateSet(space.setKind, buffer, n).takeAll(set);
      space = { ...space, set: buffer };
    }
    this.#space = space;
    return true;
  }

  /** All states once more, in a layout that has room for the values that were met. */
  widen(): void {
    const { interner } = this.#memo;
    interner.catchUp();
    this.flush();
    const { count } = this;
    const old = { space: this.#space, layout: this.#layout, file: this.#file };
    const widths = interner.fit();
    this.#layout = layoutOf(widths);
    this.#space = this.#newSpace(widths, count);
    this.#saved = 0;
    this.#file = old.file?.anew(this.#layout.words) ?? null;
    const n = old.layout.words;
    const set = this.#set();
    const repack = (words: Uint32Array): Uint32Array => {
      const packed = repacked(words, old.layout, this.#layout);
      claimAll(set, packed, this.#layout.words);
      return packed;
    };
    if (this.#options.keepsAll) {
      this.#space.output.set(repack(old.space.output.subarray(0, count * n)));
      this.#space.parents.set(old.space.parents.subarray(0, count));
    } else
      for (const { words, parents } of blocksOf(old.file!, count, n))
        this.#file!.append(repack(words), parents);
    Atomics.store(this.#space.control, CONTROL.count, count);
  }

  #set(): StateSet {
    return new StateSet(this.#space.setKind, this.#space.set, this.#layout.words);
  }

  #newSpace(widths: readonly number[], count: number): Space {
    const { words: n, bits } = this.#layout;
    const { bitstateBytes, keepsAll, workers } = this.#options;
    const most = this.#most();
    const isMap = bits !== null && bits <= BITMAP_BITS_MAX;
    const setKind: SetKind = bitstateBytes !== null ? "bitstate" : isMap ? "bitmap" : "exact";
    const room = bitstateBytes !== null ? bitstateBytes / 4 : isMap ? bits : (count + most) * 2;
    const states = keepsAll ? Math.max(1 << 12, count * 2 + most) : Math.max(OUTPUT, 2 * most);
    const output = this.#words(states * n);
    return {
      widths,
      setKind,
      set: setBuffer(setKind, room, n, workers > 1),
      control: this.#numbers(CONTROL_WORDS),
      input: keepsAll ? output : this.#words(ROUND * n),
      inputBase: 0,
      output,
      outputBase: keepsAll ? 0 : count,
      parents: this.#numbers(states),
    };
  }

  /** States that all threads together find at most before they see that there is no room for more, with as many to spare. */
  #most(): number {
    return 2 * this.#options.workers * this.#memo.model.actions.length;
  }

  #words(length: number): Uint32Array {
    return new Uint32Array(this.#buffer(length * 4));
  }

  #numbers(length: number): Int32Array {
    return new Int32Array(this.#buffer(length * 4));
  }

  #buffer(bytes: number): ArrayBuffer | SharedArrayBuffer {
    return this.#options.workers > 1 ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  }
}

function claimAll(set: StateSet, words: Uint32Array, n: number): void {
  const one = new Uint32Array(n);
  for (let i = 0; i < words.length; i += n) {
    one.set(words.subarray(i, i + n));
    set.claim(one);
  }
}

function repacked(words: Uint32Array, from: Layout, to: Layout): Uint32Array {
  const packed = new Uint32Array((words.length / from.words) * to.words);
  for (let i = 0, at = 0; i < words.length; i += from.words, at += to.words)
    for (const [c, field] of to.fields.entries()) setId(packed, at, field, idAt(words, i, from.fields[c]!));
  return packed;
}

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
