import { quote } from "../../base/diagnostic.ts";
import { InputError } from "../inputError.ts";

/** The longest line that is read, in UTF-16 units: as long as the longest record of a trace. */
export const LINE_LENGTH_MAX = 1 << 20;

const OPENING = "([{";
const CLOSING = ")]}";
const DEPTH_MAX = 32;

/**
 * Cuts a text at each separator that stands outside of brackets and quotes, and trims the pieces. Throws InputError where a
 * bracket or a quote is left open.
 */
export function split(text: string, isSeparator: (character: string) => boolean): string[] {
  const pieces: string[] = [];
  const open: string[] = [];
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"') quoted = !quoted;
    if (quoted) continue;
    if (OPENING.includes(c)) open.push(c);
    else if (CLOSING.includes(c)) {
      if (open.pop() !== OPENING[CLOSING.indexOf(c)]) throw new InputError(`there is a ${c} too many`);
    } else if (open.length === 0 && isSeparator(c)) {
      pieces.push(text.slice(from, at).trim());
      from = at + 1;
    }
    if (open.length > DEPTH_MAX) throw new InputError(`brackets are nested more than ${DEPTH_MAX} deep`);
  }
  if (quoted) throw new InputError("a quote is left open");
  if (open.length > 0) throw new InputError(`a ${open.at(-1)} is left open`);
  pieces.push(text.slice(from).trim());
  return pieces;
}

/** The words of a line; none for an empty one. */
export function wordsOf(text: string): string[] {
  return split(text, (c) => c === " " || c === "\t").filter((word) => word !== "");
}

/** The parts of a list between commas; none for an empty text. */
export function listOf(text: string): string[] {
  return text.trim() === "" ? [] : split(text, (c) => c === ",");
}

/** A whole number as it is written in C: decimal, or hexadecimal after 0x; null: it is none. */
export function numberOf(word: string): bigint | null {
  const text = word.replace(/^\((?:unsigned|int|long|uint\d+_t|_Uint\d+t)\)/, "").replace(/[uUlL]{1,3}$/, "");
  return /^(?:0[xX][0-9a-fA-F]{1,16}|\d{1,20})$/.test(text) ? BigInt(text) : null;
}

/** A number as records tell it: hex text. Throws InputError. */
export function hexOf(name: string, word: string): string {
  const number = numberOf(word);
  if (number === null || number >= 1n << 64n)
    throw new InputError(
      `${name} is ${quote(word)}, expected a number of at most 64 bits such as 0x70ad5000`,
    );
  return `0x${number.toString(16)}`;
}

/** A number that fits a record as such. Throws InputError. */
export function smallOf(name: string, word: string): number {
  const number = numberOf(word);
  if (number === null || number > BigInt(Number.MAX_SAFE_INTEGER))
    throw new InputError(`${name} is ${quote(word)}, expected a whole number`);
  return Number(number);
}
