import { type ScriptLanguage, type ScriptLine, type ScriptWord, scriptLines } from "./commandWords.ts";

/** A variable that is set, for one command or from here on. `open`: only the target knows its value. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  readonly open: boolean;
}

/** One command of a script. `words` begins with the program; it is empty where variables are set for what follows. */
export interface ScriptCommand {
  readonly words: readonly ScriptWord[];
  readonly assignments: readonly Assignment[];
  readonly background: boolean;
  /** It stands in an `if`, a loop, a `case`, or behind `&&` or `||`. */
  readonly conditional: boolean;
}

/** A script: its commands in the order of the text, and the bodies of its functions. */
export interface Script {
  readonly commands: readonly ScriptCommand[];
  readonly functions: ReadonlyMap<string, readonly ScriptCommand[]>;
}

/** Reads a boot script, or a shell script as far as the order of commands needs it. */
export function readScript(text: string, language: ScriptLanguage): Script {
  const reader = new ScriptReader(language);
  for (const line of scriptLines(text, language)) reader.line(line);
  return { commands: reader.commands, functions: reader.functions };
}

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/;
// Words of the shell that stand before a command and leave it one.
const BEFORE = new Set(["if", "elif", "while", "until", "then", "else", "do", "{", "!", "time"]);
const OPENS = new Set(["then", "do", "case"]);
const CLOSES = new Set(["fi", "done", "esac"]);

class ScriptReader {
  readonly commands: ScriptCommand[] = [];
  readonly functions = new Map<string, ScriptCommand[]>();
  readonly #isShell: boolean;
  #depth = 0;
  #function: { readonly body: ScriptCommand[]; braces: number } | null = null;

  constructor(language: ScriptLanguage) {
    this.#isShell = language === "shell";
  }

  line(line: ScriptLine): void {
    if (line.isFunctionName && this.#isShell) return this.#beginFunction(line.words[0]!.text);
    let words: readonly ScriptWord[] = withoutRedirections(line.words);
    words = this.#isShell ? this.#withoutKeywords(words) : withoutModifiers(words);
    const assignments: Assignment[] = [];
    for (const word of words) {
      const match = ASSIGNMENT.exec(word.text);
      if (match === null) break;
      assignments.push({ name: match[1]!, value: match[2]!, open: word.open });
    }
    words = words.slice(assignments.length);
    if (words.length === 0 && assignments.length === 0) return;
    const conditional = line.isConditional || this.#depth > 0;
    const command = { words, assignments, background: line.background, conditional };
    (this.#function?.body ?? this.commands).push(command);
  }

  #beginFunction(name: string): void {
    const body: ScriptCommand[] = [];
    this.functions.set(name, body);
    this.#function = { body, braces: 0 };
  }

  #withoutKeywords(words: readonly ScriptWord[]): readonly ScriptWord[] {
    let at = 0;
    for (; at < words.length; at += 1) {
      const { text, quoted } = words[at]!;
      if (quoted) break;
      if (OPENS.has(text)) this.#depth += 1;
      if (CLOSES.has(text)) this.#depth = Math.max(0, this.#depth - 1);
      if (text === "{" && this.#function !== null) this.#function.braces += 1;
      if (text === "}") this.#closeBrace();
      // What follows these is a list of words, not a command.
      if (text === "for" || text === "case" || text === "select" || CLOSES.has(text) || text === "}")
        return [];
      if (!BEFORE.has(text)) break;
    }
    return words.slice(at);
  }

  #closeBrace(): void {
    if (this.#function === null) return;
    this.#function.braces -= 1;
    if (this.#function.braces <= 0) this.#function = null;
  }
}

// `>file`, `2> file`, `<<EOF`: no words of the command.
function withoutRedirections(words: readonly ScriptWord[]): ScriptWord[] {
  const kept: ScriptWord[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word.quoted || !/^\d*[<>]/.test(word.text)) kept.push(word);
    else if (/^\d*(?:<<?-?|>>?|>\|)$/.test(word.text)) at += 1;
  }
  return kept;
}

// `[pri=10 +session]` before a command of a boot script.
function withoutModifiers(words: readonly ScriptWord[]): readonly ScriptWord[] {
  let at = 0;
  while (words[at]?.text.startsWith("[")) {
    const end = words.findIndex((word, index) => index >= at && word.text.endsWith("]"));
    if (end < 0) return words;
    at = end + 1;
  }
  return words.slice(at);
}
