import { unreachable } from "../../base/assert.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { wholeWord } from "./fields.ts";
import { type Parsed, parseWords, type Statement } from "./grammar.ts";
import { ArgumentReader, type ReadingContext } from "./optionReaders/argumentReader.ts";
import { readDevice } from "./optionReaders/device.ts";
import { readAllow, readReserved } from "./optionReaders/memory.ts";
import { readDebug, readForeground, readSafety, readUser } from "./optionReaders/running.ts";
import { readSmmu, smmuTypeOf } from "./optionReaders/smmu.ts";
import { readUnit, readUse } from "./optionReaders/unit.ts";
import type { ConfigOption, OptionBody } from "./options.ts";
import { OPTION_SHAPES } from "./optionWords.ts";
import { type ConfigInput, preprocess } from "./preprocess.ts";
import { splitArgument, tellStructure } from "./structure.ts";
import { type ConfigWord, originOf } from "./words.ts";

/** The options of a configuration in the order read, and what is wrong with its language. */
export interface OptionsRead {
  readonly options: readonly ConfigOption[];
  /**
   * What is wrong whatever the service makes of the options: files, words, substitutions, structure. What is wrong
   * with an option's own arguments is in its `problems`, since an ignored option's arguments do not matter.
   */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a configuration up to its single options; knows nothing of host or guest. Never throws on bad input. */
export function readOptions(input: ConfigInput): OptionsRead {
  const { items, diagnostics } = preprocess(input);
  const parsed = parseWords(items);
  const structure = tellStructure(parsed);
  return { options: optionsOf(parsed), diagnostics: [...diagnostics, ...structure] };
}

function optionsOf(parsed: Parsed): ConfigOption[] {
  const options: ConfigOption[] = [];
  let context: ReadingContext = { smmu: null };
  for (const [at, sentence] of parsed.sentences.entries()) {
    if (sentence.kind === "stray") continue;
    const isSplit = splitArgument(sentence, parsed.sentences[at + 1]) !== null;
    const option = readOption(sentence, options.length, context, isSplit);
    options.push(option);
    if (option.word === "smmu") context = { smmu: smmuTypeOf(option.arguments[0]?.value ?? "") };
  }
  return options;
}

function readOption(
  statement: Statement,
  index: number,
  context: ReadingContext,
  isSplit: boolean,
): ConfigOption {
  const { word, keyword } = statement;
  const isWhole = statement.arguments.length >= OPTION_SHAPES[word].required.length && !isSplit;
  const reader = new ArgumentReader();
  const body = isWhole ? readBody(reader, statement, context) : null;
  return {
    ...(body ?? unread(reader, statement, isWhole)),
    word,
    index,
    origin: originOf(keyword),
    arguments: statement.arguments.map((argument) => ({
      value: argument.text,
      origin: wholeWord(argument).origin,
    })),
    numbers: reader.numbers,
    problems: reader.problems,
  };
}

function readBody(reader: ArgumentReader, statement: Statement, context: ReadingContext): OptionBody | null {
  const words: readonly ConfigWord[] = statement.arguments;
  switch (statement.word) {
    case "allow":
      return readAllow(reader, words);
    case "debug":
      return readDebug(reader, words);
    case "device":
      return readDevice(reader, words);
    case "foreground":
      return readForeground();
    case "reserved":
      return readReserved(reader, words);
    case "safety":
      return readSafety(reader, words);
    case "smmu":
      return readSmmu(reader, words);
    case "unit":
      return readUnit(reader, words, context);
    case "use":
      return readUse(reader, words, context);
    case "user":
      return readUser(reader, words);
    default:
      return unreachable(statement.word);
  }
}

function unread(reader: ArgumentReader, statement: Statement, isWhole: boolean): OptionBody {
  const [first] = statement.arguments;
  const declares =
    OPTION_SHAPES[statement.word].namesFirst && first !== undefined && first.state !== "unresolved";
  const because = isWhole && !reader.failed && reader.unresolved ? "unresolved" : "error";
  return { kind: "unread", because, name: declares ? first.text.replace(/["'`\\]/g, "") : null };
}
