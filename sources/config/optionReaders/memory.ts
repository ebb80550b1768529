import { quote } from "../../../base/diagnostic.ts";
import type { Field } from "../fields.ts";
import type { OptionBody } from "../options.ts";
import { OPTION_SHAPES } from "../optionWords.ts";
import type { ConfigWord } from "../words.ts";
import type { ArgumentReader } from "./argumentReader.ts";
import { readRange } from "./range.ts";

/** `allow name start,len[,permissions]` (ALW-1 to ALW-4). */
export function readAllow(reader: ArgumentReader, words: readonly ConfigWord[]): OptionBody | null {
  const { usage } = OPTION_SHAPES.allow;
  const name = reader.name(words[0]!, "the name of an allow set", usage);
  const read = readRange(reader, words[1]!, usage);
  const permissions = readPermissions(reader, read?.rest ?? []);
  if (name === null || read === null || reader.failed) return null;
  return { kind: "allow", name, range: read.range, ...permissions };
}

/** `reserved start,len` (RSV-3, G-16). */
export function readReserved(reader: ArgumentReader, words: readonly ConfigWord[]): OptionBody | null {
  const read = readRange(reader, words[0]!, OPTION_SHAPES.reserved.usage);
  const extra = read?.rest[0];
  if (extra !== undefined) {
    const message = `${quote(extra.text)} after the range of a reserved region`;
    reader.fail(
      "CFG307",
      extra.origin,
      message,
      "write reserved start,len; the region is always for reading and writing",
    );
  }
  return read === null || reader.failed ? null : { kind: "reserved", range: read.range };
}

interface Permissions {
  readonly source: boolean;
  readonly target: boolean;
}

const BOTH: Permissions = { source: true, target: true };
const LETTERS_HINT =
  "s: the device may read the range (source), t: it may write it (target); none means both";

function readPermissions(reader: ArgumentReader, rest: readonly Field[]): Permissions {
  const [field, extra] = rest;
  if (field === undefined) return BOTH;
  if (extra !== undefined) {
    const message = `${quote(extra.text)} after the permissions, expected start,len,permissions and no more`;
    reader.fail(
      "CFG207",
      extra.origin,
      message,
      `write permissions as one word of letters: st. ${LETTERS_HINT}`,
    );
  }
  if (field.unknown) {
    reader.unresolved = true;
    return BOTH;
  }
  const { text, origin } = field;
  if (text === "") {
    const place = { ...origin, column: Math.max(1, origin.column - 1) };
    reader.fail(
      "CFG206",
      place,
      "the permissions are empty",
      `write ,st or take out the comma; ${LETTERS_HINT}`,
    );
    return BOTH;
  }
  if (!/^(s|t|st|ts)$/.test(text))
    reader.fail("CFG305", origin, `permissions ${quote(text)}, expected s, t or st`, lettersHint(text));
  return { source: text.includes("s"), target: text.includes("t") };
}

// The letters that other tools use, in ours. Nothing here grants execute (G-13).
function lettersHint(text: string): string {
  if (/^[rwx]+$/i.test(text)) {
    const letters = `${/r/i.test(text) ? "s" : ""}${/w/i.test(text) ? "t" : ""}`;
    const told = letters === "" ? "leave them out" : `write ${letters}`;
    return `${told}; ${LETTERS_HINT}${/x/i.test(text) ? "; no letter grants execute (G-13)" : ""}`;
  }
  if (/^[st]+$/i.test(text)) {
    const lower = text.toLowerCase();
    return `write ${lower.includes("s") ? "s" : ""}${lower.includes("t") ? "t" : ""}; ${LETTERS_HINT}`;
  }
  return LETTERS_HINT;
}
