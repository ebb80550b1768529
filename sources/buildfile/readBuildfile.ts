import { quote } from "../../base/diagnostic.ts";
import { type Attribute, type Attributes, misspelt, readAttributes, textOf } from "./attributes.ts";
import type { BuildEntry, Buildfile, EntryContent, HostVariables } from "./buildfile.ts";
import type { BuildCode } from "./codes.ts";
import { entryOf } from "./entry.ts";
import type { BuildFindings } from "./findings.ts";
import { readInline } from "./inlineFile.ts";
import {
  ATTRIBUTE_LINES_MAX,
  ATTRIBUTES_MAX,
  BUILDFILE_BYTES_MAX,
  ENTRIES_MAX,
  NAME_LENGTH_MAX,
} from "./limits.ts";
import { isPlaceholder, MACRO_HINT, macroMessage, withoutMacros } from "./macros.ts";
import { SourceText } from "./sourceText.ts";

/** Reads an image buildfile: attribute lists, files, links, inline files. Every sequence of bytes has an answer. */
export function readBuildfile(
  name: string,
  bytes: Uint8Array,
  variables: HostVariables,
  findings: BuildFindings,
): Buildfile {
  if (bytes.length > BUILDFILE_BYTES_MAX) {
    const message = `${bytes.length} bytes, at most ${BUILDFILE_BYTES_MAX} are read`;
    findings.add("BLD011", null, message, "check that this is a buildfile, and not the image");
    return { name, entries: [], processor: null, isExcerpt: false, hasMacros: false, search: [] };
  }
  const source = decode(name, bytes, findings);
  const plain = withoutMacros(source.text);
  const reader = new Reader(new SourceText(name, plain.text, source.text), variables, findings);
  if (plain.first !== null) reader.macro(plain.first.from, plain.first.to, plain.first.name);
  return reader.read();
}

function decode(name: string, bytes: Uint8Array, findings: BuildFindings): SourceText {
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const marked = decoded.startsWith("\ufeff");
  const source = new SourceText(name, marked ? decoded.slice(1) : decoded);
  const hint = "save it as plain text in UTF-8 or ASCII, without a byte-order mark";
  const nul = source.text.indexOf("\0");
  if (marked) findings.add("BLD001", source.place(0, 1), "the file starts with a byte-order mark", hint);
  if (nul >= 0) findings.add("BLD001", source.place(nul, nul + 1), "the file holds NUL bytes", hint);
  const bad = source.text.indexOf("\ufffd");
  if (bad >= 0)
    findings.add("BLD001", source.place(bad, bad + 1), "bytes that are not UTF-8", hint, "warning");
  return source;
}

/** A word of the buildfile: its text without quotes and escapes, and where it stands. */
interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const BLANKS = new Set([" ", "\t", "\r", "\v", "\f"]);

class Reader {
  readonly #source: SourceText;
  readonly #variables: HostVariables;
  readonly #findings: BuildFindings;
  readonly #entries: BuildEntry[] = [];
  readonly #search: string[] = [];
  #defaults: Attributes = new Map();
  #processor: string | null = null;
  #isExcerpt = false;
  #hasBootstrap = false;
  #hasMacros = false;
  #at = 0;

  constructor(source: SourceText, variables: HostVariables, findings: BuildFindings) {
    this.#source = source;
    this.#variables = variables;
    this.#findings = findings;
  }

  read(): Buildfile {
    const { text } = this.#source;
    while (this.#at < text.length) {
      const unit = text[this.#at]!;
      if (unit === "\n" || BLANKS.has(unit)) this.#at += 1;
      else if (unit === "#") this.#skipLine();
      else if (this.#entries.length >= ENTRIES_MAX) {
        const message = `more than ${ENTRIES_MAX} entries; reading stops here`;
        this.#say("BLD011", this.#at, this.#at + 1, message, "check that this is a buildfile");
        break;
      } else this.#line();
    }
    return {
      name: this.#source.name,
      entries: this.#entries,
      processor: this.#processor,
      isExcerpt: this.#isExcerpt,
      hasMacros: this.#hasMacros,
      search: this.#search,
    };
  }

  // One entry: attribute lists, a name, and where the content comes from.
  #line(): void {
    const own = this.#attributeLists();
    if (own === null) return this.#skipLine();
    this.#skipBlanks();
    if (this.#atLineEnd()) {
      this.#defaults = merged(this.#defaults, own);
      return;
    }
    const attributes = merged(this.#defaults, own);
    if (this.#source.text[this.#at] === "}") {
      const hint =
        "remove it; or look whether the inline file above it was closed too early by another brace";
      this.#say("BLD004", this.#at, this.#at + 1, "a closing brace, and no inline file is open", hint);
      return this.#skipLine();
    }
    const name = this.#word(true);
    if (name.text === "...") return this.#excerpt(name);
    if (isPlaceholder(name.text)) return this.macro(name.from, name.to, name.text);
    const content = this.#content(name);
    if (content === null) return this.#skipLine();
    const place = this.#source.place(name.from, name.to);
    const isBoot = isMachine(own) || (isMachine(this.#defaults.values()) && !this.#hasBootstrap);
    const target = content.isBare ? null : name.text;
    const entry = entryOf({
      name: target,
      content: content.content,
      attributes,
      isBoot,
      place,
      variables: this.#variables,
    });
    this.#entries.push(entry);
    this.#hasBootstrap ||= entry.role === "bootstrap";
    const machine = textOf(attributes, "virtual") ?? textOf(attributes, "physical");
    if (machine !== null) this.#processor ??= machine.split(",")[0]!.trim();
  }

  /** Says, once, that a macro stands in the file, and that what it stands for is left out. */
  macro(from: number, to: number, name: string): void {
    if (!this.#hasMacros) this.#say("BLD017", from, to, macroMessage(name), MACRO_HINT);
    this.#hasMacros = true;
    this.#isExcerpt = true;
  }

  #excerpt(name: Word): void {
    this.#skipLine();
    if (this.#isExcerpt) return;
    this.#isExcerpt = true;
    const hint = "lint the whole buildfile to have everything checked";
    const message = `"..." stands for lines that are left out: what is missing from the image cannot be told`;
    this.#say("BLD012", name.from, name.to, message, hint);
  }

  #attributeLists(): readonly Attribute[] | null {
    const { text } = this.#source;
    const found: Attribute[] = [];
    let lists = 0;
    for (this.#skipBlanks(); text[this.#at] === "["; this.#skipBlanks()) {
      const open = this.#at;
      const close = this.#closingBracket(open);
      if (close === null) {
        const hint = "close it with ] on the same line";
        this.#say("BLD002", open, open + 1, "an attribute list is not closed", hint);
        return null;
      }
      lists += 1;
      if (lists === 2) {
        const hint = "put all attributes into one pair of brackets: [uid=0 gid=0]";
        this.#say("BLD006", open, close + 1, "a second attribute list on the line; mkifs wants one", hint);
      }
      const attributes = readAttributes(text.slice(open + 1, close), ATTRIBUTES_MAX);
      for (const attribute of attributes) this.#checkAttribute(attribute, open + 1);
      found.push(...attributes);
      this.#at = close + 1;
    }
    return found;
  }

  #checkAttribute({ name, value, from, to }: Attribute, start: number): void {
    if (name === "search" && typeof value === "string") {
      this.#search.push(
        ...value
          .split(":")
          .slice(0, 256)
          .filter((folder) => folder !== ""),
      );
    }
    const near = name.length <= NAME_LENGTH_MAX ? misspelt(name) : null;
    if (near === null) return;
    const message = `there is no attribute ${quote(name)}`;
    this.#say("BLD010", start + from, start + to, message, `did you mean ${near}?`);
  }

  // Quotes hide a bracket; a list may run over a few lines, but not into what is clearly something else.
  #closingBracket(open: number): number | null {
    const { text } = this.#source;
    let lines = 0;
    let quoted = false;
    for (let at = open + 1; at < text.length; at += 1) {
      const unit = text[at];
      if (unit === "\\") at += 1;
      else if (unit === '"') quoted = !quoted;
      else if (unit === "]" && !quoted) return at;
      else if (unit === "\n") {
        lines += 1;
        quoted = false;
        if (lines > ATTRIBUTE_LINES_MAX) return null;
      } else if ((unit === "[" || unit === "{") && lines > 0) return null;
    }
    return null;
  }

  #content(name: Word): { content: EntryContent; isBare: boolean } | null {
    const { text } = this.#source;
    if (name.text === "" && name.from === name.to) {
      const hint = "write: path on the target = path on the build machine";
      this.#say("BLD008", this.#at, this.#at + 1, "no file name here", hint);
      return null;
    }
    this.#skipBlanks();
    const assigned = text[this.#at] === "=";
    if (assigned) {
      this.#at += 1;
      this.#skipBlanks();
    }
    if (text[this.#at] === "{") {
      const inline = readInline(this.#source, this.#at, this.#findings);
      this.#at = inline.end;
      return { content: { kind: "inline", text: inline.text }, isBare: false };
    }
    if (!assigned) {
      this.#restOfLine(name);
      return { content: { kind: "host", path: name.text }, isBare: true };
    }
    const host = this.#word(false);
    if (host.text === "") {
      const hint = `name the file of the build machine, or open an inline file: ${name.text.slice(0, 64)} = {`;
      this.#say("BLD008", name.from, name.to, `nothing follows the "=" of ${quote(name.text)}`, hint);
      return null;
    }
    this.#restOfLine(host);
    return { content: { kind: "host", path: host.text }, isBare: false };
  }

  #restOfLine(before: Word): void {
    this.#skipBlanks();
    if (this.#atLineEnd()) return;
    const from = this.#at;
    this.#skipLine();
    const rest = this.#source.text.slice(from, this.#at).trimEnd();
    const hint = "put each file on a line of its own; quote a name that holds spaces";
    const message = `${quote(rest)} follows the file ${quote(before.text)}; it is not read`;
    this.#say("BLD007", from, from + rest.length, message, hint);
  }

  // A name ends at white space, and a target also at `=` and at the brace of its content; `${NAME}` has braces of its own.
  #word(isTarget: boolean): Word {
    const { text } = this.#source;
    const from = this.#at;
    let word = "";
    let quotedAt = -1;
    for (; this.#at < text.length; this.#at += 1) {
      const unit = text[this.#at]!;
      if (unit === "\n") break;
      if (unit === "\\" && this.#at + 1 < text.length) {
        this.#at += 1;
        if (text[this.#at] === "\n") break;
        word += text[this.#at];
      } else if (unit === '"') quotedAt = quotedAt < 0 ? this.#at : -1;
      else if (quotedAt >= 0) word += unit;
      else if (BLANKS.has(unit)) break;
      else if (unit === "$" && text[this.#at + 1] === "{") {
        const close = text.indexOf("}", this.#at);
        const end = close < 0 || close - this.#at > 256 ? this.#at + 2 : close + 1;
        word += text.slice(this.#at, end);
        this.#at = end - 1;
      } else if (isTarget && (unit === "=" || unit === "{")) break;
      else word += unit;
    }
    if (quotedAt >= 0) {
      this.#say(
        "BLD009",
        quotedAt,
        quotedAt + 1,
        "a quotation that does not end on its line",
        'close it with "',
      );
    }
    return { text: word.slice(0, NAME_LENGTH_MAX), from, to: this.#at };
  }

  #atLineEnd(): boolean {
    const unit = this.#source.text[this.#at];
    return unit === undefined || unit === "\n" || unit === "#";
  }

  #skipBlanks(): void {
    while (BLANKS.has(this.#source.text[this.#at] ?? "\n")) this.#at += 1;
  }

  #skipLine(): void {
    const end = this.#source.text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#source.text.length : end;
  }

  #say(code: BuildCode, from: number, to: number, message: string, hint: string): void {
    this.#findings.add(code, this.#source.place(from, to), message, hint);
  }
}

function isMachine(attributes: Iterable<Attribute>): boolean {
  return [...attributes].some(({ name }) => name === "virtual" || name === "physical");
}

function merged(defaults: Attributes, own: readonly Attribute[]): Attributes {
  if (own.length === 0) return defaults;
  return new Map([...defaults, ...own.map((attribute) => [attribute.name, attribute] as const)]);
}
