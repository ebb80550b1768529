import { quote } from "../../../base/diagnostic.ts";
import { closest } from "../closest.ts";
import { splitField } from "../fields.ts";
import { plainForm } from "../numbers.ts";
import type { OptionBody, SafetyResponse } from "../options.ts";
import { parseOptionWord } from "../optionWords.ts";
import type { ConfigWord } from "../words.ts";
import type { ArgumentReader } from "./argumentReader.ts";

/** `debug 1|2` (DBG-1; nothing else is accepted, G-43). */
export function readDebug(reader: ArgumentReader, words: readonly ConfigWord[]): OptionBody | null {
  const field = reader.known(words[0]!);
  const level = field === null ? null : reader.small(field, plainForm("the debug level", 0xffff_ffff));
  if (level === null) return null;
  const { value, origin } = level;
  if (value === 1 || value === 2) return { kind: "debug", level: { value, origin } };
  const hint =
    value === 0 ? "leave the option out for no debugging output" : "write debug 1, or debug 2 for more";
  return reader.fail("CFG309", origin, `debug level ${value}, expected 1 or 2`, hint);
}

/** `foreground` (FGD-1). */
export function readForeground(): OptionBody {
  return { kind: "foreground" };
}

const RESPONSES: readonly SafetyResponse[] = ["none", "warn", "required"];

/** `safety none|warn|required` (SAF-8, G-6). */
export function readSafety(reader: ArgumentReader, words: readonly ConfigWord[]): OptionBody | null {
  const field = reader.known(words[0]!);
  if (field === null) return null;
  const { text, origin } = field;
  const value = RESPONSES.find((response) => response === text);
  if (value !== undefined) return { kind: "safety", response: { value, origin } };
  const near = closest(text, RESPONSES);
  const hint =
    near === null ? "write safety none, safety warn or safety required" : `did you mean safety ${near}?`;
  return reader.fail("CFG310", origin, `safety ${quote(text)}, expected none, warn or required`, hint);
}

const USER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** `user uid[:gid[,gid...]]` or `user name` (USR-1; the usual QNX form, G-4). */
export function readUser(reader: ArgumentReader, words: readonly ConfigWord[]): OptionBody | null {
  const field = reader.known(words[0]!);
  if (field === null) return null;
  const { text, origin } = field;
  if (USER_NAME.test(text) && parseOptionWord(text) === null && text.length <= 64) {
    return { kind: "user", user: { value: text, origin } };
  }
  const parts = splitField(field, ":");
  if (!/^[0-9]/.test(text) || parts.length > 2) {
    const hint = "write user 100:100, user 100:100,101 or user smmu0; a name takes no groups";
    return reader.fail(
      "CFG311",
      origin,
      `user ${quote(text)} is neither a user id with groups nor a user name`,
      hint,
    );
  }
  const uid = reader.small(parts[0], plainForm("the user id", 0xffff_ffff));
  const groups = parts[1] === undefined ? [] : splitField(parts[1], ",");
  const gids = groups.map((group) => reader.small(group, plainForm("the group id", 0xffff_ffff)));
  if (uid === null || gids.includes(null)) return null;
  const told = gids.map((gid) => gid?.value).join(",");
  return { kind: "user", user: { value: `${uid.value}${told === "" ? "" : `:${told}`}`, origin } };
}
