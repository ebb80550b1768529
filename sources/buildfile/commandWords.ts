import { COMMAND_WORDS_MAX } from "./limits.ts";

/** A word of a script: its text without quotes, and where it stands in the script. */
export interface ScriptWord {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** It held quotes or a backslash, so it is no keyword and no operator. */
  readonly quoted: boolean;
  /** It holds a variable or a command substitution that only the target knows. */
  readonly open: boolean;
}

/** A command as its words, and how it ends. */
export interface ScriptLine {
  readonly words: readonly ScriptWord[];
  /** It ends with `&`: what follows does not wait for it. */
  readonly background: boolean;
  /** It follows `&&` or `||`, so it may not run. */
  readonly isConditional: boolean;
  /** `name ()`: what follows is the body of a function. */
  readonly isFunctionName: boolean;
}

/** How far a language goes: a boot script knows words, quotes, comments and `&`; a shell `;`, pipes and more. */
export type ScriptLanguage = "boot" | "shell";

const SPACES = new Set([" ", "\t", "\r", "\v", "\f"]);

/** The commands of a script in order, each as its words. Total: an unclosed quotation ends with the script. */
export function* scriptLines(text: string, language: ScriptLanguage): Generator<ScriptLine> {
  const scanner = new Scanner(text, language);
  let isConditional = false;
  let words: ScriptWord[] = [];
  for (let token = scanner.next(); token !== null; token = scanner.next()) {
    if (token.kind === "word") {
      if (words.length < COMMAND_WORDS_MAX) words.push(token.word);
      continue;
    }
    const isFunctionName = token.text.startsWith("(") && token.text.endsWith(")") && words.length === 1;
    if (words.length > 0) yield { words, background: token.text === "&", isConditional, isFunctionName };
    words = [];
    isConditional = token.text === "&&" || token.text === "||";
  }
  if (words.length > 0) yield { words, background: false, isConditional, isFunctionName: false };
}

type Token =
  | { readonly kind: "word"; readonly word: ScriptWord }
  | { readonly kind: "end"; readonly text: string };

class Scanner {
  readonly #text: string;
  readonly #ends: RegExp;
  /** The end marks of here-documents that begin after this line. */
  #hereMarks: string[] = [];
  #at = 0;

  constructor(text: string, language: ScriptLanguage) {
    this.#text = text;
    this.#ends = language === "shell" ? /&&|\|\||;;|\([ \t]*\)|[&;|()\n]/y : /[&\n]/y;
  }

  next(): Token | null {
    const text = this.#text;
    for (;;) {
      const unit = text[this.#at];
      if (unit === undefined) return null;
      if (SPACES.has(unit)) this.#at += 1;
      else if (unit === "\\" && text[this.#at + 1] === "\n") this.#at += 2;
      else if (unit === "#") this.#at = this.#lineEnd();
      else break;
    }
    this.#ends.lastIndex = this.#at;
    const end = this.#ends.exec(text)?.[0];
    if (end !== undefined && !this.#isRedirection()) {
      this.#at += end.length;
      if (end === "\n") this.#skipHereDocuments();
      return { kind: "end", text: end };
    }
    const word = this.#word();
    const here = /^\d*<<-?(.*)$/s.exec(word.text);
    if (here !== null && this.#hereMarks.length < 16) this.#hereMarks.push(here[1] || this.#nextWord());
    return { kind: "word", word };
  }

  #nextWord(): string {
    while (SPACES.has(this.#text[this.#at] ?? "")) this.#at += 1;
    return this.#text[this.#at] === "\n" ? "" : this.#word().text;
  }

  #skipHereDocuments(): void {
    for (const mark of this.#hereMarks) {
      while (this.#at < this.#text.length) {
        const end = this.#lineEnd();
        const line = this.#text.slice(this.#at, end).trim();
        this.#at = Math.min(end + 1, this.#text.length);
        if (line === mark) break;
      }
    }
    this.#hereMarks = [];
  }

  // `2>&1`, `>&2`, `&>file`: the ampersand belongs to a redirection.
  #isRedirection(): boolean {
    const text = this.#text;
    if (text[this.#at] !== "&") return false;
    return text[this.#at + 1] === ">" || text[this.#at - 1] === ">" || text[this.#at - 1] === "<";
  }

  #word(): ScriptWord {
    const text = this.#text;
    const from = this.#at;
    let word = "";
    let quoted = false;
    let open = false;
    while (this.#at < text.length) {
      const unit = text[this.#at]!;
      if (SPACES.has(unit)) break;
      if (this.#at > from || unit === "\n") {
        this.#ends.lastIndex = this.#at;
        if (this.#ends.test(text) && !this.#isRedirection()) break;
      }
      if (unit === "'" || unit === '"') {
        quoted = true;
        const close = this.#closingQuote(unit);
        const inside = text.slice(this.#at + 1, close);
        open ||= unit === '"' && /[$`]/.test(inside);
        word += unit === '"' ? inside.replace(/\\([\\"$`])/g, "$1") : inside;
        this.#at = close + 1;
      } else if (unit === "\\") {
        quoted = true;
        const escaped = text[this.#at + 1] ?? "";
        word += escaped === "\n" ? "" : escaped;
        this.#at += 2;
      } else if (unit === "`" || (unit === "$" && text[this.#at + 1] === "(")) {
        open = true;
        const end = this.#substitutionEnd();
        word += text.slice(this.#at, end);
        this.#at = end;
      } else {
        open ||= unit === "$";
        word += unit;
        this.#at += 1;
      }
    }
    this.#at = Math.min(this.#at, text.length);
    return { text: word, from, to: this.#at, quoted, open };
  }

  #closingQuote(mark: string): number {
    const text = this.#text;
    for (let at = this.#at + 1; at < text.length; at += 1) {
      if (text[at] === "\\" && mark === '"') at += 1;
      else if (text[at] === mark) return at;
    }
    return text.length;
  }

  #substitutionEnd(): number {
    const text = this.#text;
    if (text[this.#at] === "`") {
      const close = text.indexOf("`", this.#at + 1);
      return close < 0 ? text.length : close + 1;
    }
    let depth = 0;
    for (let at = this.#at + 1; at < text.length; at += 1) {
      if (text[at] === "(") depth += 1;
      if (text[at] === ")") depth -= 1;
      if (depth === 0) return at + 1;
    }
    return text.length;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end < 0 ? this.#text.length : end;
  }
}
