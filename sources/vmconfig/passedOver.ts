import type { Diagnostic } from "../../base/diagnostic.ts";
import type { ConfigWord } from "../config/words.ts";

/** The words that a reader passed over, to be found again by the place of a diagnostic. */
export class PassedOver {
  readonly #lines = new Map<string, { readonly starts: Map<number, number>; sorted: number[] | null }>();

  add(words: readonly ConfigWord[]): void {
    for (const { source, line, column, endColumn } of words) {
      const key = keyOf(source.name, line);
      const known = this.#lines.get(key) ?? { starts: new Map<number, number>(), sorted: null };
      known.starts.set(column, endColumn);
      known.sorted = null;
      this.#lines.set(key, known);
    }
  }

  /** True where a diagnostic is about one of them. */
  holds({ file, line, column }: Diagnostic): boolean {
    const known = line === null || column === undefined ? undefined : this.#lines.get(keyOf(file, line));
    if (known === undefined || column === undefined) return false;
    known.sorted ??= [...known.starts.keys()].sort((a, b) => a - b);
    // A line may hold many thousand words.
    let low = 0;
    let high = known.sorted.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (known.sorted[middle]! <= column) low = middle;
      else high = middle - 1;
    }
    const start = known.sorted[low]!;
    return start <= column && column < known.starts.get(start)!;
  }
}

function keyOf(file: string | null, line: number): string {
  return `${line} ${file}`;
}
