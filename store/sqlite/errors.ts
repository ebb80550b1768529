import Database from "better-sqlite3";
import { StoreError, type StoreErrorReason } from "../eventStore.ts";

/** What is stored is not what we stored. Becomes a {@link StoreError} that names the database. */
export class Damage extends Error {
  override readonly name = "Damage";
}

/** Does some work on a database; whatever SQLite or a reader of rows complains of leaves here as a {@link StoreError}. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(file, error);
  }
}

/** The same for a lazy sequence. */
export function* guardedItems<T>(file: string, items: Iterable<T>): Generator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    throw translated(file, error);
  }
}

/** SQLite's name for what went wrong, `SQLITE_BUSY` and the like; null for any other error. */
export function sqliteCode(error: unknown): string | null {
  return error instanceof Database.SqliteError ? error.code : null;
}

/** True when the error says that what is stored is not what we stored. */
export function isDamage(error: unknown): boolean {
  if (error instanceof Damage) return true;
  const code = sqliteCode(error);
  return code !== null && reasonOf(code) === "damaged";
}

function translated(file: string, error: unknown): unknown {
  if (error instanceof Damage)
    return new StoreError("damaged", `${file} is damaged: ${error.message}`, { cause: error });
  if (!(error instanceof Database.SqliteError)) return error;
  const reason = reasonOf(error.code);
  return new StoreError(reason, sentence(file, reason, error), { cause: error });
}

// Extended codes begin with the plain one: SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_READ, ...
const REASONS: readonly (readonly [prefix: string, reason: StoreErrorReason])[] = [
  ["SQLITE_BUSY", "locked"],
  ["SQLITE_LOCKED", "locked"],
  ["SQLITE_PROTOCOL", "locked"],
  ["SQLITE_READONLY", "read-only"],
  // The file exists or its folder does, as was looked up before; what cannot be opened then cannot be made or written.
  ["SQLITE_CANTOPEN", "read-only"],
  ["SQLITE_FULL", "full"],
  ["SQLITE_CORRUPT", "damaged"],
  ["SQLITE_NOTADB", "damaged"],
  ["SQLITE_FORMAT", "damaged"],
  ["SQLITE_IOERR_SHORT_READ", "damaged"],
  // Every row is asserted before it is bound and every statement is tested, so these speak of the file, not of us.
  ["SQLITE_CONSTRAINT", "damaged"],
  ["SQLITE_ERROR", "damaged"],
  ["SQLITE_SCHEMA", "damaged"],
  ["SQLITE_MISMATCH", "damaged"],
];

function reasonOf(code: string): StoreErrorReason {
  for (const [prefix, reason] of REASONS) if (code.startsWith(prefix)) return reason;
  return "io";
}

function sentence(file: string, reason: StoreErrorReason, error: { code: string; message: string }): string {
  switch (reason) {
    case "locked":
      return `${file} is locked by another program; try again when that has finished`;
    case "read-only":
      return `${file} cannot be written: it, its folder or its file system is read-only for you`;
    case "full":
      return `${file} cannot grow: the disk is full; what was stored before is intact`;
    case "damaged":
      return `${file} is damaged, or is no database: ${error.message}`;
    default:
      return `${file} cannot be read or written: ${error.message} (${error.code})`;
  }
}
