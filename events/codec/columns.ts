import { assert } from "../../base/assert.ts";

/**
 * A column of numbers in the narrowest form that holds them all exactly: `constant`, unsigned integers of 1, 2 or 4
 * bytes above a base, or 64-bit floats. Little-endian, each column aligned to 8 bytes.
 */
const FORM = { constant: 0, bytes1: 1, bytes2: 2, bytes4: 4, float: 8 } as const;
const HEADER_BYTES = 16;

/** Writes columns one after another. */
export class ColumnWriter {
  readonly #parts: Uint8Array[] = [];

  /** Adds a column of `count` numbers; what stands for null is its reader's affair. */
  numbers(values: ArrayLike<number>, count: number): void {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let integral = true;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      if (!Number.isSafeInteger(value)) integral = false;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const span = max - min;
    if (count === 0) this.#add(FORM.constant, 0, new Uint8Array(0));
    else if (!integral)
      this.#add(FORM.float, 0, bytesOf(Float64Array.from({ length: count }, (_, i) => values[i]!)));
    else if (span === 0) this.#add(FORM.constant, min, new Uint8Array(0));
    else if (span <= 0xff) this.#add(FORM.bytes1, min, narrow(new Uint8Array(count), values, min));
    else if (span <= 0xffff)
      this.#add(FORM.bytes2, min, bytesOf(narrow(new Uint16Array(count), values, min)));
    else if (span <= 0xffff_ffff)
      this.#add(FORM.bytes4, min, bytesOf(narrow(new Uint32Array(count), values, min)));
    else this.#add(FORM.float, 0, bytesOf(narrow(new Float64Array(count), values, 0)));
  }

  /** Adds a text, as UTF-8. */
  text(text: string): void {
    this.#add(FORM.bytes1, 0, new TextEncoder().encode(text));
  }

  /** All columns. */
  finish(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of this.#parts) {
      all.set(part, offset);
      offset += part.length;
    }
    return all;
  }

  #add(form: number, base: number, payload: Uint8Array): void {
    const padded = (payload.length + 7) & ~7;
    const part = new Uint8Array(HEADER_BYTES + padded);
    const view = new DataView(part.buffer);
    view.setUint32(0, form, true);
    view.setUint32(4, payload.length, true);
    view.setFloat64(8, base, true);
    part.set(payload, HEADER_BYTES);
    this.#parts.push(part);
  }
}

/** Reads what ColumnWriter wrote; every length is checked against the bytes there are. */
export class ColumnReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    // Typed arrays want aligned storage; a slice of a larger buffer need not be.
    this.#bytes = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  /** The next column, `count` numbers long. */
  numbers(count: number): Float64Array {
    const { form, base, length, start } = this.#next();
    const out = new Float64Array(count);
    const at = this.#bytes.byteOffset + start;
    const buffer = this.#bytes.buffer;
    switch (form) {
      case FORM.constant:
        return out.fill(base);
      case FORM.bytes1:
        return widen(out, new Uint8Array(buffer, at, this.#sized(length, count, 1)), base);
      case FORM.bytes2:
        return widen(out, new Uint16Array(buffer, at, this.#sized(length, count, 2)), base);
      case FORM.bytes4:
        return widen(out, new Uint32Array(buffer, at, this.#sized(length, count, 4)), base);
      case FORM.float:
        out.set(new Float64Array(buffer, at, this.#sized(length, count, 8)));
        return out;
      default:
        throw new RangeError(`column form ${form} is not known`);
    }
  }

  /** The next text. */
  text(): string {
    const { length, start } = this.#next();
    return new TextDecoder("utf-8", { fatal: true }).decode(this.#bytes.subarray(start, start + length));
  }

  #next(): { form: number; base: number; length: number; start: number } {
    if (this.#offset + HEADER_BYTES > this.#bytes.length)
      throw new RangeError("a block ends before its columns do");
    const form = this.#view.getUint32(this.#offset, true);
    const length = this.#view.getUint32(this.#offset + 4, true);
    const base = this.#view.getFloat64(this.#offset + 8, true);
    const start = this.#offset + HEADER_BYTES;
    if (start + length > this.#bytes.length) throw new RangeError("a block ends inside a column");
    this.#offset = start + ((length + 7) & ~7);
    return { form, base, length, start };
  }

  #sized(length: number, count: number, width: number): number {
    if (length !== count * width) throw new RangeError(`a column has ${length} bytes, not ${count * width}`);
    return count;
  }
}

function narrow<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(
  out: A,
  values: ArrayLike<number>,
  base: number,
): A {
  for (let i = 0; i < out.length; i++) out[i] = values[i]! - base;
  return out;
}

function widen(
  out: Float64Array,
  values: Uint8Array | Uint16Array | Uint32Array,
  base: number,
): Float64Array {
  for (let i = 0; i < values.length; i++) out[i] = values[i]! + base;
  return out;
}

function bytesOf(array: Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

assert(
  new Uint8Array(new Uint16Array([1]).buffer)[0] === 1,
  "blocks are little-endian and so must this machine be",
);
