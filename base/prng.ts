/** A seeded generator whose whole state is one readable number; chance is always passed in, never ambient. */
export interface Prng {
  readonly state: number;
}

/** A generator from a 32-bit seed. */
export function prng(seed: number): Prng {
  return { state: seed >>> 0 };
}

/** The next 32-bit unsigned number and the generator after it (mulberry32). */
export function nextUint32(generator: Prng): readonly [number, Prng] {
  const state = (generator.state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return [(t ^ (t >>> 14)) >>> 0, { state }];
}

/** A number in `0..limit-1`; `limit` from 1 to 2^32. */
export function nextBelow(generator: Prng, limit: number): readonly [number, Prng] {
  const [value, next] = nextUint32(generator);
  return [Math.floor((value / 0x1_0000_0000) * limit), next];
}
