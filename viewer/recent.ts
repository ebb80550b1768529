/** The values that were asked for last, at most `max` of them. */
export class Recent<V> {
  readonly #values = new Map<string, V>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** The value of a key, made where it is not there. */
  get(key: string, make: () => V): V {
    const known = this.#values.get(key);
    const value = known ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#max) this.#values.delete(this.#values.keys().next().value!);
    return value;
  }

  /** Forgets one, such as a promise that failed. */
  forget(key: string): void {
    this.#values.delete(key);
  }
}
