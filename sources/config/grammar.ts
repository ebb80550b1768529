import {
  createToken,
  createTokenInstance,
  EmbeddedActionsParser,
  EOF,
  type IRecognitionException,
  type IToken,
  MismatchedTokenException,
  type TokenType,
} from "chevrotain";
import { assert } from "../../base/assert.ts";
import { closest } from "./closest.ts";
import { OPTION_SHAPES, OPTION_WORDS, type OptionWord, parseOptionWord } from "./optionWords.ts";
import type { Boundary } from "./preprocess.ts";
import type { ConfigWord } from "./words.ts";

/** An option with the arguments that follow it; fewer than its shape requires where some are missing. */
export interface Statement {
  readonly kind: "statement";
  readonly word: OptionWord;
  readonly keyword: ConfigWord;
  readonly arguments: readonly ConfigWord[];
}

/** Words where an option was expected. `after` is the option before them in the same file, if any. */
export interface Stray {
  readonly kind: "stray";
  readonly words: readonly ConfigWord[];
  readonly after: Statement | null;
  /** Reading entered or left a file right before them. */
  readonly afterBoundary: boolean;
}

/** An option ends before its required argument number `index` (from 0). `next` is what stands there instead. */
export interface MissingArgument {
  readonly statement: Statement;
  readonly index: number;
  readonly next: ConfigWord | Boundary | null;
}

/** The structure of a configuration: every word is in exactly one statement or stray. */
export interface Parsed {
  readonly sentences: readonly (Statement | Stray)[];
  readonly missing: readonly MissingArgument[];
}

/** Parses the stream. After a mistake it goes on at the next option. */
export function parseWords(items: readonly (ConfigWord | Boundary)[]): Parsed {
  const tokens = items.map((item, index) => tokenOf(item, items[index - 1]));
  return parser.parse(tokens, misspeltOptions(items));
}

const Word = createToken({ name: "Word" });
const FileBoundary = createToken({ name: "FileBoundary" });
const KEYWORDS = Object.fromEntries(
  OPTION_WORDS.map((word) => [word, createToken({ name: word })]),
) as Record<OptionWord, TokenType>;

// A substituted word is never an option: substitution cannot bring one in (G-11).
function tokenOf(item: ConfigWord | Boundary, before: ConfigWord | Boundary | undefined): IToken {
  if (item.kind === "boundary") return instance(FileBoundary, item, "", 0, 0, 0);
  const option = takenAsName(item, before) ? null : optionOf(item);
  const type = option === null ? Word : KEYWORDS[option];
  return instance(type, item, item.text, item.line, item.column, item.endColumn - 1);
}

function optionOf(word: ConfigWord): OptionWord | null {
  return word.state === "whole" && word.pieces.length === 0 ? parseOptionWord(word.text) : null;
}

// `allow user 0x1000,4096`: refused either way, since names and options could not be told apart, but a name in all
// likelihood; taken as the next option it would bring two more errors. Only the line tells the two mistakes apart.
function takenAsName(word: ConfigWord, before: ConfigWord | Boundary | undefined): boolean {
  if (before?.kind !== "word" || word.startsLine) return false;
  const option = optionOf(before);
  return option !== null && OPTION_SHAPES[option].namesFirst;
}

// Words that could only be an optional argument of the line before, and cannot be one: they start a line, misspell an
// option, and name no allow set. Taken as arguments they would hide the mistake and scatter the rest of their line.
function misspeltOptions(items: readonly (ConfigWord | Boundary)[]): ReadonlySet<ConfigWord> {
  const names = new Set<string>();
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    if (item.kind === "word" && before?.kind === "word" && optionOf(before) === "allow") names.add(item.text);
  }
  const misspelt = new Set<ConfigWord>();
  for (const item of items) {
    if (item.kind !== "word" || !item.startsLine || item.pieces.length > 0 || names.has(item.text)) continue;
    if (optionOf(item) === null && closest(item.text, OPTION_WORDS) !== null) misspelt.add(item);
  }
  return misspelt;
}

function instance(
  type: TokenType,
  payload: ConfigWord | Boundary,
  image: string,
  line: number,
  column: number,
  endColumn: number,
): IToken {
  const token = createTokenInstance(type, image, 0, 0, line, line, column, endColumn);
  token.payload = payload;
  return token;
}

/** What the rules have gathered so far. Kept apart from the parser, whose members are the library's. */
class Gathered {
  readonly sentences: (Statement | Stray)[] = [];
  /** Which statement each of its words belongs to: what an error is about. */
  private readonly owners = new Map<IToken, Statement & { readonly arguments: ConfigWord[] }>();
  private current: (Statement & { readonly arguments: ConfigWord[] }) | null = null;
  private afterBoundary = true;
  private readonly misspelt: ReadonlySet<ConfigWord>;

  constructor(misspelt: ReadonlySet<ConfigWord>) {
    this.misspelt = misspelt;
  }

  isMisspelt(token: IToken): boolean {
    return token.tokenType === Word && this.misspelt.has(token.payload as ConfigWord);
  }

  begin(word: OptionWord, token: IToken): void {
    this.current = { kind: "statement", word, keyword: token.payload as ConfigWord, arguments: [] };
    this.sentences.push(this.current);
    this.owners.set(token, this.current);
    this.afterBoundary = false;
  }

  argument(token: IToken): void {
    assert(this.current !== null, "an argument belongs to an option");
    this.current.arguments.push(token.payload as ConfigWord);
    this.owners.set(token, this.current);
  }

  boundary(): void {
    this.afterBoundary = true;
  }

  stray(words: readonly ConfigWord[]): void {
    this.sentences.push({ kind: "stray", words, after: this.current, afterBoundary: this.afterBoundary });
    this.afterBoundary = false;
  }

  missing(error: IRecognitionException): MissingArgument {
    assert(error instanceof MismatchedTokenException, `the grammar accepts every stream, got ${error.name}`);
    const statement = this.owners.get(error.previousToken);
    assert(statement !== undefined, "only an option can lack something");
    const next = error.token.tokenType === EOF ? null : (error.token.payload as ConfigWord | Boundary);
    return { statement, index: statement.arguments.length, next };
  }
}

const NOTHING_GATHERED = new Gathered(new Set());

class ConfigParser extends EmbeddedActionsParser {
  private gathered = NOTHING_GATHERED;
  private readonly wholeInput: () => void;

  constructor() {
    super([Word, FileBoundary, ...Object.values(KEYWORDS)], { recoveryEnabled: true, maxLookahead: 1 });
    const rules = OPTION_WORDS.map((word) => this.optionRule(word));
    const stray = this.RULE("stray", () => {
      const words: ConfigWord[] = [];
      this.AT_LEAST_ONE(() => {
        const token = this.CONSUME(Word);
        this.ACTION(() => words.push(token.payload as ConfigWord));
      });
      this.ACTION(() => this.gathered.stray(words));
    });
    const boundary = this.RULE("boundary", () => {
      this.CONSUME(FileBoundary);
      this.ACTION(() => this.gathered.boundary());
    });
    const alternatives = [...rules, stray, boundary].map((rule) => ({ ALT: () => this.SUBRULE(rule) }));
    this.wholeInput = this.RULE("wholeInput", () => {
      this.MANY(() => this.OR(alternatives));
    });
    this.performSelfAnalysis();
  }

  parse(tokens: IToken[], misspelt: ReadonlySet<ConfigWord>): Parsed {
    const gathered = new Gathered(misspelt);
    this.gathered = gathered;
    this.input = tokens;
    this.wholeInput();
    const missing = this.errors.map((error) => gathered.missing(error));
    this.gathered = NOTHING_GATHERED;
    this.input = [];
    return { sentences: gathered.sentences, missing };
  }

  private optionRule(word: OptionWord): () => void {
    const { required, optional } = OPTION_SHAPES[word];
    assert(optional.length <= 1, "the grammar knows at most one optional argument");
    return this.RULE(`${word}Option`, () => {
      const keyword = this.CONSUME(KEYWORDS[word]);
      this.ACTION(() => this.gathered.begin(word, keyword));
      for (const index of required.keys()) this.oneArgument(index);
      if (optional.length === 0) return;
      this.OPTION({
        GATE: () => !this.gathered.isMisspelt(this.LA(1)),
        DEF: () => this.oneArgument(required.length),
      });
    });
  }

  private oneArgument(index: number): void {
    const token = this.consume(index, Word);
    this.ACTION(() => this.gathered.argument(token));
  }

  // A missing argument is told as such; neither an invented word nor a skipped option may paper over it. What is
  // left is the library's resynchronisation: the next option, file boundary or end.
  protected override canTokenTypeBeInsertedInRecovery(): boolean {
    return false;
  }
  protected override canTokenTypeBeDeletedInRecovery(): boolean {
    return false;
  }
}

// Building the parser analyses the grammar: once is enough, and it holds nothing between two uses.
const parser = new ConfigParser();
