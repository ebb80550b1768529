import type { Origin } from "./origin.ts";
import { type ConfigWord, originOf } from "./words.ts";

/** A stretch of a word: one field of `start,len,permissions`. `unknown`: holds a substitution that was not looked up. */
export interface Field {
  readonly text: string;
  readonly origin: Origin;
  readonly unknown: boolean;
  readonly word: ConfigWord;
  readonly from: number;
  readonly to: number;
}

/** The whole word as one field. */
export function wholeWord(word: ConfigWord): Field {
  return slice(word, 0, word.text.length);
}

/** The part of a field from one offset to another, offsets counted in the field. */
export function partOf(field: Field, from: number, to = field.text.length): Field {
  return slice(field.word, field.from + from, field.from + to);
}

/** The fields between separators; at least one. A separator inside a substitution that was not looked up is none. */
export function splitField(field: Field, separator: string): Field[] {
  const fields: Field[] = [];
  let from = field.from;
  for (let at = field.from; at < field.to; at += 1) {
    if (field.word.text[at] !== separator || isOpaque(field.word, at)) continue;
    fields.push(slice(field.word, from, at));
    from = at + 1;
  }
  fields.push(slice(field.word, from, field.to));
  return fields;
}

/** True where an environment variable that was not looked up may stand for any number of fields. */
export function hidesFields(word: ConfigWord): boolean {
  return word.pieces.some((piece) => piece.substituted?.form === "env" && piece.substituted.value === null);
}

function slice(word: ConfigWord, from: number, to: number): Field {
  const unknown =
    word.state === "unresolved" &&
    word.pieces.some((piece) => piece.substituted?.value === null && piece.from < to && piece.to > from);
  return { text: word.text.slice(from, to), origin: originOf(word, from, to), unknown, word, from, to };
}

function isOpaque(word: ConfigWord, at: number): boolean {
  if (word.state !== "unresolved") return false;
  return word.pieces.some((piece) => piece.substituted?.value === null && piece.from <= at && at < piece.to);
}
