import type { Interner } from "./interner.ts";
import { idAt, type Layout, setId } from "./layout.ts";
import type { Exchange, Symmetry } from "./model.ts";

/** Turns a state into the one that stands for all that are the same under a symmetry, and tells how many those are. */
export interface Canonical {
  /** Rewrites `words` in place. */
  apply(words: Uint32Array): void;
  /** How many states the canonical one at `at` stands for. */
  orbit(words: Uint32Array, at: number): number;
}

/** The canonical form for a symmetry in a layout. Which state it is depends on ids alone, so that a wider layout has the same. */
export function canonicalOf(symmetry: Symmetry, layout: Layout, interner: Interner): Canonical {
  return symmetry.kind === "columns"
    ? new SortedColumns(symmetry.columns, layout)
    : new LeastImage(symmetry.exchanges, layout, interner);
}

class SortedColumns implements Canonical {
  readonly #columns: readonly number[];
  readonly #layout: Layout;
  readonly #ids: Int32Array;

  constructor(columns: readonly number[], layout: Layout) {
    this.#columns = columns;
    this.#layout = layout;
    this.#ids = new Int32Array(columns.length);
  }

  apply(words: Uint32Array): void {
    this.#read(words, 0).sort();
    for (const [i, column] of this.#columns.entries())
      setId(words, 0, this.#layout.fields[column]!, this.#ids[i]!);
  }

  orbit(words: Uint32Array, at: number): number {
    const ids = this.#read(words, at);
    let orders = 1;
    let run = 1;
    // n! / (m1! m2! ...), a factor at a time.
    for (let i = 1; i < ids.length; i++) {
      run = ids[i] === ids[i - 1] ? run + 1 : 1;
      orders = (orders * (i + 1)) / run;
    }
    return orders;
  }

  #read(words: Uint32Array, at: number): Int32Array {
    for (const [i, column] of this.#columns.entries())
      this.#ids[i] = idAt(words, at, this.#layout.fields[column]!);
    return this.#ids;
  }
}

class LeastImage implements Canonical {
  readonly #exchanges: readonly Exchange[];
  readonly #layout: Layout;
  readonly #interner: Interner;
  // Components in the order of comparison: first those that some exchange moves, since the others decide nothing.
  readonly #order: readonly number[];
  // By exchange: from where each component of `order` comes.
  readonly #from: readonly Int32Array[];
  // By exchange and component: the id that an id becomes, plus one; 0 or absent: not worked out yet.
  readonly #images: readonly (readonly number[][])[];
  readonly #before: Int32Array;
  readonly #least: Int32Array;

  constructor(exchanges: readonly Exchange[], layout: Layout, interner: Interner) {
    const count = layout.fields.length;
    const all = Array.from({ length: count }, (_, i) => i);
    const moves = (component: number): boolean => exchanges.some(({ to }) => to[component] !== component);
    this.#exchanges = exchanges;
    this.#layout = layout;
    this.#interner = interner;
    this.#order = [...all.filter(moves), ...all.filter((component) => !moves(component))];
    this.#from = exchanges.map(({ to }) => Int32Array.from(this.#order, (target) => to.indexOf(target)));
    this.#images = exchanges.map(({ to }) => to.map(() => []));
    this.#before = new Int32Array(count);
    this.#least = new Int32Array(count);
  }

  apply(words: Uint32Array): void {
    const order = this.#order;
    const { fields } = this.#layout;
    this.#read(words, 0);
    const least = this.#least;
    for (let i = 0; i < order.length; i++) least[i] = this.#before[order[i]!]!;
    let isOther = false;
    for (let e = 0; e < this.#exchanges.length; e++) if (this.#compare(e, true) < 0) isOther = true;
    if (isOther) for (let i = 0; i < order.length; i++) setId(words, 0, fields[order[i]!]!, least[i]!);
  }

  orbit(words: Uint32Array, at: number): number {
    this.#read(words, at);
    for (const [i, component] of this.#order.entries()) this.#least[i] = this.#before[component]!;
    let fixing = 1;
    for (let e = 0; e < this.#exchanges.length; e++) if (this.#compare(e, false) === 0) fixing += 1;
    return (this.#exchanges.length + 1) / fixing;
  }

  /** How the image under an exchange compares with the least so far; `takes`: it becomes that where it is less. */
  #compare(e: number, takes: boolean): number {
    const from = this.#from[e]!;
    const least = this.#least;
    let isLess = false;
    for (let i = 0; i < from.length; i++) {
      const image = this.#image(e, from[i]!);
      if (!isLess) {
        if (image === least[i]) continue;
        if (image > least[i]! || !takes) return image > least[i]! ? 1 : -1;
        isLess = true;
      }
      // What came before is equal, so that the rest is all there is to take.
      least[i] = image;
    }
    return isLess ? -1 : 0;
  }

  #image(e: number, component: number): number {
    const id = this.#before[component]!;
    const known = this.#images[e]![component]![id] ?? 0;
    return (known === 0 ? this.#work(e, component, id) : known) - 1;
  }

  #work(exchange: number, component: number, id: number): number {
    const { to, imageOf } = this.#exchanges[exchange]!;
    const value = imageOf(component, this.#interner.valueOf(component, id));
    const image =
      this.#interner.idOf(to[component]!, value, () => ({ kind: "image", exchange, component, id })) + 1;
    this.#images[exchange]![component]![id] = image;
    return image;
  }

  #read(words: Uint32Array, at: number): void {
    const { fields } = this.#layout;
    for (let i = 0; i < fields.length; i++) this.#before[i] = idAt(words, at, fields[i]!);
  }
}
