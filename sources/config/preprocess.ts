import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import type { Result } from "../../base/result.ts";
import { decodeText } from "./decodeText.ts";
import { CONFIG_LIMITS, type ConfigLimits } from "./limits.ts";
import type { FilePlace, Origin } from "./origin.ts";
import { problem, problemInFile } from "./problem.ts";
import { COMMAND_LINE, SourceFile } from "./sourceFile.ts";
import { expandWord, plainWord, SPLIT_HINT, tooLong } from "./substitution.ts";
import { indexTables, type SubstitutionTables, type TableIndex } from "./substitutionTables.ts";
import { type ConfigWord, originOf, type RawWord, splitWords } from "./words.ts";

/** Answers a file's bytes, or why it cannot be read. The caller does the I/O; the path is as the configuration has it. */
export type FileReader = (path: string) => Result<Uint8Array, string>;

/** One part of the input: words as given on the command line, or a file. */
export type ConfigSource =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file"; readonly path: string };

/** All that is needed to read a configuration. */
export interface ConfigInput extends SubstitutionTables {
  /** In the order in which the service reads them (ST-6). */
  readonly sources: readonly ConfigSource[];
  readonly readFile: FileReader;
  readonly limits?: Partial<ConfigLimits>;
}

/** Reading enters or leaves a file: an option's arguments do not reach across (LANG-6). */
export interface Boundary {
  readonly kind: "boundary";
  readonly way: "enter" | "leave";
}

/** The input after files, comments and substitutions: one stream of words. */
export interface Preprocessed {
  readonly items: readonly (ConfigWord | Boundary)[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads all sources in order into one stream of words, each of which knows where it was written. */
export function preprocess(input: ConfigInput): Preprocessed {
  const run = new Preprocessor(input);
  for (const source of input.sources) {
    if (source.kind === "file") run.include(source.path, { file: source.path, line: null }, []);
    else run.commandLine(source.words);
  }
  return { items: run.items, diagnostics: run.problems };
}

const ENTER: Boundary = { kind: "boundary", way: "enter" };
const LEAVE: Boundary = { kind: "boundary", way: "leave" };
const QUOTES = /["'`\\]/;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\ufffd]/u;

class Preprocessor {
  readonly items: (ConfigWord | Boundary)[] = [];
  readonly problems: Diagnostic[] = [];
  private readonly limits: ConfigLimits;
  private readonly readFile: FileReader;
  private readonly tables: TableIndex;
  private readonly files = new Map<string, SourceFile>();
  private readonly notUtf8 = new Set<string>();
  private bytes = 0;
  private includes = 0;
  private words = 0;
  private stopped = false;

  constructor(input: ConfigInput) {
    this.limits = { ...CONFIG_LIMITS, ...input.limits };
    this.readFile = input.readFile;
    this.tables = indexTables(input);
  }

  /** The words of a command line, shown as one line. White space inside a word splits it, as everywhere. */
  commandLine(words: readonly string[]): void {
    const shown = words.map((word) => word.replace(/[\r\n]/g, " "));
    const file = new SourceFile(COMMAND_LINE, shown.join(" "));
    // There is no end of line for a comment to stop at: it must not hide the words that follow.
    const hash = file.text.indexOf("#");
    if (hash >= 0) {
      const hint = "leave comments to files; on the command line the rest of the word is dropped here";
      const message = "a comment on the command line, where no line ends it";
      this.problems.push(problemInFile("CFG018", file, { offset: hash, length: 1 }, message, hint));
    }
    const uncommented = shown.map((word) => word.replace(/#.*/, (comment) => " ".repeat(comment.length)));
    this.text(file, [], uncommented.join(" "));
  }

  // All words of a text; `chain` is the files that are being read, outermost first.
  private text(file: SourceFile, chain: readonly string[], text = file.text): void {
    this.items.push(ENTER);
    for (const raw of splitWords(text, this.limits.wordLengthMax)) {
      if (this.stopped) break;
      this.word(raw, file, chain);
    }
    this.items.push(LEAVE);
  }

  private word(raw: RawWord, file: SourceFile, chain: readonly string[]): void {
    this.words += 1;
    if (this.words > this.limits.wordCountMax) {
      const message = `more than ${this.limits.wordCountMax} words; reading stops here`;
      const hint = "split the configuration, or check that this is one";
      this.problems.push(problem("CFG014", originOf(plainWord(raw, file)), message, hint));
      this.stopped = true;
      return;
    }
    const word = this.isSound(raw, file, chain)
      ? expandWord(raw, file, this.tables, this.limits.wordLengthMax, this.problems)
      : { ...plainWord(raw, file), state: "broken" as const };
    if (raw.text.startsWith("@")) this.atFile(word, chain);
    else this.items.push(word);
  }

  // Tells what is wrong with a word as it was written.
  private isSound(raw: RawWord, file: SourceFile, chain: readonly string[]): boolean {
    const before = this.problems.length;
    const at = (index: number) => {
      const origin = originOf(plainWord(raw, file));
      return { ...origin, column: raw.column + index, endColumn: raw.column + index + 1 };
    };
    if (raw.length > this.limits.wordLengthMax) {
      this.problems.push(
        problem("CFG015", at(0), tooLong(raw.length, this.limits.wordLengthMax), SPLIT_HINT),
      );
    }
    const mark = QUOTES.exec(raw.text);
    if (mark !== null) {
      const bare = raw.text.replace(/["'`\\]/g, "").slice(0, 64);
      const hint =
        bare === ""
          ? "remove it"
          : `write ${bare} without it; words are split at white space and nothing else`;
      this.problems.push(
        problem("CFG008", at(mark.index), `${quote(mark[0])} has no meaning: there is no quoting`, hint),
      );
    }
    const unseen = UNSEEN.exec(raw.text);
    // A replacement character in a file that is not UTF-8 was told once for its line.
    const told = unseen?.[0] === "\ufffd" && this.notUtf8.has(chain.at(-1) ?? "");
    if (unseen !== null && !told) {
      const code = unseen[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      const message = `the word holds U+${code}, which does not show or is not a character`;
      this.problems.push(
        problem("CFG007", at(unseen.index), message, "delete it and type the word anew in plain ASCII"),
      );
    }
    const mid = raw.text.indexOf("@", 1);
    if (mid > 0 && !raw.text.startsWith("@")) {
      const message = `"@" inside the word ${quote(raw.text)}; it marks a file name at the start of a word`;
      const hint = `put white space before it to read a file, or remove it: ${raw.text.slice(0, mid).slice(0, 64)} ${raw.text.slice(mid).slice(0, 64)}`;
      this.problems.push(problem("CFG009", at(mid), message, hint));
    }
    return this.problems.length === before && !told;
  }

  private atFile(word: ConfigWord, chain: readonly string[]): void {
    this.items.push(ENTER); // even where nothing is read, what stands on both sides does not join
    if (word.state === "broken") return;
    const origin = originOf(word);
    if (word.text === "@") {
      const hint = "write the file's name directly after it: @mysystem.smmu";
      this.problems.push(problem("CFG009", origin, `"@" without a file name`, hint));
    } else if (word.state === "unresolved") {
      const hint = "give a board with --board, or lint that file on its own";
      this.problems.push(
        problem("CFG017", origin, `${quote(word.text)} is not read: its name is not known here`, hint),
      );
    } else {
      this.include(word.text.slice(1), origin, chain);
    }
  }

  /** Reads a file named at `origin`. */
  include(path: string, origin: Origin | FilePlace, chain: readonly string[]): void {
    const key = tidyPath(path);
    if (chain.includes(key)) {
      const shown = [...chain.slice(chain.indexOf(key)), key].map((name) => quote(name)).join(" reads ");
      this.problems.push(
        problem("CFG010", origin, `${shown}: the file reads itself`, "remove one of the @ lines"),
      );
      return;
    }
    if (chain.length >= this.limits.includeDepthMax) {
      const message = `${quote(path)} would be file ${chain.length + 1} inside one another, expected at most ${this.limits.includeDepthMax}`;
      this.problems.push(problem("CFG011", origin, message, "read it from a file further out"));
      return;
    }
    this.includes += 1;
    if (this.includes > this.limits.includeCountMax) {
      const message = `more than ${this.limits.includeCountMax} files are read; reading stops here`;
      this.problems.push(problem("CFG012", origin, message, "read each file once"));
      this.stopped = true;
      return;
    }
    const file = this.load(path, key, origin);
    if (file !== null) this.text(file, [...chain, key]);
  }

  private load(path: string, key: string, origin: Origin | FilePlace): SourceFile | null {
    const known = this.files.get(key);
    if (known !== undefined) return this.afford(known.text.length, path, origin) ? known : null;
    const read = this.readFile(path);
    if (!read.ok) {
      const message = `${quote(path)} cannot be read: ${read.error}`;
      const hint = MISSING.test(read.error)
        ? "names are relative to the current directory, not to the file that holds the @ (G-39)"
        : "name a configuration file that can be read from start to end";
      this.problems.push(problem("CFG001", origin, message, hint));
      return null;
    }
    if (!this.afford(read.value.length, path, origin)) return null;
    const { file, diagnostics } = decodeText(path, read.value);
    if (diagnostics.some((diagnostic) => diagnostic.code === "CFG002")) this.notUtf8.add(key);
    this.problems.push(...diagnostics);
    this.files.set(key, file);
    return file;
  }

  private afford(length: number, path: string, origin: Origin | FilePlace): boolean {
    this.bytes += length;
    if (this.bytes <= this.limits.bytesMax) return true;
    const message = `${quote(path)} brings the input to ${this.bytes} bytes, expected at most ${this.limits.bytesMax}`;
    this.problems.push(problem("CFG013", origin, message, "check that this is a configuration file"));
    this.stopped = true;
    return false;
  }
}

/** A path without `.` segments and doubled slashes, to know a file again. `..` stays: links may give it a meaning. */
export function tidyPath(path: string): string {
  const segments = path
    .split("/")
    .filter((segment, index) => segment !== "." && (segment !== "" || index === 0));
  return segments.join("/") || path;
}

const MISSING = /does not exist|no such file/;
