import sortedBtree from "sorted-btree";

const BTree = sortedBtree.default;
type Tree<V> = InstanceType<typeof BTree<number, Interval<V>>>;

/** A run of pages, both ends inclusive, with what holds there. */
export interface Interval<V> {
  readonly first: number;
  readonly last: number;
  readonly value: V;
}

/**
 * An ordered map of disjoint page intervals. Values say nothing of where they lie, so that slicing an interval
 * shares its value. `clone` is cheap: the copies share their nodes until one of them writes.
 */
export class IntervalMap<V> {
  readonly #tree: Tree<V>;
  // One pair for all look-ups: the tree would else allocate one for each.
  readonly #pair: [number, Interval<V>] = [0, undefined as never];

  constructor(tree: Tree<V> = new BTree<number, Interval<V>>(undefined, compareNumbers)) {
    this.#tree = tree;
  }

  /** A map of intervals that are disjoint and in order. */
  static of<V>(intervals: readonly Interval<V>[]): IntervalMap<V> {
    return new IntervalMap(
      new BTree(
        intervals.map((interval) => [interval.first, interval]),
        compareNumbers,
      ),
    );
  }

  /** How many intervals there are. */
  get size(): number {
    return this.#tree.size;
  }

  /** A copy that can be written without touching this one. */
  clone(): IntervalMap<V> {
    return new IntervalMap(this.#tree.clone());
  }

  /** The interval that holds `page`, or null. */
  at(page: number): Interval<V> | null {
    const found = this.below(page);
    return found !== null && found.last >= page ? found : null;
  }

  /** The last interval that starts at or before `page`, or null. */
  below(page: number): Interval<V> | null {
    const found = this.#tree.getPairOrNextLower(page, this.#pair);
    return found === undefined ? null : found[1];
  }

  /** The first interval that starts at or after `page`, or null. */
  above(page: number): Interval<V> | null {
    const found = this.#tree.getPairOrNextHigher(page, this.#pair);
    return found === undefined ? null : found[1];
  }

  /** All intervals in order. */
  all(): Interval<V>[] {
    return this.#tree.valuesArray();
  }

  /** The parts of the intervals that lie in `first..last`, in order, cut to that range. */
  within(first: number, last: number): Interval<V>[] {
    const parts: Interval<V>[] = [];
    let next = this.at(first) ?? this.above(first);
    while (next !== null && next.first <= last) {
      parts.push(slice(next, first, last));
      next = this.above(next.last + 1);
    }
    return parts;
  }

  /** Makes `value` hold on `first..last`; `displaced` is told each part that held something before. */
  set(first: number, last: number, value: V, displaced?: (part: Interval<V>) => void): void {
    this.delete(first, last, displaced);
    this.#tree.set(first, { first, last, value });
  }

  /** Clears `first..last`, cutting what reaches out of it; `removed` is told each part that held something. */
  delete(first: number, last: number, removed?: (part: Interval<V>) => void): void {
    let next = this.below(first);
    if (next === null || next.last < first) next = this.above(first);
    while (next !== null && next.first <= last) {
      const found = next;
      if (found.first < first)
        this.#tree.set(found.first, { first: found.first, last: first - 1, value: found.value });
      else this.#tree.delete(found.first);
      if (found.last > last)
        this.#tree.set(last + 1, { first: last + 1, last: found.last, value: found.value });
      removed?.(slice(found, first, last));
      if (found.last >= last) return;
      next = this.above(found.last + 1);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#tree.clear();
  }
}

function slice<V>(interval: Interval<V>, first: number, last: number): Interval<V> {
  if (interval.first >= first && interval.last <= last) return interval;
  return {
    first: Math.max(interval.first, first),
    last: Math.min(interval.last, last),
    value: interval.value,
  };
}

function compareNumbers(a: number, b: number): number {
  return a - b;
}
