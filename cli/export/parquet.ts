import { rm } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TABLES, type TableColumn, type TableName } from "../../replay/export/tables.ts";
import { InputError } from "../inputError.ts";

/** What to do where DuckDB is not installed. */
export const MISSING_DUCKDB =
  "Parquet needs DuckDB's Node API, an optional dependency that is not installed here: npm install @duckdb/node-api, " +
  "or export with --as csv, which DuckDB and others read as well";

/** Opens DuckDB, which is loaded only now; says what to do where it is missing. */
export async function openDuckdb(): Promise<DuckDBConnection> {
  const module = await import("@duckdb/node-api").catch((error: unknown) => {
    throw new InputError(
      `${MISSING_DUCKDB} (${error instanceof Error ? error.message.split("\n")[0] : error})`,
    );
  });
  const instance = await module.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  // What does not fit goes nowhere: nothing is written beside the files that were asked for.
  await connection.run("SET memory_limit = '512MB'; SET threads = 2; SET temp_directory = ''");
  return connection;
}

/** Makes a Parquet file of a table's CSV file, row by row; addresses become 64-bit numbers. */
export async function parquetOfCsv(table: TableName, csv: string, parquet: string): Promise<void> {
  const connection = await openDuckdb();
  try {
    const { columns } = TABLES[table];
    const types = columns.map(({ name }) => `${literal(name)}: 'VARCHAR'`).join(", ");
    const source = `read_csv(${literal(csv)}, header = true, delim = ',', quote = '"', escape = '"', nullstr = '', columns = {${types}}, auto_detect = false, null_padding = false, strict_mode = true, max_line_size = 4194304)`;
    const select = columns.map((column) => `${cast(column)} AS ${identifier(column.name)}`).join(", ");
    await connection.run(
      `COPY (SELECT ${select} FROM ${source}) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    connection.closeSync();
  }
}

/** Removes a file that may not be there. */
export async function discard(file: string): Promise<void> {
  await rm(file, { force: true });
}

function cast({ name, type }: TableColumn): string {
  const column = identifier(name);
  return type === "text" ? column : `CAST(${column} AS ${type === "integer" ? "BIGINT" : "UBIGINT"})`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
