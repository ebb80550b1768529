import type { Json } from "../../base/canonicalJson.ts";

/**
 * Adds to a record what its line told beyond the trace format. An inner object keeps its known members beside the
 * unknown ones.
 */
export function addExtra(
  record: { [name: string]: Json },
  extra: { readonly [name: string]: Json } | null,
): void {
  for (const [name, value] of Object.entries(extra ?? {}))
    define(record, name, merged(Object.hasOwn(record, name) ? record[name] : undefined, value));
}

function merged(known: Json | undefined, value: Json): Json {
  const both = isObject(known) && isObject(value);
  return both ? { ...(value as object), ...(known as object) } : value;
}

function isObject(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// A member named __proto__ is one like any other.
function define(record: { [name: string]: Json }, name: string, value: Json): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
