/**
 * Every state that was found, once, in the order of finding: the part not yet gone through is the frontier. States are
 * words in one typed array, the index over them is open addressing, and each remembers the state it was found from.
 */
export class StateTable {
  readonly words: number;
  /** Words of state `i` begin at `i * words`. */
  packed: Uint32Array;
  #parents: Int32Array;
  // Each slot holds a state's number plus one, then its words once more: a look-up touches one place of memory.
  #slots: Uint32Array;
  #slotMask: number;
  // Where all states that there could be are few, a bit for each instead.
  readonly #bits: Uint32Array | null;
  #count = 0;
  #capacity: number;

  /** `bits`: how many bits of its only word a state uses; absent: more than one word. */
  constructor(words: number, bits: number | null = null, capacity = 1 << 12) {
    this.words = words;
    this.#bits =
      bits !== null && bits <= BITMAP_BITS_MAX ? new Uint32Array(2 ** Math.max(bits - 5, 0)) : null;
    this.#capacity = capacity;
    this.packed = new Uint32Array(capacity * words);
    this.#parents = new Int32Array(capacity);
    this.#slots = new Uint32Array(this.#bits === null ? capacity * 2 * (words + 1) : 0);
    this.#slotMask = capacity * 2 - 1;
  }

  /** How many states there are. */
  get count(): number {
    return this.#count;
  }

  /** The state from which state `i` was found first; -1: it is the initial one. */
  parentOf(i: number): number {
    return this.#parents[i]!;
  }

  /** Adds the state in `words`; true where it is new. */
  add(words: Uint32Array, parent: number): boolean {
    const bits = this.#bits;
    if (bits === null) return this.#addHashed(words, parent);
    const word = words[0]!;
    const bit = 1 << (word & 31);
    if ((bits[word >>> 5]! & bit) !== 0) return false;
    bits[word >>> 5]! |= bit;
    this.packed[this.#count] = word;
    this.#parents[this.#count++] = parent;
    if (this.#count === this.#capacity) this.#grow();
    return true;
  }

  #addHashed(words: Uint32Array, parent: number): boolean {
    const n = this.words;
    const slots = this.#slots;
    const slotMask = this.#slotMask;
    let slot = hashAt(words, 0, n) & slotMask;
    let at = slot * (n + 1);
    probe: while (slots[at] !== 0) {
      for (let k = 0; k < n; ) {
        if (slots[at + ++k] !== words[k - 1]) {
          slot = (slot + 1) & slotMask;
          at = slot * (n + 1);
          continue probe;
        }
      }
      return false;
    }
    const index = this.#count++;
    const place = index * n;
    slots[at] = index + 1;
    for (let k = 0; k < n; k++) {
      slots[at + 1 + k] = words[k]!;
      this.packed[place + k] = words[k]!;
    }
    this.#parents[index] = parent;
    if (this.#count === this.#capacity) this.#grow();
    return true;
  }

  #grow(): void {
    const n = this.words;
    this.#capacity *= 2;
    const packed = new Uint32Array(this.#capacity * n);
    packed.set(this.packed);
    this.packed = packed;
    const parents = new Int32Array(this.#capacity);
    parents.set(this.#parents);
    this.#parents = parents;
    if (this.#bits !== null) return;
    const slots = new Uint32Array(this.#capacity * 2 * (n + 1));
    const slotMask = this.#capacity * 2 - 1;
    for (let i = 0; i < this.#count; i++) {
      let slot = hashAt(packed, i * n, n) & slotMask;
      while (slots[slot * (n + 1)] !== 0) slot = (slot + 1) & slotMask;
      slots[slot * (n + 1)] = i + 1;
      for (let k = 0; k < n; k++) slots[slot * (n + 1) + 1 + k] = packed[i * n + k]!;
    }
    this.#slots = slots;
    this.#slotMask = slotMask;
  }
}

// 16 MB of bits.
const BITMAP_BITS_MAX = 27;

/** A hash of the `n` words from `at` on, well mixed in its low bits. */
export function hashAt(words: Uint32Array, at: number, n: number): number {
  let h = 0x9e37_79b9;
  for (let k = 0; k < n; k++) {
    h = Math.imul(h ^ words[at + k]!, 0x85eb_ca6b);
    h ^= h >>> 13;
  }
  h = Math.imul(h, 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
