import { Damage } from "./errors.ts";

/** A row as SQLite gives it: not to be trusted, since the file may come from anywhere. */
export type Row = Readonly<Record<string, unknown>>;

/** A text column. */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : wrong(column, "a text");
}

/** A text column that may be null. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** A whole number from 0 that fits a JavaScript number exactly: SQLite's 64 bits could lose some unseen. */
export function count(row: Row, column: string): number {
  const value = row[column];
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : wrong(column, "a count or sequence number");
}

/** A count that may be null. */
export function countOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : count(row, column);
}

/** A time in nanoseconds, which may be negative, or null. */
export function timeOrNull(row: Row, column: string): number | null {
  const value = row[column];
  if (value === null) return null;
  return Number.isSafeInteger(value) ? (value as number) : wrong(column, "a time in nanoseconds");
}

/** A blob column. */
export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  return value instanceof Uint8Array ? value : wrong(column, "bytes");
}

/** A SHA-256 in lower-case hex. */
export function digest(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value : wrong(column, "a SHA-256");
}

/** What a JSON column holds. */
export function json(row: Row, column: string): unknown {
  try {
    return JSON.parse(text(row, column));
  } catch {
    return wrong(column, "JSON");
  }
}

/**
 * All rows of a query of unknown length, a page of it at a time: an open cursor would lock the connection for as long as
 * the caller takes. `fetch` gives the rows after a row, in an order in which no two rows are equal.
 */
export function* inPages(
  pageSize: number,
  fetch: (after: Row | null) => readonly Row[],
): Generator<Row, void, undefined> {
  let last: Row | null = null;
  for (;;) {
    const rows: readonly Row[] = fetch(last);
    yield* rows;
    if (rows.length < pageSize) return;
    last = rows[rows.length - 1]!;
  }
}

function wrong(column: string, expected: string): never {
  throw new Damage(`column "${column}" does not hold ${expected}`);
}
