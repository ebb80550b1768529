import type { Component } from "./model.ts";

/** The values of each component that were seen so far, as small numbers from 0. Components of one kind share theirs. */
export class Interner {
  readonly #components: readonly Component[];
  readonly #pools: readonly Pool[];
  /** A number was given out that is too wide for the layout: the layout must be made anew. */
  overflown = false;

  constructor(components: readonly Component[]) {
    const kinds = new Map<string, Pool>();
    this.#components = components;
    this.#pools = components.map(({ kind }) => {
      const pool = (kind === undefined ? undefined : kinds.get(kind)) ?? {
        ids: new Map(),
        met: new WeakMap(),
        values: [],
        limit: 0,
      };
      if (kind !== undefined) kinds.set(kind, pool);
      return pool;
    });
    for (const [i, { initial }] of components.entries()) this.idOf(i, initial);
  }

  /** The number of a value, a new one where it is new. */
  idOf(component: number, value: unknown): number {
    const pool = this.#pools[component]!;
    const met = typeof value === "object" && value !== null ? pool.met.get(value) : undefined;
    if (met !== undefined) return met;
    const id = this.#idByKey(pool, component, value);
    if (typeof value === "object" && value !== null) pool.met.set(value, id);
    return id;
  }

  #idByKey(pool: Pool, component: number, value: unknown): number {
    const key = this.#components[component]!.keyOf(value);
    const known = pool.ids.get(key);
    if (known !== undefined) return known;
    const id = pool.values.length;
    pool.ids.set(key, id);
    pool.values.push(value);
    if (id >= pool.limit) this.overflown = true;
    return id;
  }

  /** The value of a number that was given out. */
  valueOf(component: number, id: number): unknown {
    return this.#pools[component]!.values[id];
  }

  /** Bits that hold all numbers given out so far, by component; from now on wider ones overflow. */
  fit(): readonly number[] {
    this.overflown = false;
    return this.#pools.map((pool) => {
      const bits = Math.max(1, Math.ceil(Math.log2(pool.values.length)));
      pool.limit = 2 ** bits;
      return bits;
    });
  }

  /** How many values a component has shown. */
  count(component: number): number {
    return this.#pools[component]!.values.length;
  }
}

interface Pool {
  readonly ids: Map<string, number>;
  /** The same by the value itself: a key takes long to make. */
  readonly met: WeakMap<object, number>;
  readonly values: unknown[];
  limit: number;
}
