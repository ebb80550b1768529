import { scaleLinear } from "d3-scale";
import { type Band, type BootView, CATEGORIES, type Category, TILE_COLUMNS } from "../../viewModel.ts";
import { axisTime, count } from "../format.ts";
import type { Stretch } from "../model.ts";
import type { Palette } from "../theme.ts";
import { drawGlyph } from "./glyphs.ts";
import { drawTile, type LaneWindow } from "./tileBitmap.ts";
import type { TileStore } from "./tileStore.ts";

/** From so many pixels an event on, each is drawn with its own sign. */
export const GLYPH_PIXELS_MIN = 9;
/** The axis, in CSS pixels ... */
export const AXIS_HEIGHT = 34;
/** ... and the strip of phases below it. */
export const PHASE_HEIGHT = 16;

const BITMAPS_KEPT = 24;

/** What one frame needs. Sizes are CSS pixels; `scale` is device pixels for each. */
export interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly view: BootView;
  readonly stretch: Stretch;
  readonly cursor: number;
  /** Seqs of differences, in order. */
  readonly marks: readonly number[];
  readonly scrollTop: number;
  readonly laneHeight: number;
  readonly palette: Palette;
}

/** Draws timelines from tiles; keeps each tile as a bitmap while the lanes in sight and the colours stay. */
export class TimelinePainter {
  readonly #tiles: TileStore;
  readonly #bitmaps = new Map<string, OffscreenCanvas>();
  #drawnFor = "";

  constructor(tiles: TileStore) {
    this.#tiles = tiles;
  }

  draw(frame: Frame): void {
    const { context, width, height, scale, palette, stretch, scrollTop, laneHeight, view } = frame;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = palette.background;
    context.fillRect(0, 0, width, height);
    const top = AXIS_HEIGHT + PHASE_HEIGHT;
    const lanes = view.lanes.length;
    const firstLane = Math.min(lanes - 1, Math.max(0, Math.floor(scrollTop / laneHeight)));
    const lastLane = Math.min(lanes - 1, Math.ceil((scrollTop + height - top) / laneHeight));
    const y = (lane: number) => top + lane * laneHeight - scrollTop;
    const x = scaleLinear([stretch.first, stretch.last], [0, width]);

    context.save();
    context.beginPath();
    context.rect(0, top, width, height - top);
    context.clip();
    for (let lane = firstLane; lane <= lastLane; lane++) {
      context.fillStyle = lane % 2 === 1 ? palette.lane : palette.background;
      context.fillRect(0, y(lane), width, laneHeight);
    }
    this.#bands(frame, x, y, firstLane, lastLane);
    const perEvent = width / (stretch.last - stretch.first);
    if (perEvent >= GLYPH_PIXELS_MIN) this.#glyphs(frame, x, y, firstLane, lastLane, perEvent);
    else
      this.#density(frame, x, y, {
        first: firstLane,
        last: lastLane,
        height: Math.round(laneHeight * scale),
      });
    context.restore();
    this.#axis(frame, x);
    this.#phases(frame, x);
    drawMarks(frame, x);
    this.#cursor(frame, x);
  }

  #density(frame: Frame, x: (seq: number) => number, y: (lane: number) => number, lanes: LaneWindow): void {
    const { context, stretch, width, palette, scale, laneHeight, view } = frame;
    const wanted = `${lanes.first} ${lanes.last} ${lanes.height} ${palette.background}`;
    if (wanted !== this.#drawnFor) {
      this.#bitmaps.clear();
      this.#drawnFor = wanted;
    }
    const level = this.#tiles.levelFor(stretch.last - stretch.first, width * Math.min(2, scale));
    const span = TILE_COLUMNS * 2 ** level;
    context.imageSmoothingEnabled = false;
    const last = Math.min(view.events, stretch.last);
    for (let index = Math.floor(stretch.first / span); index * span < last; index++) {
      const bitmap = this.#bitmap(level, index, lanes, palette);
      const part = bitmap ?? this.#coarser(level, index, lanes, palette);
      if (part === null) continue;
      const source = "canvas" in part ? part : { canvas: part, from: 0, columns: TILE_COLUMNS };
      context.drawImage(
        source.canvas,
        source.from,
        0,
        source.columns,
        source.canvas.height,
        x(index * span),
        y(lanes.first),
        x((index + 1) * span) - x(index * span),
        (lanes.last - lanes.first + 1) * laneHeight,
      );
    }
  }

  #bitmap(level: number, index: number, lanes: LaneWindow, palette: Palette): OffscreenCanvas | null {
    const tile = this.#tiles.get(level, index);
    return tile === null ? null : this.#kept(`${level}/${index}`, () => drawTile(tile, lanes, palette));
  }

  /** While a tile is on its way, the part of a coarser one that covers it. */
  #coarser(level: number, index: number, lanes: LaneWindow, palette: Palette) {
    for (let up = level + 1; up <= this.#tiles.levelMax; up++) {
      const shrink = 2 ** (up - level);
      const above = Math.floor(index / shrink);
      const tile = this.#tiles.peek(up, above);
      if (tile === null) continue;
      const canvas = this.#kept(`${up}/${above}`, () => drawTile(tile, lanes, palette));
      return {
        canvas,
        from: ((index - above * shrink) * TILE_COLUMNS) / shrink,
        columns: TILE_COLUMNS / shrink,
      };
    }
    return null;
  }

  #kept(key: string, make: () => OffscreenCanvas): OffscreenCanvas {
    const bitmap = this.#bitmaps.get(key) ?? make();
    this.#bitmaps.delete(key);
    this.#bitmaps.set(key, bitmap);
    if (this.#bitmaps.size > BITMAPS_KEPT) this.#bitmaps.delete(this.#bitmaps.keys().next().value!);
    return bitmap;
  }

  #glyphs(
    frame: Frame,
    x: (seq: number) => number,
    y: (lane: number) => number,
    firstLane: number,
    lastLane: number,
    perEvent: number,
  ): void {
    const { context, stretch, palette, laneHeight, view } = frame;
    const size = Math.min(laneHeight - 8, perEvent * 0.8, 16);
    const last = Math.min(view.events, stretch.last);
    for (let index = Math.floor(stretch.first / TILE_COLUMNS); index * TILE_COLUMNS < last; index++) {
      const tile = this.#tiles.get(0, index);
      if (tile === null) continue;
      for (const [lane, category, columns] of tile.rows) {
        if (lane < firstLane || lane > lastLane) continue;
        const name = CATEGORIES[category] as Category;
        for (const column of columns) {
          const seq = index * TILE_COLUMNS + column;
          if (seq + 1 < stretch.first || seq > stretch.last) continue;
          drawGlyph(
            context,
            name,
            x(seq + 0.5),
            y(lane) + laneHeight / 2,
            size,
            palette.category[name],
            palette.background,
          );
        }
      }
    }
  }

  #bands(
    frame: Frame,
    x: (seq: number) => number,
    y: (lane: number) => number,
    firstLane: number,
    lastLane: number,
  ): void {
    const { context, view, palette, laneHeight, height, width } = frame;
    for (const band of view.bands) {
      const from = Math.max(-4, x(band.fromSeq));
      const to = Math.min(width + 4, x((band.toSeq ?? view.events - 1) + 1));
      if (to < 0 || from > width) continue;
      const wide = Math.max(2, to - from);
      if (band.kind === "dss") {
        context.fillStyle = palette.dss;
        context.fillRect(from, 0, wide, height);
        continue;
      }
      if (band.kind === "phase" || band.lane < firstLane || band.lane > lastLane) continue;
      const top = y(band.lane);
      if (band.kind === "storm") {
        context.fillStyle = palette.storm;
        context.fillRect(from, top, wide, laneHeight);
        context.strokeStyle = palette.category.fault;
        context.lineWidth = 1;
        context.strokeRect(from + 0.5, top + 1.5, wide - 1, laneHeight - 3);
      } else hatch(context, from, top, wide, laneHeight, palette.unprotected);
    }
  }

  #axis(frame: Frame, x: ReturnType<typeof scaleLinear<number, number>>): void {
    const { context, palette, width } = frame;
    context.fillStyle = palette.background;
    context.fillRect(0, 0, width, AXIS_HEIGHT);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    const ticks = x.ticks(Math.max(2, Math.floor(width / 130))).filter(Number.isInteger);
    const times = ticks.map((tick) => this.#timeAt(tick, frame));
    const told = times.filter((t) => t !== null);
    const step = told.length < 2 ? 1e6 : (told.at(-1)! - told[0]!) / (told.length - 1);
    for (const [i, tick] of ticks.entries()) {
      const at = Math.round(x(tick)) + 0.5;
      context.beginPath();
      context.moveTo(at, 4);
      context.lineTo(at, AXIS_HEIGHT);
      context.stroke();
      context.fillStyle = palette.text;
      context.fillText(count(tick), at + 4, 10);
      const t = times[i] ?? null;
      if (t === null) continue;
      context.fillStyle = palette.muted;
      context.fillText(axisTime(t, step), at + 4, 25);
    }
  }

  /** The time of the tile column that a seq lies in; null where no tile tells. */
  #timeAt(seq: number, { stretch, width, scale }: Frame): number | null {
    const level = this.#tiles.levelFor(stretch.last - stretch.first, width * Math.min(2, scale));
    for (let at = level; at <= this.#tiles.levelMax; at++) {
      const span = TILE_COLUMNS * 2 ** at;
      const tile = this.#tiles.peek(at, Math.floor(seq / span));
      if (tile !== null) return tile.times[Math.floor((seq % span) / 2 ** at)] ?? null;
    }
    return null;
  }

  #phases(frame: Frame, x: (seq: number) => number): void {
    const { context, palette, view, width } = frame;
    context.fillStyle = palette.lane;
    context.fillRect(0, AXIS_HEIGHT, width, PHASE_HEIGHT);
    context.font = "11px system-ui, sans-serif";
    for (const band of view.bands) {
      if (band.kind !== "phase" && band.kind !== "dss") continue;
      const from = x(band.fromSeq);
      const to = x((band.toSeq ?? view.events - 1) + 1);
      if (to < 0 || from > width) continue;
      context.strokeStyle = palette.muted;
      context.beginPath();
      context.moveTo(from + 0.5, AXIS_HEIGHT);
      context.lineTo(from + 0.5, AXIS_HEIGHT + PHASE_HEIGHT);
      context.stroke();
      context.fillStyle = palette.text;
      const left = Math.max(2, from + 4);
      const room = Math.min(width, to) - left - 2;
      if (context.measureText(label(band)).width < room)
        context.fillText(label(band), left, AXIS_HEIGHT + PHASE_HEIGHT / 2);
    }
    context.strokeStyle = palette.line;
    context.strokeRect(-1, AXIS_HEIGHT + 0.5, width + 2, PHASE_HEIGHT - 1);
  }

  #cursor(frame: Frame, x: (seq: number) => number): void {
    const { context, cursor, palette, height, width } = frame;
    const from = x(cursor);
    const to = x(cursor + 1);
    if (to < 0 || from > width) return;
    const middle = (from + to) / 2;
    if (to - from > 4) {
      context.globalAlpha = 0.16;
      context.fillStyle = palette.cursor;
      context.fillRect(from, AXIS_HEIGHT, to - from, height);
      context.globalAlpha = 1;
    }
    context.fillStyle = palette.cursor;
    // Where events are drawn one by one, the line must not cross out the one it marks.
    const tall = to - from >= GLYPH_PIXELS_MIN ? PHASE_HEIGHT + 4 : height;
    context.fillRect(Math.round(middle) - 1, AXIS_HEIGHT - 4, 2, tall);
    context.beginPath();
    context.moveTo(middle - 6, AXIS_HEIGHT - 10);
    context.lineTo(middle + 6, AXIS_HEIGHT - 10);
    context.lineTo(middle, AXIS_HEIGHT);
    context.fill();
  }
}

/** Differences: a sign in the strip of phases and a dotted line through the lanes; those too close are drawn once. */
function drawMarks({ context, marks, palette, width, height }: Frame, x: (seq: number) => number): void {
  let before = Number.NEGATIVE_INFINITY;
  context.font = "bold 13px system-ui, sans-serif";
  context.fillStyle = palette.category.stale;
  context.strokeStyle = palette.category.stale;
  context.setLineDash([2, 4]);
  for (const seq of marks) {
    const at = Math.round(x(seq + 0.5)) + 0.5;
    if (at < -8 || at > width + 8 || at - before < 3) continue;
    context.beginPath();
    context.moveTo(at, AXIS_HEIGHT + PHASE_HEIGHT);
    context.lineTo(at, height);
    context.stroke();
    if (at - before >= 12) context.fillText("≠", at - 4, AXIS_HEIGHT + PHASE_HEIGHT / 2);
    before = at;
  }
  context.setLineDash([]);
}

function label(band: Band): string {
  return band.kind === "dss" ? "DSS" : band.text;
}

/** Slanted lines, so that the band is told from others without colour. */
function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = color;
  context.lineWidth = 3;
  context.beginPath();
  for (let at = Math.floor((x - height) / 8) * 8; at < x + width; at += 8) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}
