import { err, ok, type Result } from "../../base/result.ts";
import type { Mutant } from "./mutant.ts";

/** The text of a module with a mutant's change; an error where its place is not there exactly once. */
export function mutate(text: string, { id, module, find, put }: Mutant): Result<string, string> {
  const found = placesOf(text, find);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const times = found.length === 0 ? "nowhere" : `${found.length} times`;
    return err(`mutant ${id}: its place stands ${times} in core/${module}, not once: ${find}`);
  }
  return ok(text.slice(0, only.start) + put + text.slice(only.end));
}

/** Where a piece of code stands in a text, written in source or compiled: only its tokens count. */
export function placesOf(text: string, find: string): { readonly start: number; readonly end: number }[] {
  const [first = "", ...rest] = tokensOf(find);
  const pattern =
    escaped(first) +
    rest.map((token) => `${UNREAD}${CLOSING.has(token) ? "\\s*,?" : ""}\\s*${escaped(token)}`).join("");
  return [...text.matchAll(new RegExp(pattern, "g"))].map(({ index, 0: match }) => {
    return { start: index, end: index + match.length };
  });
}

// What only the compiler reads: a `!`, an `as`.
const UNREAD = "!?(?:\\s+as\\s+[A-Za-z]+)?";
// A list that goes over several lines ends with a comma in source.
const CLOSING: ReadonlySet<string> = new Set([")", "]", "}"]);

function tokensOf(code: string): readonly string[] {
  return code.match(/[A-Za-z0-9_$]+|\S/g) ?? [];
}

function escaped(token: string): string {
  return token.replace(/[^A-Za-z0-9_]/g, "\\$&");
}
