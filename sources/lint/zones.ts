import { meet, type Pages } from "./pages.ts";

/** How many zones one look-up passes; beyond it some overlaps are not told. */
const STEPS_MAX = 2000;

/** Stretches of memory that can be asked which of them meet another; they may overlap each other. */
export class Zones<T extends Pages> {
  readonly #sorted: readonly T[];
  /** The furthest last page among the zones up to each. */
  readonly #reach: readonly number[];
  #cut = false;

  constructor(zones: readonly T[]) {
    this.#sorted = [...zones].sort((a, b) => a.first - b.first);
    let furthest = -1;
    this.#reach = this.#sorted.map(({ last }) => {
      furthest = Math.max(furthest, last);
      return furthest;
    });
  }

  /** The zones that have a page in common with `range`, from its end down. */
  meeting(range: Pages): readonly T[] {
    const found: T[] = [];
    let steps = 0;
    for (let at = this.#lastFrom(range.last); at >= 0 && this.#reach[at]! >= range.first; at -= 1) {
      steps += 1;
      if (steps > STEPS_MAX) {
        this.#cut = true;
        break;
      }
      const zone = this.#sorted[at]!;
      if (meet(zone, range)) found.push(zone);
    }
    return found;
  }

  /** A look-up ended early. */
  get isCut(): boolean {
    return this.#cut;
  }

  #lastFrom(page: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]!.first <= page) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
