import { NAME_LENGTH_MAX } from "../../events/vocabulary/names.ts";
import type { Origin, Substituted } from "./origin.ts";
import type { SourceFile } from "./sourceFile.ts";

/** A run of characters between white space, comments taken off (LANG-1, LANG-2), before substitution. */
export interface RawWord {
  readonly text: string;
  /** Units the word has in the source; more than `text.length` where the word was too long to keep. */
  readonly length: number;
  readonly line: number;
  readonly column: number;
  readonly lineStart: number;
  /** Nothing but white space stands before it on its line. */
  readonly startsLine: boolean;
}

/** A stretch of a word's text and the columns it comes from. Columns of a substituted piece are those of `$form{name}`. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly column: number;
  readonly endColumn: number;
  readonly substituted: Substituted | null;
}

/**
 * A word after substitution. `pieces` is empty where nothing was substituted. A `broken` word has its diagnostic
 * already and no meaning; an `unresolved` one holds a substitution that could not be looked up, as it was written.
 */
export interface ConfigWord {
  readonly kind: "word";
  readonly text: string;
  readonly source: SourceFile;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly lineStart: number;
  readonly pieces: readonly Piece[];
  readonly state: "whole" | "broken" | "unresolved";
  /** Nothing but white space stands before it on its line. */
  readonly startsLine: boolean;
}

/** The longest name of an allow set, unit or library. */
export const NAME_MAX = NAME_LENGTH_MAX;

const NEWLINE = 10;
const HASH = 35;

/** The words of a text in order; `wordLengthMax` units of each are kept. */
export function* splitWords(text: string, wordLengthMax: number): Generator<RawWord> {
  let line = 1;
  let lineStart = 0;
  let startsLine = true;
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === NEWLINE) {
      line += 1;
      lineStart = at + 1;
      startsLine = true;
      at += 1;
    } else if (isSpace(unit)) {
      at += 1;
    } else if (unit === HASH) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else {
      const from = at;
      while (at < text.length && !isSpace(text.charCodeAt(at)) && text.charCodeAt(at) !== HASH) at += 1;
      const kept = text.slice(from, Math.min(at, from + wordLengthMax));
      yield { text: kept, length: at - from, line, column: from - lineStart + 1, lineStart, startsLine };
      startsLine = false;
    }
  }
}

// Space, tab, LF, VT, FF, CR; and NUL, which has its own diagnostic and must not hide what follows it.
function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13) || unit === 0;
}

/** Where `text[from..to)` of a word was written. */
export function originOf(word: ConfigWord, from = 0, to = word.text.length): Origin {
  const { source, line } = word;
  const excerpt = source.excerpt(word.lineStart);
  if (word.pieces.length === 0) {
    const column = word.column + from;
    const endColumn = Math.max(word.column + to, column + (from === to ? 0 : 1));
    return { file: source.name, line, column, endColumn, excerpt, substituted: [] };
  }
  const touched = word.pieces.filter((piece) => piece.from < Math.max(to, from + 1) && piece.to > from);
  const first = touched[0] ?? word.pieces[word.pieces.length - 1]!;
  const last = touched[touched.length - 1] ?? first;
  const column =
    touched.length === 0
      ? word.endColumn
      : first.column + (first.substituted === null ? Math.max(0, from - first.from) : 0);
  const endColumn =
    touched.length === 0
      ? word.endColumn
      : last.substituted === null
        ? last.column + (Math.min(to, last.to) - last.from)
        : last.endColumn;
  const substituted = touched.flatMap((piece) => (piece.substituted === null ? [] : [piece.substituted]));
  return { file: source.name, line, column, endColumn: Math.max(endColumn, column), excerpt, substituted };
}

/** The word as it stands in the source, before substitution. */
export function writtenText(word: ConfigWord): string {
  if (word.pieces.length === 0) return word.text;
  const from = word.lineStart + word.column - 1;
  return word.source.text.slice(from, from + word.endColumn - word.column);
}
