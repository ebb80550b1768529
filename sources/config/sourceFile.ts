import { EXCERPT_LENGTH_MAX } from "./limits.ts";

/** The name under which diagnostics tell of words given on the command line. */
export const COMMAND_LINE = "command line";

/** One input text as it is being read: a file, or the words of the command line joined by single spaces. */
export class SourceFile {
  readonly name: string;
  readonly text: string;
  private quotedAt = -1;
  private quoted: string | null = null;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** The line that starts at offset `lineStart`, safe to print and of equal length; null when longer than we quote. */
  excerpt(lineStart: number): string | null {
    if (this.quotedAt !== lineStart) {
      this.quotedAt = lineStart;
      this.quoted = quoteLine(this.text, lineStart);
    }
    return this.quoted;
  }
}

// Bounded before use: a file may be one line of many megabytes, and every word of it asks for its excerpt.
function quoteLine(text: string, lineStart: number): string | null {
  const slice = text.slice(lineStart, lineStart + EXCERPT_LENGTH_MAX + 1);
  const end = slice.search(/\r?\n/);
  if (end < 0 && slice.length > EXCERPT_LENGTH_MAX) return null;
  return printable(end < 0 ? slice : slice.slice(0, end));
}

/** The text with each control, invisible or direction-changing character made visible, of equal length. */
export function printable(text: string): string {
  return text.replace(/\t/g, " ").replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (unseen) => {
    const code = unseen.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd".repeat(unseen.length);
  });
}
