/** A column of numbers that grows: a million transfers would be a million objects else. */
export class Column {
  #values = new Float64Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a number. */
  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The number of row `index`, which must exist. */
  at(index: number): number {
    return this.#values[index]!;
  }

  /** All rows; a view, valid until the next push. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** Writes the number of row `index`, which must exist. */
  set(index: number, value: number): void {
    this.#values[index] = value;
  }
}

/** Numbers for texts, so that equal texts have equal numbers in both boots of a comparison. */
export class Interner {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  /** The number of a text. */
  numberOf(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.length;
      this.#numbers.set(text, number);
      this.#texts.push(text);
    }
    return number;
  }

  /** The text of a number that {@link Interner.numberOf} gave. */
  textOf(number: number): string {
    return this.#texts[number]!;
  }
}

/** One number for several safe integers, such that different ones practically never have the same: 53 bits of a hash. */
export function mixed(...values: readonly number[]): number {
  let low = 0x9e3779b9;
  let high = 0x85ebca6b;
  for (const value of values) {
    const upper = Math.floor(value / 0x1_0000_0000);
    low = Math.imul(low ^ value, 0x9e3779b1);
    low ^= low >>> 15;
    high = Math.imul(high ^ upper ^ low, 0xc2b2ae35);
    high ^= high >>> 13;
  }
  low = Math.imul(low ^ high, 0x27d4eb2f);
  return (high >>> 0) * 0x20_0000 + ((low ^ (low >>> 15)) >>> 11);
}
