import type { Json } from "../../base/canonicalJson.ts";
import { quote } from "../../base/diagnostic.ts";
import { InputError } from "../inputError.ts";
import { numberOf, wordsOf } from "./words.ts";

type Members = { readonly [name: string]: Json };

/** Cuts `... => ...` in two: what is to happen, and what is expected of it; null: nothing is. */
export function cutExpectation(line: string): { readonly text: string; readonly expected: string | null } {
  const at = line.lastIndexOf("=>");
  if (at < 0) return { text: line, expected: null };
  return { text: line.slice(0, at).trim(), expected: line.slice(at + 2).trim() };
}

/** `0`, `-1 EBUSY`, `NULL EPERM`, `o1`, `SMMUMAN_SAFETY_NO`: what a call is to return, as a record tells it. */
export function expectedReturn(text: string): Members {
  const [returns, errno, ...more] = wordsOf(text);
  if (returns === undefined || more.length > 0)
    throw new InputError("after => stands what the call is to return, such as => -1 EBUSY");
  const sign = returns.startsWith("-") ? -1 : 1;
  const number = numberOf(returns.replace(/^-/, ""));
  const value = returns === "NULL" ? null : number === null ? returns : sign * Number(number);
  return { returns: value, ...(errno === undefined ? {} : { errno }) };
}

/** `permitted`, `permitted 0x9000`, `denied`, `denied unmapped`, `denied 0x05`: what a transfer is to come to. */
export function expectedVerdict(text: string): Members {
  const [verdict, detail, ...more] = wordsOf(text);
  if ((verdict !== "permitted" && verdict !== "denied") || more.length > 0)
    throw new InputError(
      `after => stands permitted or denied, and a target, a reason or a code, not ${quote(text)}`,
    );
  if (detail === undefined) return { observed: { verdict } };
  if (verdict === "permitted") return { observed: { verdict, target: detail } };
  const isReason = /^[a-z-]+$/.test(detail);
  return { observed: { verdict, ...(isReason ? { reason: detail } : { code: detail }) } };
}
