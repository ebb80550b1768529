import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import { type Field, partOf } from "../config/fields.ts";
import { ATTRIBUTE_LETTERS, type Attributes } from "./vmConfig.ts";
import { vmProblem } from "./vmProblem.ts";

/** What `m` stands for (HV-10). */
export const MEMORY_IMPLIES = "rwxcstn";

/** Reads `rwd`, `m`, `+rw-x`: a letter is on, or off after a minus. Null, and told, where a letter is unknown. */
export function readAttributes(field: Field, problems: Diagnostic[]): Attributes | null {
  const on = new Set<string>();
  let sign = "+";
  for (const [at, letter] of [...field.text].entries()) {
    if (letter === "+" || letter === "-") {
      sign = letter;
      continue;
    }
    if (!ATTRIBUTE_LETTERS.includes(letter)) {
      const { origin } = partOf(field, at, at + 1);
      const hint = `the attributes are ${ATTRIBUTE_LETTERS.split("").join(" ")}, written together: rwd`;
      problems.push(vmProblem("QVM006", origin, `${quote(letter)} is no attribute of a location`, hint));
      return null;
    }
    for (const each of letter === "m" ? `m${sign === "+" ? MEMORY_IMPLIES : ""}` : letter) {
      if (sign === "+") on.add(each);
      else on.delete(each);
    }
  }
  const letters = [...ATTRIBUTE_LETTERS].filter((letter) => on.has(letter)).join("");
  return { letters, origin: field.origin };
}
