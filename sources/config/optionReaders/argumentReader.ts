import { type Diagnostic, quote, type Severity } from "../../../base/diagnostic.ts";
import type { ConfigCode } from "../diagnosticCodes.ts";
import { type Field, hidesFields, splitField, wholeWord } from "../fields.ts";
import { type NumberForm, type NumberRead, readNumber } from "../numbers.ts";
import type { SmmuType } from "../options.ts";
import { parseOptionWord } from "../optionWords.ts";
import type { Located, Origin } from "../origin.ts";
import { problem } from "../problem.ts";
import { type ConfigWord, NAME_MAX } from "../words.ts";

/** What earlier options set for later ones while reading: the type of the last `smmu`, null before any. */
export interface ReadingContext {
  readonly smmu: SmmuType | "unknown" | null;
}

/**
 * Reads the arguments of one option. Each method answers null where it has nothing to answer, and says why by
 * `failed` (told in `problems`, or told before) or `unresolved` (a substitution was not looked up).
 */
export class ArgumentReader {
  readonly problems: Diagnostic[] = [];
  readonly numbers: NumberRead[] = [];
  failed = false;
  unresolved = false;

  /** Tells a problem; the option cannot be read. */
  fail(code: ConfigCode, origin: Origin, message: string, hint: string, severity?: Severity): null {
    this.problems.push(problem(code, origin, message, hint, severity));
    this.failed = true;
    return null;
  }

  /** The word as one field, unless it is broken or its text is not known. */
  known(word: ConfigWord): Field | null {
    if (word.state === "broken") this.failed = true;
    if (word.state === "unresolved") this.unresolved = true;
    return word.state === "whole" ? wholeWord(word) : null;
  }

  /** The word as one field with a known number of parts; some may hold an asinfo number that was not looked up. */
  partlyKnown(word: ConfigWord): Field | null {
    if (word.state === "broken") this.failed = true;
    if (hidesFields(word)) this.unresolved = true;
    return word.state === "broken" || hidesFields(word) ? null : wholeWord(word);
  }

  /** The fields of a list; some may hold an asinfo number that was not looked up. */
  fields(word: ConfigWord, separator: string): Field[] | null {
    const field = this.partlyKnown(word);
    return field === null ? null : splitField(field, separator);
  }

  /** A number of a field. */
  number(field: Field | undefined, form: NumberForm): Located<bigint> | null {
    if (field === undefined) return null;
    if (field.unknown) {
      this.unresolved = true;
      return null;
    }
    if (field.text === "") {
      const origin = { ...field.origin, endColumn: field.origin.column + 1 };
      return this.fail(
        "CFG206",
        origin,
        `${form.what} is empty`,
        "write it, or take out the extra separator",
      );
    }
    const read = readNumber(field, form, this.problems);
    if (read === null) {
      this.failed = true;
      return null;
    }
    this.numbers.push(read);
    return { value: read.value, origin: field.origin };
  }

  /** A number that fits a JavaScript number, by its form. */
  small(field: Field | undefined, form: NumberForm): Located<number> | null {
    const read = this.number(field, form);
    return read === null ? null : { value: Number(read.value), origin: read.origin };
  }

  /** A name that the configuration chooses or refers to. */
  name(word: ConfigWord, what: string, usage: string): Located<string> | null {
    const field = this.known(word);
    if (field === null) return null;
    const { text, origin } = field;
    if (parseOptionWord(text) !== null) {
      const hint = `choose another name, for example ${text}0; where an argument may be left out, options and names could not be told apart`;
      return this.fail("CFG205", origin, `${quote(text)} is an option word and cannot be ${what}`, hint);
    }
    if (text.includes(",")) {
      return this.fail(
        "CFG308",
        origin,
        `${quote(text)} has a comma and cannot be ${what}`,
        `write ${usage}`,
      );
    }
    if (text.length > NAME_MAX) {
      const message = `${what} is ${text.length} characters long, expected at most ${NAME_MAX}`;
      return this.fail("CFG308", origin, message, "choose a shorter name");
    }
    return { value: text, origin };
  }
}
