import { assert } from "../../base/assert.ts";

/** The byte order of multi-byte integers: ACPI tables are little-endian, device-tree blobs big-endian (tables). */
export type ByteOrder = "little" | "big";

/**
 * Reads integers at any, also unaligned, offset of a piece of memory. A read outside asserts: callers ask `has` first,
 * so that a length found in the input is never used before it was checked (tables 1).
 */
export class ByteReader {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;

  constructor(bytes: Uint8Array, order: ByteOrder) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = order === "little";
    this.length = bytes.byteLength;
  }

  /** True when the `length` bytes from `at` all exist. */
  has(at: number, length: number): boolean {
    return at >= 0 && length >= 0 && at + length <= this.length;
  }

  u8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, this.#little);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, this.#little);
  }

  u64(at: number): bigint {
    this.#check(at, 8);
    return this.#view.getBigUint64(at, this.#little);
  }

  /** A view of `length` bytes, not a copy. */
  slice(at: number, length: number): Uint8Array {
    this.#check(at, length);
    return this.#bytes.subarray(at, at + length);
  }

  /** `length` bytes as text, one character a byte (Latin-1), so that nothing is lost and nothing can fail. */
  text(at: number, length: number): string {
    return latin1(this.slice(at, length));
  }

  /** The text from `at` to the first NUL before `end`, or null when there is none. */
  textToNul(at: number, end: number): string | null {
    if (at > end) return null;
    this.#check(at, end - at);
    const nul = this.#bytes.subarray(at, end).indexOf(0);
    return nul < 0 ? null : this.text(at, nul);
  }

  #check(at: number, length: number): void {
    assert(this.has(at, length), `read of ${length} bytes at ${at} of ${this.length}`);
  }
}

const CHUNK = 8192;

/** Bytes as text, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}
