import type { Interner } from "./interner.ts";
import { idAt, type Layout, setId } from "./layout.ts";
import type { Exchange, Symmetry } from "./model.ts";

/** Turns a state into the one that stands for all that are the same under a symmetry, and tells how many those are. */
export interface Canonical {
  /** Rewrites `words` in place. */
  apply(words: Uint32Array): void;
  /** How many states the canonical one in `words` stands for. */
  orbit(words: Uint32Array): number;
}

/** The canonical form for a symmetry in a layout. */
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
    this.#read(words).sort();
    for (const [i, column] of this.#columns.entries())
      setId(words, 0, this.#layout.fields[column]!, this.#ids[i]!);
  }

  orbit(words: Uint32Array): number {
    const ids = this.#read(words);
    let orders = 1;
    let run = 1;
    // n! / (m1! m2! ...), a factor at a time.
    for (let i = 1; i < ids.length; i++) {
      run = ids[i] === ids[i - 1] ? run + 1 : 1;
      orders = (orders * (i + 1)) / run;
    }
    return orders;
  }

  #read(words: Uint32Array): Int32Array {
    for (const [i, column] of this.#columns.entries())
      this.#ids[i] = idAt(words, 0, this.#layout.fields[column]!);
    return this.#ids;
  }
}

class LeastImage implements Canonical {
  readonly #exchanges: readonly Exchange[];
  readonly #layout: Layout;
  readonly #interner: Interner;
  // By exchange and component: the id that an id becomes, plus one; 0 or absent: not worked out yet.
  readonly #images: readonly (readonly number[][])[];
  readonly #image: Uint32Array;
  readonly #least: Uint32Array;

  constructor(exchanges: readonly Exchange[], layout: Layout, interner: Interner) {
    this.#exchanges = exchanges;
    this.#layout = layout;
    this.#interner = interner;
    this.#images = exchanges.map(({ to }) => to.map(() => []));
    this.#image = new Uint32Array(layout.words);
    this.#least = new Uint32Array(layout.words);
  }

  apply(words: Uint32Array): void {
    this.#least.set(words);
    for (let e = 0; e < this.#exchanges.length; e++) {
      this.#imageOf(words, e);
      if (compare(this.#image, this.#least) < 0) this.#least.set(this.#image);
    }
    words.set(this.#least);
  }

  orbit(words: Uint32Array): number {
    let fixing = 1;
    for (let e = 0; e < this.#exchanges.length; e++) {
      this.#imageOf(words, e);
      if (compare(this.#image, words) === 0) fixing += 1;
    }
    return (this.#exchanges.length + 1) / fixing;
  }

  #imageOf(words: Uint32Array, e: number): void {
    const { to } = this.#exchanges[e]!;
    const { fields } = this.#layout;
    this.#image.fill(0);
    for (let component = 0; component < to.length; component++) {
      const id = idAt(words, 0, fields[component]!);
      const known = this.#images[e]![component]![id] ?? 0;
      setId(
        this.#image,
        0,
        fields[to[component]!]!,
        (known === 0 ? this.#work(e, component, id) : known) - 1,
      );
    }
  }

  #work(e: number, component: number, id: number): number {
    const { to, imageOf } = this.#exchanges[e]!;
    const value = imageOf(component, this.#interner.valueOf(component, id));
    const image = this.#interner.idOf(to[component]!, value) + 1;
    this.#images[e]![component]![id] = image;
    return image;
  }
}

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k]! < b[k]! ? -1 : 1;
  return 0;
}
