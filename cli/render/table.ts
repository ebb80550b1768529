import Table from "cli-table3";
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
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
  };
  const inner = {
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const table = new Table({
    head: columns.map((column) => terminal.color.dim(column.head)),
    colAligns: columns.map((column) => (column.right ? "right" : "left")),
    chars: { ...none, ...inner },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return `${table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
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
