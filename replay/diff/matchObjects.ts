import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ObjectLife, Portrait } from "./portrait.ts";

/** Which lives of two boots are those of the same thing. */
export interface Match {
  readonly a: Portrait;
  readonly b: Portrait;
  /** For each object's life of A that of B, and the other way round; -1: none. */
  readonly lifeInB: Int32Array;
  readonly lifeInA: Int32Array;
}

/**
 * Matches objects by the devices that use them and their order, not by their names: those of the same devices in the
 * order in which they were created; then those that share a device; those that no device uses by name, then by order; the rest by name.
 */
export function matchObjects(a: Portrait, b: Portrait): Match {
  const lifeInB = new Int32Array(a.objects.length).fill(-1);
  const lifeInA = new Int32Array(b.objects.length).fill(-1);
  const pair = (x: ObjectLife, y: ObjectLife): void => {
    lifeInB[x.index] = y.index;
    lifeInA[y.index] = x.index;
  };
  const freeA = () => a.objects.filter((life) => lifeInB[life.index] === -1);
  const freeB = () => b.objects.filter((life) => lifeInA[life.index] === -1);
  const common = (life: ObjectLife) =>
    life.users.filter((user) => a.devices.has(user) && b.devices.has(user));
  const byKey = (keyOf: (life: ObjectLife) => string | null): void => {
    const waiting = new Map<string, ObjectLife[]>();
    for (const life of freeB()) {
      const key = keyOf(life);
      if (key === null) continue;
      const list = waiting.get(key);
      if (list === undefined) waiting.set(key, [life]);
      else list.push(life);
    }
    for (const life of freeA()) {
      const key = keyOf(life);
      const other = key === null ? undefined : waiting.get(key)?.shift();
      if (other !== undefined) pair(life, other);
    }
  };
  // What was there before the first difference is the same by name.
  byKey((life) => (life.createdSeq === null && life.startupOf === null ? life.name : null));
  byKey((life) => life.startupOf);
  const ordinary = (life: ObjectLife) => life.startupOf === null;
  byKey((life) => (ordinary(life) && common(life).length > 0 ? [...common(life)].sort().join(" ") : null));
  for (const life of freeA().filter(ordinary)) {
    const best = mostInCommon(common(life), freeB().filter(ordinary));
    if (best !== null) pair(life, best);
  }
  byKey((life) => (ordinary(life) && life.users.length === 0 ? life.name : null));
  byKey((life) => (ordinary(life) && life.users.length === 0 ? `of ${life.client}` : null));
  // The attachment itself may be what differs.
  const known = (life: ObjectLife) => ordinary(life) && (life.users.length === 0 || common(life).length > 0);
  byKey((life) => (known(life) ? life.name : null));
  return { a, b, lifeInB, lifeInA };
}

function mostInCommon(users: readonly DeviceName[], others: readonly ObjectLife[]): ObjectLife | null {
  let best: ObjectLife | null = null;
  let most = 0;
  for (const other of others) {
    const shared = other.users.filter((user) => users.includes(user)).length;
    if (shared > most) [best, most] = [other, shared];
  }
  return best;
}

/** Devices that both boots have. */
export function commonDevices({ a, b }: Match): DeviceName[] {
  return [...a.devices.keys()].filter((name) => b.devices.has(name)).sort();
}
