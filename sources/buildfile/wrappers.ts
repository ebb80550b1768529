import type { ScriptWord } from "./commandWords.ts";
import { baseName } from "./entry.ts";

/** A command without the programs that only start it; `detached`: one of them does not wait for its end. */
export interface Unwrapped {
  readonly words: readonly ScriptWord[];
  readonly detached: boolean;
}

// The options of `on` that have an argument of their own.
const ON_ARGUMENTS = "ACEFLPRSTUWXefnprtuw";
const NESTED_MAX = 8;

/** Takes off `on`, `exec`, `nohup`, `nice`, `env` and the like, with their options and variables. */
export function unwrapped(words: readonly ScriptWord[]): Unwrapped {
  let rest = words;
  let detached = false;
  for (let turn = 0; turn < NESTED_MAX; turn += 1) {
    const [first] = rest;
    if (first === undefined) break;
    const program = baseName(first.text);
    if (program === "on") {
      const options = optionsOf(rest.slice(1), ON_ARGUMENTS);
      detached ||= options.some((option) => /^-\w*d/.test(option.text));
      rest = rest.slice(1 + options.length);
    } else if (program === "exec" || program === "nohup" || program === "command" || program === "eval") {
      rest = rest.slice(1);
    } else if (program === "nice") {
      rest = rest.slice(1 + optionsOf(rest.slice(1), "n").length);
    } else if (program === "env") {
      const options = optionsOf(rest.slice(1), "u");
      rest = rest.slice(1 + options.length);
      while (rest[0] !== undefined && /^[A-Za-z_]\w*=/.test(rest[0].text)) rest = rest.slice(1);
    } else break;
  }
  return { words: rest, detached };
}

// The leading options; a letter of `withArgument` at the end of one takes the next word.
function optionsOf(words: readonly ScriptWord[], withArgument: string): readonly ScriptWord[] {
  let at = 0;
  for (; at < words.length; at += 1) {
    const { text } = words[at]!;
    if (text === "--") return words.slice(0, at + 1);
    if (!/^-\w/.test(text)) break;
    if (text.length === 2 && withArgument.includes(text[1]!)) at += 1;
  }
  return words.slice(0, Math.min(at, words.length));
}
