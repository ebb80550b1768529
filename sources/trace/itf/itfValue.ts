/** A value of the Informal Trace Format as JSON has it, not looked at yet. */
export type ItfValue = unknown;

/** What a state says that cannot be read: where, and what was seen. */
export class ItfProblem extends Error {}

/** A member of a record; a problem where it is missing. */
export function member(value: ItfValue, name: string, path: string): ItfValue {
  if (isRecord(value) && Object.hasOwn(value, name)) return value[name];
  throw new ItfProblem(`${path} has no ${name}`);
}

/** A member of a record, or undefined. */
export function optionalMember(value: ItfValue, name: string): ItfValue {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A text. */
export function text(value: ItfValue, path: string): string {
  if (typeof value === "string") return value;
  throw new ItfProblem(`${path} is ${shown(value)}, expected a text`);
}

/** A truth value. */
export function truth(value: ItfValue, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw new ItfProblem(`${path} is ${shown(value)}, expected true or false`);
}

// An address has 16 hex digits, which are 20 decimal ones.
const DIGITS_MAX = 20;

/** An integer: `{"#bigint":"-1"}` or, as older versions of the format write small ones, a JSON number. */
export function integer(value: ItfValue, path: string): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  const digits = optionalMember(value, "#bigint");
  if (typeof digits === "string" && /^-?\d+$/.test(digits) && digits.length <= DIGITS_MAX)
    return BigInt(digits);
  throw new ItfProblem(`${path} is ${shown(value)}, expected an integer such as {"#bigint":"12"}`);
}

/** The members of a set or a sequence. */
export function members(value: ItfValue, path: string): readonly ItfValue[] {
  const list = Array.isArray(value) ? value : optionalMember(value, "#set");
  if (Array.isArray(list)) return list as readonly ItfValue[];
  throw new ItfProblem(`${path} is ${shown(value)}, expected a set such as {"#set":[]}`);
}

/** A function from texts, in its order; a record counts as one. A text that stands twice is a problem. */
export function entries(value: ItfValue, path: string): ReadonlyMap<string, ItfValue> {
  const list = optionalMember(value, "#map");
  const pairs: readonly ItfValue[] | null = Array.isArray(list)
    ? list
    : isRecord(value) && list === undefined
      ? Object.entries(value)
      : null;
  if (pairs === null) throw new ItfProblem(`${path} is ${shown(value)}, expected a function {"#map":[]}`);
  const found = new Map<string, ItfValue>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new ItfProblem(`${path} holds ${shown(pair)}, expected pairs of key and value`);
    const key = text(pair[0], `a key of ${path}`);
    if (found.has(key)) throw new ItfProblem(`${path} has the key ${shown(key)} twice`);
    found.set(key, pair[1]);
  }
  return found;
}

/** A value in few characters. */
export function shown(value: ItfValue): string {
  const json = JSON.stringify(value) ?? "nothing";
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}

function isRecord(value: ItfValue): value is { readonly [name: string]: ItfValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
