import { AddressSpace } from "../../core/parts/addressSpace.ts";
import { IntervalMap } from "../../core/parts/intervalMap.ts";

/**
 * Freezes a value and all that hangs on it; returns it. Where `Object.freeze` does not reach, in Maps and in the trees
 * of an address space, the methods that write are replaced by ones that throw.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof IntervalMap) return forbid(value, ["set", "delete", "clear"]);
  if (value instanceof Map) {
    if (isForbidden(value, "set")) return value;
    for (const [key, member] of value) {
      deepFreeze(key);
      deepFreeze(member);
    }
    return forbid(value, ["set", "delete", "clear"]);
  }
  // A frozen shell may hold what is not: immer freezes plain objects around our opaque values.
  const known = Object.isFrozen(value) && !(value instanceof AddressSpace);
  if (known && seen.has(value)) return value;
  seen.add(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

const seen = new WeakSet<object>();

function forbid<T extends object>(value: T, methods: readonly string[]): T {
  if (isForbidden(value, methods[0]!)) return value;
  for (const method of methods) {
    const refuse = () => {
      throw new TypeError(`${value.constructor.name}.${method} on a frozen state`);
    };
    // immer already replaced these on its own Maps, in a way that cannot be replaced again.
    if (!Object.hasOwn(value, method))
      Object.defineProperty(value, method, { value: Object.assign(refuse, { forbidden: true }) });
  }
  return Object.freeze(value);
}

function isForbidden(value: object, method: string): boolean {
  const found: unknown = (value as { readonly [name: string]: unknown })[method];
  return Object.isFrozen(value) && typeof found === "function" && "forbidden" in found;
}
