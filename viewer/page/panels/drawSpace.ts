import { scaleLinear } from "d3-scale";
import type { Run, SpaceView } from "../../viewModel.ts";
import { address } from "../format.ts";
import type { PageRange } from "../model.ts";
import type { Palette } from "../theme.ts";

const AXIS = 34;
const GRANTED = { top: 0, height: 46 };
const REVOKED = { top: 52, height: 26 };
const FAULTS = { top: 84, height: 16 };

/** The height of the picture in CSS pixels. */
export const SPACE_HEIGHT = FAULTS.top + FAULTS.height + AXIS;

/** Draws a part of an address space: granted runs by access, revoked ones faint below, fault marks, and addresses. */
export function drawSpace(
  canvas: HTMLCanvasElement,
  view: SpaceView | null,
  range: PageRange,
  palette: Palette,
): void {
  const scale = devicePixelRatio;
  const width = canvas.clientWidth;
  if (width === 0) return;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(SPACE_HEIGHT * scale);
  const context = canvas.getContext("2d", { alpha: false })!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width, SPACE_HEIGHT);
  context.fillStyle = palette.lane;
  context.fillRect(0, GRANTED.top, width, GRANTED.height);
  context.fillRect(0, REVOKED.top, width, REVOKED.height);
  const x = scaleLinear([range.first, range.last + 1], [0, width]);
  if (view !== null) {
    for (const run of view.revoked ?? []) drawRun(context, x, run, REVOKED, palette, width);
    for (const run of view.runs) drawRun(context, x, run, GRANTED, palette, width);
    drawColumns(context, x, view, palette);
    context.fillStyle = palette.category.fault;
    for (const { page } of view.faults) triangle(context, x(page + 0.5), FAULTS.top + 2, 6);
  }
  drawAxis(context, x, width, palette);
}

function drawRun(
  context: CanvasRenderingContext2D,
  x: (page: number) => number,
  run: Run,
  track: { readonly top: number; readonly height: number },
  palette: Palette,
  width: number,
): void {
  const from = Math.max(-2, x(run.firstPage));
  const to = Math.min(width + 2, x(run.lastPage + 1));
  if (to < 0 || from > width) return;
  const wide = Math.max(2, to - from);
  const gone = run.revoked !== null;
  context.globalAlpha = gone ? 0.35 : 1;
  fill(context, from, track.top + 2, wide, track.height - 4, run.access, palette);
  context.globalAlpha = 1;
  if (wide < 6) return;
  context.strokeStyle = gone ? palette.muted : palette.text;
  context.lineWidth = 1;
  context.setLineDash(gone ? [3, 3] : []);
  context.strokeRect(from + 0.5, track.top + 2.5, wide - 1, track.height - 5);
  context.setLineDash([]);
  const left = Math.max(4, from + 5);
  const texts = gone
    ? [`${run.access} #${run.since}–#${run.revoked}`]
    : [run.access, `→ ${address(run.targetPage)}`, `since #${run.since}`];
  context.font = "12px ui-monospace, monospace";
  context.textBaseline = "middle";
  const room = Math.min(to, width) - left - 4;
  const lines = texts.filter((text) => context.measureText(text).width < room);
  const step = track.height / (lines.length + 1);
  for (const [i, text] of lines.entries()) {
    const y = track.top + step * (i + 1);
    // Behind letters the pattern gives way.
    context.fillStyle = palette.background;
    context.fillRect(left - 2, y - 7, context.measureText(text).width + 4, 14);
    context.fillStyle = palette.text;
    context.fillText(text, left, y);
  }
}

/** Read and write: solid; read only: falling lines; write only: rising lines. */
function fill(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  access: string,
  palette: Palette,
): void {
  const both = access.includes("r") && access.includes("w");
  const color = both
    ? palette.category.grant
    : access.includes("w")
      ? palette.category.revoke
      : palette.category.transfer;
  context.fillStyle = color;
  if (both || width < 4) {
    context.fillRect(x, y, width, height);
    return;
  }
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = color;
  context.lineWidth = 2.5;
  context.beginPath();
  const rising = access.includes("w");
  for (let at = x - height; at < x + width; at += 6) {
    context.moveTo(at, rising ? y + height : y);
    context.lineTo(at + height, rising ? y : y + height);
  }
  context.stroke();
  context.restore();
}

function drawColumns(
  context: CanvasRenderingContext2D,
  x: (page: number) => number,
  view: SpaceView,
  palette: Palette,
): void {
  const { columns, firstPage, lastPage } = view;
  for (const { access, parts } of columns) {
    const width = (lastPage - firstPage + 1) / parts.length;
    for (const [i, part] of parts.entries()) {
      if (part === 0) continue;
      const from = x(firstPage + i * width);
      const height = Math.max(4, part * (GRANTED.height - 4));
      const wide = x(firstPage + (i + 1) * width) - from;
      fill(context, from, GRANTED.top + GRANTED.height - 2 - height, wide, height, access, palette);
    }
  }
}

function drawAxis(
  context: CanvasRenderingContext2D,
  x: ReturnType<typeof scaleLinear<number, number>>,
  width: number,
  palette: Palette,
): void {
  const [first, last] = x.domain() as [number, number];
  // Ticks at powers of two, as addresses are.
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(((last - first) * 150) / width)));
  context.font = "12px ui-monospace, monospace";
  context.textBaseline = "middle";
  context.strokeStyle = palette.line;
  context.fillStyle = palette.muted;
  const top = FAULTS.top + FAULTS.height;
  for (let page = Math.ceil(first / step) * step; page <= last; page += step) {
    const at = Math.round(x(page)) + 0.5;
    context.beginPath();
    context.moveTo(at, 0);
    context.lineTo(at, top + 10);
    context.stroke();
    const text = page >= 2 ** 52 ? "2^64" : address(page);
    if (at + context.measureText(text).width + 4 < width) context.fillText(text, at + 3, top + 14);
  }
}

function triangle(context: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + r, y + 2 * r);
  context.lineTo(x - r, y + 2 * r);
  context.fill();
}
