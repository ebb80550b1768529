import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import { closest } from "./closest.ts";
import type { ConfigCode } from "./diagnosticCodes.ts";
import type { Substituted, SubstitutionForm } from "./origin.ts";
import { problem } from "./problem.ts";
import type { SourceFile } from "./sourceFile.ts";
import { lookUp, type TableIndex } from "./substitutionTables.ts";
import type { ConfigWord, Piece, RawWord } from "./words.ts";

/** Expands the substitutions of one word (SUB-1, SUB-5). What goes wrong is told and leaves the word `broken`. */
export function expandWord(
  raw: RawWord,
  source: SourceFile,
  tables: TableIndex,
  wordLengthMax: number,
  problems: Diagnostic[],
): ConfigWord {
  const plain = plainWord(raw, source);
  if (!raw.text.includes("$")) return plain;
  const expansion = new Expansion(plain, tables, problems);
  const pieces = expansion.run();
  const text = pieces.map((piece) => piece.text).join("");
  let state = expansion.state;
  if (state === "whole" && text.length > wordLengthMax) {
    problems.push(
      problem("CFG015", expansion.place(0, raw.text.length), tooLong(text.length, wordLengthMax), SPLIT_HINT),
    );
    state = "broken";
  }
  if (state !== "broken" && expansion.glued(pieces)) state = "broken";
  return { ...plain, text, state, pieces: withOffsets(pieces) };
}

/** The word as it stands. */
export function plainWord(raw: RawWord, source: SourceFile): ConfigWord {
  const { text, line, column, lineStart, startsLine } = raw;
  const endColumn = column + text.length;
  return {
    kind: "word",
    text,
    source,
    line,
    column,
    endColumn,
    lineStart,
    startsLine,
    pieces: [],
    state: "whole",
  };
}

/** The message for a word past its limit. */
export function tooLong(length: number, lengthMax: number): string {
  return `a word of ${length} characters, expected at most ${lengthMax}`;
}

/** The hint for a word past its limit. */
export const SPLIT_HINT = "check that the file is a configuration; no option needs a word this long";

interface TextPiece {
  readonly text: string;
  readonly column: number;
  readonly endColumn: number;
  readonly substituted: Substituted | null;
}

class Expansion {
  state: ConfigWord["state"] = "whole";
  private readonly word: ConfigWord;
  private readonly tables: TableIndex;
  private readonly problems: Diagnostic[];

  constructor(word: ConfigWord, tables: TableIndex, problems: Diagnostic[]) {
    this.word = word;
    this.tables = tables;
    this.problems = problems;
  }

  run(): TextPiece[] {
    const { text } = this.word;
    const pieces: TextPiece[] = [];
    let at = 0;
    while (at < text.length) {
      const next = text.indexOf("$", at);
      const end = next < 0 ? text.length : next;
      if (end > at) pieces.push(this.piece(text.slice(at, end), at, end, null));
      if (next < 0) break;
      at = this.expandAt(next, pieces);
    }
    return pieces;
  }

  // Expands the `$` at `from`; answers where reading goes on.
  private expandAt(from: number, pieces: TextPiece[]): number {
    const scanned = scanSubstitution(this.word.text, from);
    const { end } = scanned;
    if (scanned.kind === "problem") this.fail(scanned.code, from, end, scanned.message, scanned.hint);
    else this.lookUp(scanned.form, scanned.name, from, end, pieces);
    return end;
  }

  private lookUp(form: SubstitutionForm, name: string, from: number, end: number, pieces: TextPiece[]): void {
    const found = lookUp(this.tables, form, name);
    if (found.kind === "problem") return this.fail(found.code, from, end, found.message, found.hint);
    const written = this.word.text.slice(from, end);
    const { column } = this.word;
    const value = found.kind === "text" ? found.text : null;
    const substituted = { form, name, value, column: column + from, endColumn: column + end };
    pieces.push(this.piece(value ?? written, from, end, substituted));
    if (found.kind === "text") return;
    // Not an error: without a board nobody can say. The piece stays as it was written.
    const message = `${quote(written)} is not looked up: ${found.table} was given`;
    const hint = "give a board with --board to look it up and to check what depends on it";
    this.problems.push(problem("CFG110", this.place(from, end), message, hint));
    if (this.state === "whole") this.state = "unresolved";
  }

  /** True, and told, where an asinfo number would run into the text beside it and change its value. */
  glued(pieces: readonly TextPiece[]): boolean {
    const isText = (piece: TextPiece | undefined, at: number) => {
      const unit = piece?.text.at(at);
      return unit !== undefined && !",:".includes(unit);
    };
    for (const [index, piece] of pieces.entries()) {
      if (piece.substituted === null || piece.substituted.form === "env") continue;
      if (!isText(pieces[index - 1], -1) && !isText(pieces[index + 1], 0)) continue;
      const from = piece.column - this.word.column;
      const end = piece.endColumn - this.word.column;
      const message = `the number of ${quote(this.word.text.slice(from, end))} runs into the text beside it`;
      this.fail("CFG109", from, end, message, "let only a comma or a colon touch it");
      return true;
    }
    return false;
  }

  place(from: number, end: number) {
    const { source, line, column, lineStart } = this.word;
    const excerpt = source.excerpt(lineStart);
    return {
      file: source.name,
      line,
      column: column + from,
      endColumn: column + end,
      excerpt,
      substituted: [],
    };
  }

  private piece(text: string, from: number, end: number, substituted: Substituted | null): TextPiece {
    return { text, column: this.word.column + from, endColumn: this.word.column + end, substituted };
  }

  private fail(code: ConfigCode, from: number, end: number, message: string, hint: string): void {
    this.problems.push(problem(code, this.place(from, end), message, hint));
    this.state = "broken";
  }
}

type Scanned =
  | { readonly kind: "found"; readonly form: SubstitutionForm; readonly name: string; readonly end: number }
  | {
      readonly kind: "problem";
      readonly code: ConfigCode;
      readonly end: number;
      readonly message: string;
      readonly hint: string;
    };

const IDENTIFIER = /\$([A-Za-z0-9_]*)/y;
const FORMS: readonly SubstitutionForm[] = ["asinfo_start", "asinfo_length", "env"];
const FORMS_HINT = "the substitutions are $asinfo_start{name}, $asinfo_length{name} and $env{NAME}";

// Reads the `$form{name}` at `from`. What is wrong with it ends the word where its own end cannot be told.
function scanSubstitution(text: string, from: number): Scanned {
  IDENTIFIER.lastIndex = from;
  const written = IDENTIFIER.exec(text)?.[1] ?? "";
  const open = from + 1 + written.length;
  const form = FORMS.find((known) => known === written) ?? null;
  // `$HOME` and `${HOME}` are what a shell would take.
  const near = form ?? closest(written, FORMS) ?? (written === "" && text[open] === "{" ? "env" : null);
  const wrong = (code: ConfigCode, end: number, why: string, hint: string): Scanned => {
    return { kind: "problem", code, end, message: `${quote(text.slice(from, end))} ${why}`, hint };
  };
  if (text[open] !== "{") {
    const meant = near === null ? `$env{${written.slice(0, 64) || "NAME"}}` : `$${near}{name}`;
    return wrong(
      "CFG101",
      open,
      'is not a substitution: no "{" follows',
      `did you mean ${meant}? ${FORMS_HINT}`,
    );
  }
  const close = text.indexOf("}", open);
  if (close < 0) {
    const hint = `close it before any white space or #: $${near ?? "env"}{${text.slice(open + 1, open + 65)}}`;
    return wrong("CFG102", text.length, 'has no closing "}" in its word', hint);
  }
  const name = text.slice(open + 1, close);
  const end = close + 1;
  if (form === null) {
    const meant = near === null ? "" : `did you mean $${near}{${name.slice(0, 64)}}? `;
    return wrong("CFG101", end, "is not a known substitution", `${meant}${FORMS_HINT}`);
  }
  if (/[${]/.test(name)) {
    const hint = "give the inner value its own name; substitutions do not nest";
    return wrong("CFG104", text.length, "has a substitution inside a substitution", hint);
  }
  if (name === "") return wrong("CFG103", end, "has no name", "write a name between the braces");
  return { kind: "found", form, name, end };
}

function withOffsets(pieces: readonly TextPiece[]): Piece[] {
  let from = 0;
  return pieces.map(({ text, column, endColumn, substituted }) => {
    const piece = { from, to: from + text.length, column, endColumn, substituted };
    from = piece.to;
    return piece;
  });
}
