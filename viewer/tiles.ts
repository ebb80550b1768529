import { type BootIndex, CATEGORY_COUNT, DIVERGED, FAULT, NONE, STALE } from "./bootIndex.ts";
import { categoryNumber } from "./categories.ts";
import { TILE_COLUMNS, type Tile } from "./viewModel.ts";

/** The highest level that a boot of so many events needs: one at which a single tile holds it. */
export function levelMax(events: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, events) / TILE_COLUMNS)));
}

const FAULT_CATEGORY = categoryNumber("fault");
const STALE_CATEGORY = categoryNumber("stale");

/** Counts one tile; `passes` leaves out events that a filter hides. */
export function tileOf(
  index: BootIndex,
  level: number,
  number: number,
  passes: ((seq: number) => boolean) | null,
): Tile {
  const width = 2 ** level;
  const first = number * TILE_COLUMNS * width;
  const end = Math.min(index.events, first + TILE_COLUMNS * width);
  const counts: (Uint32Array | undefined)[] = [];
  const count = (lane: number, category: number, column: number) => {
    const key = lane * CATEGORY_COUNT + category;
    let row = counts[key];
    if (row === undefined) {
      row = new Uint32Array(TILE_COLUMNS);
      counts[key] = row;
    }
    row[column]! += 1;
  };
  const [a, b, c] = index.lanes;
  for (let seq = first; seq < end; seq++) {
    if (passes !== null && !passes(seq)) continue;
    const column = Math.floor((seq - first) / width);
    const marks = index.marks[seq]!;
    const category =
      marks & FAULT
        ? FAULT_CATEGORY
        : marks & (STALE | DIVERGED)
          ? STALE_CATEGORY
          : index.categories[index.kind[seq]!]!;
    count(0, category, column);
    if (a[seq] !== NONE) count(a[seq]!, category, column);
    if (b[seq] !== NONE) count(b[seq]!, category, column);
    if (c[seq] !== NONE) count(c[seq]!, category, column);
  }
  const rows: (readonly [number, number, number[], number[]])[] = [];
  // Sparse: `forEach` goes over those that were made.
  counts.forEach((row, key) => {
    if (row === undefined) return;
    const columns: number[] = [];
    const values: number[] = [];
    for (let column = 0; column < TILE_COLUMNS; column++) {
      if (row[column] === 0) continue;
      columns.push(column);
      values.push(row[column]!);
    }
    rows.push([Math.floor(key / CATEGORY_COUNT), key % CATEGORY_COUNT, columns, values]);
  });
  const times: (number | null)[] = [];
  for (let seq = first; seq < end; seq += width)
    times.push(Number.isNaN(index.t[seq]!) ? null : index.t[seq]!);
  return { level, index: number, rows, times };
}
