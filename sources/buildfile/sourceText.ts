import { EXCERPT_LENGTH_MAX } from "../config/limits.ts";
import { printable } from "../config/sourceFile.ts";

/** Where a stretch of a text stands: line and columns from 1, in UTF-16 units, end exclusive. */
export interface TextPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  /** The line, safe to print and of equal length; null where it is too long to quote. */
  readonly excerpt: string | null;
}

/** A file's text that knows its lines. */
export class SourceText {
  readonly name: string;
  readonly text: string;
  readonly #shown: string;
  readonly #lineStarts: readonly number[];

  /** `shown`: the text as it was before parts of it were blanked out, of equal length; lines are quoted from it. */
  constructor(name: string, text: string, shown: string = text) {
    this.name = name;
    this.text = text;
    this.#shown = shown;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** The place of `text[from..to)`; what runs over its line ends with it. */
  place(from: number, to: number): TextPlace {
    const index = this.#lineIndex(from);
    const start = this.#lineStarts[index]!;
    const end = this.#lineEnd(index);
    const column = from - start + 1;
    const endColumn = Math.max(column + 1, Math.min(to, Math.max(end, from + 1)) - start + 1);
    return { file: this.name, line: index + 1, column, endColumn, excerpt: this.#excerpt(index) };
  }

  /** The offset of a line and column, both from 1; the text's end where there is no such line. */
  offsetOf(line: number, column: number): number {
    const start = this.#lineStarts[line - 1];
    return start === undefined ? this.text.length : Math.min(start + column - 1, this.text.length);
  }

  #lineIndex(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #lineEnd(index: number): number {
    const next = this.#lineStarts[index + 1];
    const end = next === undefined ? this.text.length : next - 1;
    return this.text[end - 1] === "\r" && end > this.#lineStarts[index]! ? end - 1 : end;
  }

  #excerpt(index: number): string | null {
    const start = this.#lineStarts[index]!;
    const end = this.#lineEnd(index);
    return end - start > EXCERPT_LENGTH_MAX ? null : printable(this.#shown.slice(start, end));
  }
}

/** A run of characters that stand next to each other in the source too: `from` is its offset here, `source` there. */
interface Segment {
  readonly from: number;
  readonly source: number;
}

/** A text taken out of a source, such as an inline file whose escapes were removed: each character knows where it was. */
export class PlacedText {
  readonly text: string;
  readonly source: SourceText;
  readonly #segments: readonly Segment[];

  private constructor(text: string, source: SourceText, segments: readonly Segment[]) {
    this.text = text;
    this.source = source;
    this.#segments = segments;
  }

  /** A whole file. */
  static whole(source: SourceText): PlacedText {
    return new PlacedText(source.text, source, [{ from: 0, source: 0 }]);
  }

  /** The stretch `[from..to)` of a source without the characters at `removed`, which ascend. */
  static cut(source: SourceText, from: number, to: number, removed: readonly number[] = []): PlacedText {
    const segments: Segment[] = [{ from: 0, source: from }];
    const parts: string[] = [];
    let at = from;
    let length = 0;
    for (const gap of removed) {
      parts.push(source.text.slice(at, gap));
      length += gap - at;
      at = gap + 1;
      segments.push({ from: length, source: at });
    }
    parts.push(source.text.slice(at, to));
    return new PlacedText(parts.join(""), source, segments);
  }

  /** The stretch `[from..to)` of this text, as a text of its own. */
  slice(from: number, to: number): PlacedText {
    const inside = this.#segments
      .filter((segment) => segment.from > from && segment.from < to)
      .map((segment) => ({ from: segment.from - from, source: segment.source }));
    const segments = [{ from: 0, source: this.#sourceOffset(from) }, ...inside];
    return new PlacedText(this.text.slice(from, to), this.source, segments);
  }

  /** Where `text[from..to)` stands in the source. */
  place(from: number, to: number): TextPlace {
    const first = this.#sourceOffset(from);
    const last = to > from ? this.#sourceOffset(to - 1) + 1 : first;
    return this.source.place(first, Math.max(last, first));
  }

  #sourceOffset(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle]!.from <= offset) low = middle;
      else high = middle - 1;
    }
    const segment = this.#segments[low]!;
    return segment.source + (offset - segment.from);
  }
}
