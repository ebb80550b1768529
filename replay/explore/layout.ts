import { assert } from "../../base/assert.ts";

/** Where a component's id lies in a packed state: bits `shift` upwards of word `word`. */
export interface Field {
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
  /** `bits` ones, not shifted. */
  readonly mask: number;
}

/** How a state is packed into as few 32-bit words as hold it; no component lies across two of them. */
export interface Layout {
  readonly words: number;
  /** Bits in use, where one word holds all; else null. */
  readonly bits: number | null;
  readonly fields: readonly Field[];
}

/** Packs fields of these widths, in order of the components but filling gaps: first fit, widest first. */
export function layoutOf(widths: readonly number[]): Layout {
  const order = widths.map((_, i) => i).sort((a, b) => widths[b]! - widths[a]! || a - b);
  const used: number[] = [];
  const fields: Field[] = new Array(widths.length);
  for (const i of order) {
    const bits = widths[i]!;
    assert(bits >= 1 && bits <= 31, `a component of ${bits} bits`);
    let word = used.findIndex((taken) => taken + bits <= 32);
    if (word < 0) word = used.push(0) - 1;
    fields[i] = { word, shift: used[word]!, bits, mask: 2 ** bits - 1 };
    used[word]! += bits;
  }
  return { words: Math.max(used.length, 1), bits: used.length === 1 ? used[0]! : null, fields };
}

/** The id of a component in the state whose words begin at `at`. */
export function idAt(words: Uint32Array, at: number, { word, shift, mask }: Field): number {
  return (words[at + word]! >>> shift) & mask;
}

/** Writes the id of a component. */
export function setId(words: Uint32Array, at: number, { word, shift, mask }: Field, id: number): void {
  words[at + word] = (words[at + word]! & ~(mask << shift)) | (id << shift);
}
