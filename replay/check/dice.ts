import { nextBelow, type Prng, prng } from "../../base/prng.ts";

/** Chance that is the same on any machine for the same seed. */
export class Dice {
  #generator: Prng;

  constructor(seed: number) {
    this.#generator = prng(seed);
  }

  /** A number in `0..limit-1`. */
  below(limit: number): number {
    const [value, next] = nextBelow(this.#generator, limit);
    this.#generator = next;
    return value;
  }

  /** One of several, each as likely. */
  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }
}
