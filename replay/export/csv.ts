import type { BootReader } from "../../store/eventStore.ts";
import { PieceMaker, type Pieces, type Stretch } from "./pieces.ts";
import { type Cell, TABLES, type TableName } from "./tables.ts";

/** A table as CSV (RFC 4180): a line of names, then one line a row; an empty cell is null. Lines end with LF. */
export function* csvPieces(reader: BootReader, name: TableName, stretch: Stretch): Pieces {
  const { columns, rows } = TABLES[name];
  const pieces = new PieceMaker();
  pieces.add(`${columns.map((column) => column.name).join(",")}\n`);
  let count = 0;
  for (const row of rows(reader, stretch)) {
    pieces.add(`${row.map(cellText).join(",")}\n`);
    if (pieces.full) yield pieces.rest();
    count += 1;
  }
  yield pieces.rest();
  return { events: count };
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  // An empty text in quotes is not null.
  return cell === "" || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
