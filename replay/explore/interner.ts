import { assert } from "../../base/assert.ts";
import type { Component, Model } from "./model.ts";
import { RECORD, type RuleLog } from "./ruleLog.ts";

/** How a value came about, which makes it again: an action on what it read, or the image of a value under an exchange. */
export type Origin =
  | {
      readonly kind: "action";
      readonly action: number;
      readonly ids: readonly number[];
      readonly write: number;
    }
  | { readonly kind: "image"; readonly exchange: number; readonly component: number; readonly id: number };

/** The values of each component that were seen so far, as small numbers from 0. Components of one kind share theirs. */
export class Interner {
  readonly #model: Model;
  readonly #log: RuleLog;
  readonly #components: readonly Component[];
  readonly #poolOf: readonly number[];
  readonly #pools: Pool[] = [];
  readonly #onOutcome: (at: number) => void;
  #read: number;
  /** A number was given out that is too wide for the layout: the layout must be made anew. */
  overflown = false;

  /** `onOutcome`: told of each record of the log that is not a value, when it is read. */
  constructor(model: Model, log: RuleLog, onOutcome: (at: number) => void) {
    this.#model = model;
    this.#log = log;
    this.#components = model.components;
    this.#onOutcome = onOutcome;
    this.#read = log.start;
    const kinds = new Map<string, number>();
    this.#poolOf = model.components.map(({ kind }) => {
      const known = kind === undefined ? undefined : kinds.get(kind);
      if (known !== undefined) return known;
      const pool =
        this.#pools.push({
          ids: new Map(),
          met: new WeakMap(),
          values: [],
          origins: [],
          keyed: 0,
          limit: 0,
        }) - 1;
      if (kind !== undefined) kinds.set(kind, pool);
      return pool;
    });
    // Every thread begins with the initial values, in the same order.
    for (const [i, { initial }] of model.components.entries()) {
      const pool = this.#pools[this.#poolOf[i]!]!;
      const key = this.#components[i]!.keyOf(initial);
      if (!pool.ids.has(key)) this.#give(pool, key, initial, -1);
    }
    for (const pool of this.#pools) pool.keyed = pool.values.length;
  }

  /** The number of a value, a new one where it is new. */
  idOf(component: number, value: unknown, origin: () => Origin): number {
    const pool = this.#pools[this.#poolOf[component]!]!;
    const isObject = typeof value === "object" && value !== null;
    const met = isObject ? pool.met.get(value) : undefined;
    if (met !== undefined) return met;
    const key = this.#components[component]!.keyOf(value);
    const id = pool.ids.get(key) ?? this.#newId(component, pool, key, value, origin());
    if (isObject) pool.met.set(value, id);
    return id;
  }

  /** The number of a component's initial value. */
  initialId(component: number): number {
    const pool = this.#pools[this.#poolOf[component]!]!;
    return pool.ids.get(this.#components[component]!.keyOf(this.#components[component]!.initial))!;
  }

  /** The value of a number that was given out. */
  valueOf(component: number, id: number): unknown {
    const pool = this.#pools[this.#poolOf[component]!]!;
    assert(id < pool.origins.length, "an id that was given out");
    if (id >= pool.values.length || !(id in pool.values)) pool.values[id] = this.#again(pool.origins[id]!);
    return pool.values[id];
  }

  /** Reads what other threads have added to the log. */
  catchUp(): void {
    const { words, end } = this.#log;
    while (this.#read < end) {
      const at = this.#read + 1;
      const length = words[this.#read]!;
      if (words[at] === RECORD.value) {
        const pool = this.#pools[words[at + 1]!]!;
        pool.origins.push(at);
        if (pool.origins.length > pool.limit) this.overflown = true;
      } else this.#onOutcome(at);
      this.#read = at + length;
    }
  }

  /** Bits that hold all numbers given out so far, by component; from now on wider ones overflow. */
  fit(): readonly number[] {
    const bits = this.#pools.map(({ origins }) => Math.max(1, Math.ceil(Math.log2(origins.length))));
    const widths = this.#poolOf.map((pool) => bits[pool]!);
    this.limitTo(widths);
    return widths;
  }

  /** From now on numbers that are wider than these overflow. */
  limitTo(widths: readonly number[]): void {
    for (const [component, pool] of this.#poolOf.entries())
      this.#pools[pool]!.limit = 2 ** widths[component]!;
    this.overflown = this.#pools.some(({ origins, limit }) => origins.length > limit);
  }

  #newId(component: number, pool: Pool, key: string, value: unknown, origin: Origin): number {
    return this.#log.locked(() => {
      this.catchUp();
      this.#keyAll(component, pool);
      const known = pool.ids.get(key);
      if (known !== undefined) return known;
      const at = this.#log.append(recordOf(this.#poolOf[component]!, origin)) + 1;
      this.#read = this.#log.end;
      const id = this.#give(pool, key, value, at);
      pool.keyed = pool.origins.length;
      if (pool.origins.length > pool.limit) this.overflown = true;
      return id;
    });
  }

  #give(pool: Pool, key: string, value: unknown, origin: number): number {
    const id = pool.origins.push(origin) - 1;
    pool.ids.set(key, id);
    pool.values[id] = value;
    return id;
  }

  /** Values of other threads are made again only when somebody must know them all. */
  #keyAll(component: number, pool: Pool): void {
    for (; pool.keyed < pool.origins.length; pool.keyed++) {
      const key = this.#components[component]!.keyOf(this.valueOf(component, pool.keyed));
      pool.ids.set(key, pool.keyed);
    }
  }

  #again(at: number): unknown {
    const { words } = this.#log;
    if (words[at + 2] === FROM_ACTION) {
      const action = this.#model.actions[words[at + 3]!]!;
      const values = action.reads.map((component, i) => this.valueOf(component, words[at + 5 + i]!));
      return action.step(values)!.values[words[at + 4]!];
    }
    const { symmetry } = this.#model;
    assert(symmetry?.kind === "exchanges", "an image under an exchange");
    const [exchange, component, id] = [words[at + 3]!, words[at + 4]!, words[at + 5]!];
    return symmetry.exchanges[exchange]!.imageOf(component, this.valueOf(component, id));
  }
}

const FROM_ACTION = 0;
const FROM_EXCHANGE = 1;

function recordOf(pool: number, origin: Origin): number[] {
  return origin.kind === "action"
    ? [RECORD.value, pool, FROM_ACTION, origin.action, origin.write, ...origin.ids]
    : [RECORD.value, pool, FROM_EXCHANGE, origin.exchange, origin.component, origin.id];
}

interface Pool {
  readonly ids: Map<string, number>;
  /** The same by the value itself: a key takes long to make. */
  readonly met: WeakMap<object, number>;
  /** By id; with holes, where another thread showed it and nobody here has asked for it. */
  readonly values: unknown[];
  /** By id: where the log tells how it came about; -1: it is an initial one. */
  readonly origins: number[];
  /** Ids below this have their keys in `ids`. */
  keyed: number;
  limit: number;
}
