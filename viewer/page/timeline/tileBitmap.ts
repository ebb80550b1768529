import { CATEGORIES, type Category, TILE_COLUMNS, type Tile } from "../../viewModel.ts";
import type { Palette } from "../theme.ts";

/** A tile drawn once for the lanes in sight, one pixel a column, to be stretched on each frame. */
export interface TileBitmap {
  readonly canvas: OffscreenCanvas;
  readonly key: string;
}

/** The lanes in sight, and how tall each is in device pixels. */
export interface LaneWindow {
  readonly first: number;
  readonly last: number;
  readonly height: number;
}

/** Draws the counts of a tile as stacked bars, their height by the logarithm of the count; faults stand on top. */
export function drawTile(tile: Tile, lanes: LaneWindow, palette: Palette): OffscreenCanvas {
  const { first, last, height } = lanes;
  const canvas = new OffscreenCanvas(TILE_COLUMNS, Math.max(1, (last - first + 1) * height));
  const context = canvas.getContext("2d")!;
  const room = height - 4;
  const full = Math.log1p(2 ** tile.level);
  const totals = new Map<number, Float64Array>();
  for (const [lane, , columns, counts] of tile.rows) {
    if (lane < first || lane > last) continue;
    let total = totals.get(lane);
    if (total === undefined) {
      total = new Float64Array(TILE_COLUMNS);
      totals.set(lane, total);
    }
    for (let i = 0; i < columns.length; i++) total[columns[i]!]! += counts[i]!;
  }
  const drawn = new Map<number, Float64Array>();
  for (const [lane, category, columns, counts] of tile.rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (lane < first || lane > last) continue;
    const total = totals.get(lane)!;
    let below = drawn.get(lane);
    if (below === undefined) {
      below = new Float64Array(TILE_COLUMNS);
      drawn.set(lane, below);
    }
    const name = CATEGORIES[category] as Category;
    const floor = (lane - first + 1) * height - 2;
    context.fillStyle = palette.category[name];
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const bar = Math.max(3, (room * Math.log1p(total[column]!)) / full);
      // A single fault among thousands of transfers is what one is here to see.
      const least = name === "fault" || name === "stale" ? Math.min(bar, room / 3) : 0;
      const part = Math.max(least, (bar * counts[i]!) / total[column]!);
      const bottom = Math.min(below[column]!, bar - part);
      context.fillRect(column, floor - bottom - part, 1, part);
      below[column] = bottom + part;
    }
  }
  return canvas;
}
