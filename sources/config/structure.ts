import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import { closest } from "./closest.ts";
import type { MissingArgument, Parsed, Statement, Stray } from "./grammar.ts";
import { OPTION_SHAPES, OPTION_WORDS, type OptionWord, parseOptionWord } from "./optionWords.ts";
import { formatSubstitution, type Origin } from "./origin.ts";
import { problem } from "./problem.ts";
import { COMMAND_LINE } from "./sourceFile.ts";
import { type ConfigWord, originOf, writtenText } from "./words.ts";

/** Tells missing arguments and words out of place, each once, with the likely cause. */
export function tellStructure(parsed: Parsed): Diagnostic[] {
  const problems = parsed.missing.map(tellMissing);
  for (const [at, sentence] of parsed.sentences.entries()) {
    if (sentence.kind !== "stray") continue;
    const before = parsed.sentences[at - 1];
    const split = before?.kind === "statement" ? splitArgument(before, sentence) : null;
    if (split !== null) problems.push(split.told);
    problems.push(...tellStray(sentence, split?.taken ?? 0));
  }
  return problems;
}

/** An argument list that white space cut in two, and how many of the words after the option belong to it. */
export interface SplitArgument {
  readonly told: Diagnostic;
  readonly taken: number;
}

/** `unit u 0x51400000, 64, 66, 0`: one list in several words. Null where what follows is something else. */
export function splitArgument(
  statement: Statement,
  next: Statement | Stray | undefined,
): SplitArgument | null {
  const last = statement.arguments.at(-1);
  if (next?.kind !== "stray" || next.afterBoundary || last === undefined) return null;
  if (
    !LISTS.has(statement.word) ||
    statement.arguments.length < OPTION_SHAPES[statement.word].required.length
  )
    return null;
  const rest = sameLineAs(last, next.words);
  const first = rest[0];
  const wantsLength =
    (statement.word === "allow" || statement.word === "reserved") && !last.text.includes(",");
  if (first === undefined) return null;
  const isCut =
    last.text.endsWith(",") || first.text.startsWith(",") || (wantsLength && NUMBER_LIKE.test(first.text));
  if (!isCut) return null;
  const words = [last, ...rest];
  const joined = words.map(writtenText).join(",").replace(/,+/g, ",").replace(/,$/, "");
  const whole = [statement.word, ...statement.arguments.slice(0, -1).map(writtenText), joined].join(" ");
  const origin = { ...originOf(last), endColumn: words.at(-1)!.endColumn, substituted: [] };
  const message = `the argument of "${statement.word}" is ${words.length} words, expected one`;
  const hint = `join it by commas without white space: ${whole.slice(0, 200)}`;
  return { told: problem("CFG203", origin, message, hint), taken: rest.length };
}

const NUMBER_LIKE = /^\$|^(0[xd])?[0-9a-fA-F]+[KMGkmg]?(,|$)/;
const LISTS: ReadonlySet<OptionWord> = new Set<OptionWord>(["allow", "reserved", "smmu", "unit", "user"]);

function sameLineAs(last: ConfigWord, words: readonly ConfigWord[]): readonly ConfigWord[] {
  const end = words.findIndex((word) => word.line !== last.line);
  return end < 0 ? words : words.slice(0, end);
}

function tellMissing({ statement, index, next }: MissingArgument): Diagnostic {
  const { usage, required, example } = OPTION_SHAPES[statement.word];
  const last = statement.arguments.at(-1) ?? statement.keyword;
  const origin = last === statement.keyword ? originOf(last) : spanned(statement.keyword, last);
  const wanted = `"${statement.word}" lacks ${required[index] ?? "an argument"}`;
  const hint = `write ${usage}; for example ${example}`;
  if (next?.kind === "boundary" && next.way === "enter") {
    const told = "arguments must be in the file of their option (LANG-6); write them before the @";
    return problem("CFG204", origin, `${wanted} before another file is read`, `${told}: ${usage}`);
  }
  if (next === null || next.kind === "boundary") {
    const end = origin.file === COMMAND_LINE ? "the command line" : "its file";
    return problem("CFG202", origin, `${wanted} at the end of ${end}`, hint);
  }
  const given = statement.arguments[0];
  if (given !== undefined && OPTION_SHAPES[statement.word].namesFirst) {
    return problem(
      "CFG202",
      origin,
      `${wanted} after ${quote(given.text)}`,
      missingBesideHint(statement, given) ?? hint,
    );
  }
  return problem("CFG202", origin, `${wanted}; ${quote(next.text)} follows`, hint);
}

// `allow foo,0x1000,4096` and `allow 0x1000,4096`: what is there tells what is missing.
function missingBesideHint(statement: Statement, given: ConfigWord): string | null {
  const comma = given.text.indexOf(",");
  if (comma <= 0) return null;
  if (/^[0-9$]/.test(given.text))
    return `a name comes first: ${statement.word} name ${given.text.slice(0, 100)}`;
  return `white space belongs after the name: ${statement.word} ${given.text.slice(0, comma)} ${given.text.slice(comma + 1).slice(0, 100)}`;
}

// The option and its arguments as one stretch, as far as they share a line.
function spanned(from: ConfigWord, to: ConfigWord): Origin {
  const origin = originOf(from);
  return from.line === to.line ? { ...origin, endColumn: to.endColumn } : originOf(to);
}

// One finding for each line's worth of words: a line is one mistake, whatever the language makes of line breaks.
function tellStray(stray: Stray, taken: number): Diagnostic[] {
  const problems: Diagnostic[] = [];
  let at = taken;
  while (at < stray.words.length) {
    const first = stray.words[at]!;
    let end = at + 1;
    while (end < stray.words.length && stray.words[end]!.line === first.line && !stray.words[end]!.startsLine)
      end += 1;
    if (first.state !== "broken") {
      problems.push(tellStrayLine(stray, stray.words.slice(at, end), at === 0));
    }
    at = end;
  }
  return problems;
}

function tellStrayLine(stray: Stray, words: readonly ConfigWord[], isFirst: boolean): Diagnostic {
  const first = words[0]!;
  const origin = { ...originOf(first), endColumn: words.at(-1)!.endColumn };
  const shown = words.map((word) => word.text).join(" ");
  const substituted = first.pieces.find((piece) => piece.substituted !== null)?.substituted ?? null;
  if (substituted !== null && first.startsLine) {
    const known = parseOptionWord(first.text);
    const hint = `write the option itself${known === null ? "" : `: ${known}`}; a substitution can be an argument or part of one`;
    const message = `${quote(formatSubstitution(substituted))} stands where an option belongs`;
    return problem("CFG111", originOf(first), message, hint);
  }
  const after = stray.after;
  if (isFirst && stray.afterBoundary && after !== null && closest(first.text, OPTION_WORDS) === null) {
    const hint = `an option's arguments must be in its own file and directly after it (LANG-6): ${OPTION_SHAPES[after.word].usage}`;
    return problem("CFG204", origin, `${quote(shown)} has no option in this file before it`, hint);
  }
  const near = closest(first.text, OPTION_WORDS);
  if (first.startsLine || near !== null || after === null) {
    const isElision = /^(\.{3}|…)$/.test(first.text);
    const hint = isElision
      ? "in the guide's examples it stands for lines that were left out; write those, or remove it"
      : near === null
        ? `the options are ${OPTION_WORDS.join(", ")}`
        : `did you mean ${[near, ...words.slice(1).map(writtenText)].join(" ").slice(0, 200)}?`;
    return problem("CFG201", originOf(first), `unknown option ${quote(first.text)}`, hint);
  }
  const { usage } = OPTION_SHAPES[after.word];
  const message = `${quote(shown)} is more than "${after.word}" takes`;
  return problem("CFG203", origin, message, `write ${usage}`);
}
