import { StringDecoder } from "node:string_decoder";

/** The longest line that is handed on whole, in UTF-16 units; of a longer one the beginning and one unit more. */
export const LINE_LENGTH_MAX = 1 << 20;

/** Takes a line; `terminated` is false for a last line without a line end, which may have been cut (logs 11.7). */
export type TakeLine = (text: string, line: number, terminated: boolean) => void;

/**
 * Cuts bytes into lines at LF; where the first bytes have none, at CR. A CR inside a line, as consoles send it, also
 * ends what stands before it, but is not counted: line numbers stay those of other tools. A line longer than the limit
 * is cut, so that memory does not grow with it.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #line = 0;
  #atCr: boolean | null = null;

  /** Hands on each complete line of the next bytes; lines count from 1, and a CR before the LF is not part of one. */
  push(bytes: Buffer, take: TakeLine): void {
    const written = this.#decoder.write(bytes);
    this.#atCr ??= !written.includes("\n") && /\r./.test(written);
    const text = this.#atCr ? written.replaceAll("\r", "\n") : written;
    let start = 0;
    let end = text.indexOf("\n");
    while (end >= 0) {
      const line = this.#rest === "" ? text.slice(start, end) : this.#rest + text.slice(start, end);
      this.#rest = "";
      this.#take(line, take);
      start = end + 1;
      end = text.indexOf("\n", start);
    }
    if (start < text.length && this.#rest.length <= LINE_LENGTH_MAX) this.#rest += text.slice(start);
    if (this.#rest.length > LINE_LENGTH_MAX + 1) this.#rest = this.#rest.slice(0, LINE_LENGTH_MAX + 1);
  }

  /** Hands on the last line, where the input does not end with a line end. */
  end(take: TakeLine): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (last !== "") this.#take(last, take, false);
  }

  #take(text: string, take: TakeLine, terminated = true): void {
    this.#line += 1;
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (!line.includes("\r")) return this.#hand(line, take, terminated);
    const parts = line.split(/\r+/);
    const last = parts.length - 1;
    parts.forEach((part, index) => {
      if (part !== "") this.#hand(part, take, terminated || index < last);
    });
  }

  #hand(line: string, take: TakeLine, terminated: boolean): void {
    take(line.length > LINE_LENGTH_MAX ? line.slice(0, LINE_LENGTH_MAX + 1) : line, this.#line, terminated);
  }
}
