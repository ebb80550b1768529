import { stripVTControlCharacters } from "node:util";
import type { Terminal } from "../terminal.ts";

/** One column: its heading, and whether its cells are numbers, which stand to the right. */
export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

/** A table without frames, one line a row, headings dimmed. */
export function renderTable(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ head }) => widthOf(head));
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i]!, widthOf(cell));
    });
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const room = " ".repeat(widths[i]! - widthOf(cell));
        return columns[i]!.right ? room + cell : cell + room;
      })
      .join("  ")
      .trimEnd();
  const head = columns.map((column) => terminal.color.dim(column.head));
  return `${[head, ...rows].map(line).join("\n")}\n`;
}

// Most cells, and all of them but names that somebody chose.
const PLAIN = /^[\x20-\x7e]*$/;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /[\p{M}\p{Cf}]/u;

/** How many columns of a terminal a text takes; colours take none. */
function widthOf(cell: string): number {
  if (PLAIN.test(cell)) return cell.length;
  let width = 0;
  for (const character of stripVTControlCharacters(cell))
    width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 fault`, `2 faults`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A time since the start of the recording: `12.153363 s`; `-` where unknown. */
export function seconds(t: number | null): string {
  return t === null ? "-" : `${(t / 1e9).toFixed(6)} s`;
}
