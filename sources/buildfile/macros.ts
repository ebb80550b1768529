/** A buildfile's text with the calls of m4 blanked out, every other character where it was. */
export interface WithoutMacros {
  readonly text: string;
  /** The first call, and the name that is called; null where there is none, and the text is as it was. */
  readonly first: { readonly from: number; readonly to: number; readonly name: string } | null;
}

// Nothing else in a buildfile looks like this: a call whose first argument begins with a quote of m4 or a bare word.
const MARK =
  /(?:^|\n)[ \t]*(?:define|ifdef|ifelse|undefine|pushdef|s?include|m4_\w+)\([ \t]*[`\w./]|(?:^|\n)[ \t]*changequote\(/;
const NAME = /[A-Za-z_]\w*/y;
// Of conditions the branches are kept: which of them holds is not known, and each may start something.
const CONDITIONS = new Map([
  ["ifdef", 1],
  ["ifelse", 2],
]);
const CALLS =
  /^(?:define|undefine|pushdef|popdef|s?include|divert|undivert|changequote|changecom|(?:e?syscmd)|errprint|m4exit|m4wrap|m4_\w+)$/;
const NESTED_MAX = 64;

/**
 * Takes the calls of m4 out of a text, for board support packages make their buildfiles with it. What a macro stands for is not
 * known; of `ifdef` and `ifelse` all branches stay. Each character is looked at a bounded number of times.
 */
export function withoutMacros(text: string): WithoutMacros {
  if (!MARK.test(text)) return { text, first: null };
  return new Blanker(text).run();
}

/** A name that a macro processor, or a template's, would replace: `__NET_START__`, `@QNX_STARTUP@`. */
export function isPlaceholder(word: string): boolean {
  return /^(?:__[A-Z][A-Z0-9_]*__|@[A-Z][A-Z0-9_]*@)$/.test(word);
}

/** What is said of macros, once; `name` is the first that was met. */
export function macroMessage(name: string): string {
  return isPlaceholder(name)
    ? `${name} stands for text that is put in later: what it starts, or brings into the image, is not known`
    : `m4 macros (${name}) are not expanded: what they stand for is not known, and of conditions all branches are read`;
}
/** What to do about macros. */
export const MACRO_HINT =
  "lint the file that is made of it: m4 definitions.m4 x.build.m4 > x.build, smmu lint x.build";

class Blanker {
  readonly #text: string;
  readonly #shown: string[];
  #first: WithoutMacros["first"] = null;
  #open = "`";
  #close = "'";

  constructor(text: string) {
    this.#text = text;
    this.#shown = text.split("");
  }

  run(): WithoutMacros {
    this.#scan(0, this.#text.length, 0);
    return { text: this.#shown.join(""), first: this.#first };
  }

  #scan(from: number, to: number, depth: number): void {
    const text = this.#text;
    for (let at = from; at < to; ) {
      const unit = text[at]!;
      if (unit === "#") at = this.#lineEnd(at, to);
      else if (/[A-Za-z_]/.test(unit)) {
        NAME.lastIndex = at;
        const name = NAME.exec(text)![0];
        const end = at + name.length;
        at = name === "dnl" ? this.#comment(at, to) : this.#call(name, at, end, to, depth);
      } else at += 1;
    }
  }

  // Where reading goes on behind a name: behind its call, if it is one of m4's own.
  #call(name: string, from: number, end: number, to: number, depth: number): number {
    const condition = CONDITIONS.get(name);
    if (condition === undefined && !CALLS.test(name)) return end;
    if (this.#text[end] !== "(") {
      if (name !== "changequote") return end;
      this.#met(name, from, end);
      this.#blank(from, end);
      this.#setQuotes([]);
      return end;
    }
    const { args, close } = this.#arguments(end + 1, to);
    this.#met(name, from, end);
    if (name === "changequote") this.#setQuotes(args);
    if (condition === undefined || depth >= NESTED_MAX) {
      this.#blank(from, close);
      return close;
    }
    let at = from;
    for (const [index, arg] of args.entries()) {
      if (index < condition) continue;
      const inner = this.#unquoted(arg);
      this.#blank(at, inner.from);
      this.#scan(inner.from, inner.to, depth + 1);
      at = inner.to;
    }
    this.#blank(at, close);
    return close;
  }

  /** The arguments up to the parenthesis that closes them, or to the end. */
  #arguments(from: number, to: number): { args: { from: number; to: number }[]; close: number } {
    const text = this.#text;
    const args: { from: number; to: number }[] = [];
    let start = from;
    let parentheses = 0;
    let quotes = 0;
    for (let at = from; at < to; ) {
      if (quotes > 0 && text.startsWith(this.#close, at)) {
        quotes -= 1;
        at += this.#close.length;
      } else if (text.startsWith(this.#open, at)) {
        quotes += 1;
        at += this.#open.length;
      } else {
        const unit = text[at];
        if (quotes === 0) {
          if (unit === "(") parentheses += 1;
          if (unit === ")" && parentheses === 0) {
            args.push({ from: start, to: at });
            return { args, close: at + 1 };
          }
          if (unit === ")") parentheses -= 1;
          if (unit === "," && parentheses === 0) {
            args.push({ from: start, to: at });
            start = at + 1;
          }
        }
        at += 1;
      }
    }
    args.push({ from: start, to });
    return { args, close: to };
  }

  #unquoted({ from, to }: { from: number; to: number }): { from: number; to: number } {
    const start = from + /^\s*/.exec(this.#text.slice(from, to))![0].length;
    if (!this.#text.startsWith(this.#open, start)) return { from: start, to };
    const end = this.#text.lastIndexOf(this.#close, to);
    return end > start ? { from: start + this.#open.length, to: end } : { from: start, to };
  }

  // `changequote([[[, ]]])`: from here on these are the quotes; without arguments those of m4.
  #setQuotes(args: readonly { from: number; to: number }[]): void {
    const [open, close] = args.map((arg) => {
      const { from, to } = this.#unquoted(arg);
      return this.#text.slice(from, to).trim();
    });
    this.#open = open ? open.slice(0, 16) : "`";
    this.#close = close ? close.slice(0, 16) : "'";
  }

  #comment(from: number, to: number): number {
    const end = this.#lineEnd(from, to);
    this.#blank(from, end);
    return end;
  }

  #met(name: string, from: number, to: number): void {
    this.#first ??= { from, to, name };
  }

  #blank(from: number, to: number): void {
    for (let at = from; at < to; at += 1) if (this.#shown[at] !== "\n") this.#shown[at] = " ";
  }

  #lineEnd(at: number, to: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 || end > to ? to : end;
  }
}
