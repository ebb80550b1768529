/** How a search knows a state again. */
export type SetKind =
  /** A bit for each state that there could be: where the bits of a state are few. */
  | "bitmap"
  /** The states themselves, hashed. */
  | "exact"
  /** A few bits for each state: now and then a new one is taken for a known one. */
  | "bitstate";

/** Bits of a state up to which a bitmap is no larger than 16 MB. */
export const BITMAP_BITS_MAX = 27;

/** Bits that a state sets in bitstate mode, all in one word, so that one operation tests and sets them. */
export const BITSTATE_HASHES = 3;

/** The buffer that a set of this kind starts with: `bits` of a state for a bitmap, else how many states it has room for. */
export function setBuffer(kind: SetKind, room: number, words: number, isShared: boolean): Uint32Array {
  const length =
    kind === "bitmap" ? 2 ** Math.max(room - 5, 0) : kind === "exact" ? slotsFor(room) * (words + 1) : room;
  return new Uint32Array(isShared ? new SharedArrayBuffer(length * 4) : new ArrayBuffer(length * 4));
}

function slotsFor(room: number): number {
  let slots = 1 << 12;
  while (slots < room * 2) slots *= 2;
  return slots;
}

const BUSY = 0xffff_ffff;
const FIRST_SEED = 0x9e37_79b9;
const SECOND_SEED = 0x7f4a_7c15;

/** The states that were met, as threads share them. `claim` says of each once, to one thread alone, that it is new. */
export class StateSet {
  readonly kind: SetKind;
  readonly #buffer: Uint32Array;
  readonly #words: number;
  readonly #mask: number;

  constructor(kind: SetKind, buffer: Uint32Array, words: number) {
    this.kind = kind;
    this.#buffer = buffer;
    this.#words = words;
    this.#mask = (kind === "exact" ? buffer.length / (words + 1) : buffer.length) - 1;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#buffer.byteLength;
  }

  /** States beyond which it must be made larger; those that it cannot be full of: infinitely many. */
  get room(): number {
    return this.kind === "exact" ? (this.#mask + 1) / 2 : Number.POSITIVE_INFINITY;
  }

  /** True where the state in `words` is new; from now on it is not. */
  claim(words: Uint32Array): boolean {
    if (this.kind === "exact") return this.#claimSlot(words, 0, this.#words);
    const isMap = this.kind === "bitmap";
    const hash = isMap ? words[0]! >>> 5 : hashAt(words, 0, this.#words, FIRST_SEED);
    const place = isMap ? hash : hash & this.#mask;
    const bits = isMap ? 1 << (words[0]! & 31) : spread(hashAt(words, 0, this.#words, SECOND_SEED));
    if ((this.#buffer[place]! & bits) === bits) return false;
    return (Atomics.or(this.#buffer, place, bits) & bits) !== bits;
  }

  /** Copies all states of a smaller set of the same kind; while nobody else uses either. */
  takeAll(other: StateSet): void {
    const n = this.#words;
    const { length } = other.#buffer;
    for (let at = 0; at < length; at += n + 1)
      if (other.#buffer[at] !== 0) this.#claimSlot(other.#buffer, at + 1, n);
  }

  /** Of a bitstate set: how likely a state that it never met is taken for one that it did. */
  missProbability(): number {
    let sum = 0;
    for (const word of this.#buffer) {
      const ones = popcount(word);
      if (ones >= BITSTATE_HASHES) sum += (ones * (ones - 1) * (ones - 2)) / (32 * 31 * 30);
    }
    return sum / this.#buffer.length;
  }

  #claimSlot(words: Uint32Array, from: number, n: number): boolean {
    const slots = this.#buffer;
    const mask = this.#mask;
    let slot = hashAt(words, from, n, FIRST_SEED) & mask;
    let at = slot * (n + 1);
    probe: for (;;) {
      let held = Atomics.load(slots, at);
      if (held === 0) {
        held = Atomics.compareExchange(slots, at, 0, BUSY);
        if (held === 0) {
          for (let k = 0; k < n; k++) slots[at + 1 + k] = words[from + k]!;
          Atomics.store(slots, at, 1);
          return true;
        }
      }
      // Another thread is writing it: a few nanoseconds.
      while (held === BUSY) held = Atomics.load(slots, at);
      for (let k = 0; k < n; ) {
        if (slots[at + ++k] !== words[from + k - 1]) {
          slot = (slot + 1) & mask;
          at = slot * (n + 1);
          continue probe;
        }
      }
      return false;
    }
  }
}

/** Three different bits of a word. */
function spread(hash: number): number {
  const first = hash & 31;
  let second = (hash >>> 5) & 31;
  if (second === first) second = (second + 1) & 31;
  let third = (hash >>> 10) & 31;
  while (third === first || third === second) third = (third + 1) & 31;
  return (1 << first) | (1 << second) | (1 << third);
}

function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** A hash of the `n` words from `at` on, well mixed in its low bits. */
export function hashAt(words: Uint32Array, at: number, n: number, seed: number): number {
  let h = seed;
  for (let k = 0; k < n; k++) {
    h = Math.imul(h ^ words[at + k]!, 0x85eb_ca6b);
    h ^= h >>> 13;
  }
  h = Math.imul(h, 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
