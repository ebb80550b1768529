import Table from "cli-table3";
import type { Terminal } from "../terminal.ts";

/** One column: its heading, and whether its cells are numbers, which stand to the right. */
export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

// The time that the library takes grows with the square of the rows, so a long table is laid out in parts.
const ROWS_PER_PART = 100;

/** A table without frames, one line a row, headings dimmed. */
export function renderTable(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const head = columns.map((column) => terminal.color.dim(column.head));
  const lines = [head, ...rows];
  const parts: (readonly string[])[][] = [];
  for (let at = 0; at < lines.length; at += ROWS_PER_PART) parts.push(lines.slice(at, at + ROWS_PER_PART));
  const first = parts.map((part) => layOut(columns, part));
  if (first.length === 1) return first[0]!.text;
  const widths = columns.map((_, i) => Math.max(...first.map((part) => part.widths[i]!)));
  return parts.map((part) => layOut(columns, part, widths).text).join("");
}

const NO_FRAME = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " },
};

function layOut(
  columns: readonly Column[],
  lines: readonly (readonly string[])[],
  colWidths?: readonly number[],
): { readonly text: string; readonly widths: readonly number[] } {
  const table = new Table({
    colAligns: columns.map((column) => (column.right ? "right" : "left")),
    ...(colWidths === undefined ? {} : { colWidths: [...colWidths] }),
    chars: NO_FRAME,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...lines.map((line) => [...line]));
  const text = table.toString().replace(/ +$/gm, "");
  // Laying out leaves the widths that it chose among the options.
  return { text: `${text}\n`, widths: table.options.colWidths as readonly number[] };
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
