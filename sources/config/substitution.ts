import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import { closest } from "./closest.ts";
import type { ConfigCode } from "./diagnosticCodes.ts";
import type { Substituted, SubstitutionForm } from "./origin.ts";
import { problem } from "./problem.ts";
import { printable, type SourceFile } from "./sourceFile.ts";
import type { ConfigWord, Piece, RawWord } from "./words.ts";

/** One entry of the system page's address-space information; `name` is its leaf name (SUB-3). */
export interface AsinfoEntry {
  readonly name: string;
  readonly start: bigint;
  readonly length: bigint;
}

/** What substitutions are looked up in. Null: not known (no board was given), which is not the same as empty. */
export interface SubstitutionTables {
  readonly asinfo: readonly AsinfoEntry[] | null;
  readonly env: Readonly<Record<string, string>> | null;
}

/** Tables made ready for many look-ups. */
export interface Substitutions {
  readonly asinfo: ReadonlyMap<string, readonly AsinfoEntry[]> | null;
  readonly env: ReadonlyMap<string, string> | null;
}

/** Indexes the tables once. */
export function substitutions(tables: SubstitutionTables): Substitutions {
  let asinfo: Map<string, AsinfoEntry[]> | null = null;
  if (tables.asinfo !== null) {
    asinfo = new Map();
    for (const entry of tables.asinfo) {
      const same = asinfo.get(entry.name);
      if (same === undefined) asinfo.set(entry.name, [entry]);
      else same.push(entry);
    }
  }
  return { asinfo, env: tables.env === null ? null : new Map(Object.entries(tables.env)) };
}

/** Expands the substitutions of one word (SUB-1, SUB-5). What goes wrong is told and leaves the word `broken`. */
export function expandWord(
  raw: RawWord,
  source: SourceFile,
  tables: Substitutions,
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

const IDENTIFIER = /\$([A-Za-z0-9_]*)/y;
const FORMS: readonly SubstitutionForm[] = ["asinfo_start", "asinfo_length", "env"];
const FORMS_HINT = "the substitutions are $asinfo_start{name}, $asinfo_length{name} and $env{NAME}";

class Expansion {
  state: ConfigWord["state"] = "whole";
  private readonly word: ConfigWord;
  private readonly tables: Substitutions;
  private readonly problems: Diagnostic[];

  constructor(word: ConfigWord, tables: Substitutions, problems: Diagnostic[]) {
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
    const { text } = this.word;
    IDENTIFIER.lastIndex = from;
    const written = IDENTIFIER.exec(text)?.[1] ?? "";
    const open = from + 1 + written.length;
    const form = FORMS.find((known) => known === written);
    if (text[open] !== "{") {
      const near = form ?? closest(written, FORMS);
      const hint = near === null ? `${FORMS_HINT}; a plain $ has no other use` : `write $${near}{name}`;
      this.fail(
        "CFG101",
        from,
        open,
        `${quote(text.slice(from, open))} is not a substitution: no "{" follows`,
        hint,
      );
      return open;
    }
    const close = text.indexOf("}", open);
    if (close < 0) {
      const hint = `close it with "}" before any white space or #: $${form ?? "env"}{${text.slice(open + 1).slice(0, 64)}}`;
      this.fail(
        "CFG102",
        from,
        text.length,
        `${quote(text.slice(from))} has no closing "}" in its word`,
        hint,
      );
      return text.length;
    }
    const name = text.slice(open + 1, close);
    const end = close + 1;
    if (form === undefined) {
      const near = closest(written, FORMS);
      const hint = near === null ? FORMS_HINT : `did you mean $${near}{${name.slice(0, 64)}}? ${FORMS_HINT}`;
      this.fail("CFG101", from, end, `unknown substitution ${quote(`$${written}{}`)}`, hint);
      return end;
    }
    if (/[${]/.test(name)) {
      const hint = "give the inner value its own name; substitutions do not nest";
      this.fail(
        "CFG104",
        from,
        text.length,
        `${quote(text.slice(from))} has a substitution inside a substitution`,
        hint,
      );
      return text.length;
    }
    if (name === "") {
      this.fail(
        "CFG103",
        from,
        end,
        `${quote(text.slice(from, end))} has no name`,
        `write a name between the braces`,
      );
      return end;
    }
    const found = form === "env" ? this.env(name, from, end) : this.asinfo(form, name, from, end);
    if (found !== null) pieces.push(this.piece(found.text, from, end, found.substituted));
    return end;
  }

  private asinfo(form: SubstitutionForm, name: string, from: number, end: number) {
    const table = this.tables.asinfo;
    if (name.includes("/")) {
      const leaf = name.slice(name.lastIndexOf("/") + 1);
      const hint = `write the leaf name only: $${form}{${leaf.slice(0, 64) || "name"}} (SUB-3)`;
      this.fail(
        "CFG105",
        from,
        end,
        `${quote(name)} is a path, expected the leaf name of an asinfo entry`,
        hint,
      );
      return null;
    }
    if (table === null) return this.unknown(form, name, from, end, "no asinfo table");
    const entries = table.get(name) ?? [];
    if (entries.length === 0) {
      const near = closest(name, table.keys());
      const hint =
        near === null
          ? `add the entry in the start-up code (as_add), or correct the name; ${listed("entries", table)}`
          : `did you mean $${form}{${near}}?`;
      this.fail("CFG106", from, end, `the system page has no asinfo entry ${quote(name)}`, hint);
      return null;
    }
    if (entries.length > 1) {
      const hint = "give the entries different leaf names, or write the numbers";
      this.fail(
        "CFG107",
        from,
        end,
        `${entries.length} asinfo entries have the leaf name ${quote(name)}`,
        hint,
      );
      return null;
    }
    const value = form === "asinfo_start" ? entries[0]!.start : entries[0]!.length;
    return this.known(form, name, `0x${value.toString(16)}`, from, end);
  }

  private env(name: string, from: number, end: number) {
    const table = this.tables.env;
    if (table === null) return this.unknown("env", name, from, end, "no environment");
    const value = table.get(name);
    if (value === undefined) {
      const near = closest(name, table.keys());
      const hint =
        near === null
          ? "export it before the service starts, or write the value"
          : `did you mean $env{${near}}?`;
      this.fail("CFG106", from, end, `the environment has no variable ${quote(name)}`, hint);
      return null;
    }
    const wrong = unfit(value);
    if (wrong !== null) {
      const hint = "set the variable to one piece of a word: no white space, no # @ $, no quotes";
      this.fail(
        "CFG108",
        from,
        end,
        `the value of ${quote(name)}, ${quote(printable(value))}, ${wrong}`,
        hint,
      );
      return null;
    }
    return this.known("env", name, value, from, end);
  }

  private known(form: SubstitutionForm, name: string, value: string, from: number, end: number) {
    const { column } = this.word;
    return {
      text: value,
      substituted: { form, name, value, column: column + from, endColumn: column + end },
    };
  }

  // Not an error: without a board nobody can say. The piece stays as it was written.
  private unknown(form: SubstitutionForm, name: string, from: number, end: number, what: string) {
    const text = this.word.text.slice(from, end);
    const { column } = this.word;
    const hint = "give a board with --board to look it up and to check what depends on it";
    this.problems.push(
      problem("CFG110", this.place(from, end), `${quote(text)} is not looked up: ${what} was given`, hint),
    );
    if (this.state === "whole") this.state = "unresolved";
    return { text, substituted: { form, name, value: null, column: column + from, endColumn: column + end } };
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
      const message = `the number of ${quote(this.word.text.slice(from, piece.endColumn - this.word.column))} runs into the text beside it`;
      this.fail(
        "CFG109",
        from,
        piece.endColumn - this.word.column,
        message,
        "let only a comma or a colon touch it",
      );
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

// G-11: the result is one piece of one word; it brings no white space, comment, file, further substitution or quote.
function unfit(value: string): string | null {
  if (value === "") return "is empty";
  if (/\s/.test(value)) return "holds white space";
  const mark = /[#@$"'`\\]/.exec(value)?.[0];
  if (mark !== undefined) return `holds ${mark === "`" ? "a back quote" : mark}`;
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(value)) return "holds an invisible or control character";
  return null;
}

function listed(what: string, table: ReadonlyMap<string, unknown>): string {
  if (table.size === 0) return `the board has no ${what}`;
  const names = [...table.keys()].slice(0, 8).map((name) => quote(name));
  return `the board's ${what} are ${names.join(", ")}${table.size > 8 ? ", ..." : ""}`;
}

function withOffsets(pieces: readonly TextPiece[]): Piece[] {
  let from = 0;
  return pieces.map(({ text, column, endColumn, substituted }) => {
    const piece = { from, to: from + text.length, column, endColumn, substituted };
    from = piece.to;
    return piece;
  });
}
