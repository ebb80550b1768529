import { existsSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { StoreError } from "../eventStore.ts";
import { sqliteCode } from "./errors.ts";

/** An open SQLite database. */
export type Connection = Database.Database;

/** A database file as it was named, for sentences, and as it is found, for SQLite and for the names beside it. */
export interface DatabaseFile {
  readonly name: string;
  readonly path: string;
  readonly exists: boolean;
}

/** Looks a database file up: links are followed, so that one database has one name. Only a regular file will do. */
export function locate(name: string): DatabaseFile {
  const path = resolve(name);
  // better-sqlite3 trims what it is given, so it would open another file.
  if (path !== path.trim())
    throw new StoreError("io", `${name} ends in a space; a database must be named otherwise`);
  const stats = statOf(name, path);
  if (stats !== null) {
    if (stats.isDirectory()) throw new StoreError("io", `${name} is a directory; a database is a file`);
    if (!stats.isFile())
      throw new StoreError("io", `${name} is not a regular file, so it can be no database`);
    return { name, path: realpathSync(path), exists: true };
  }
  const folder = dirname(path);
  if (statOf(name, folder)?.isDirectory() !== true)
    throw new StoreError("missing", `${name} cannot be made: there is no folder ${folder}`);
  return { name, path: join(realpathSync(folder), basename(path)), exists: false };
}

/** Opens for reading and writing; `create` says whether a file that does not exist may be made. */
export function connect(file: DatabaseFile, busyTimeoutMs: number, create: boolean): Connection {
  const db = new Database(file.path, { timeout: busyTimeoutMs, fileMustExist: !create });
  return prepared(db, () => db.pragma("foreign_keys = OFF"));
}

/**
 * Opens so that nothing is ever changed. A connection that could write is preferred: it alone can work on the log that a
 * killed writer left, and tidies up after itself. In a read-only place SQLite cannot make the files that it wants beside
 * a database in WAL mode, not even to read it; there we read a copy in memory.
 */
export function connectForReading(file: DatabaseFile, busyTimeoutMs: number): Connection {
  try {
    return readable(connect(file, busyTimeoutMs, false));
  } catch (error) {
    if (!refusesToWrite(error)) throw error;
  }
  return readable(connectToCopy(file));
}

/** The largest database that is read from a read-only place, in bytes. */
const COPY_BYTES_MAX = 2 ** 30;

// The bytes of the file's header that say "needs a log": 2 in WAL mode, 1 otherwise. A copy in memory has no log.
const FORMAT_BYTES = [18, 19];

function connectToCopy(file: DatabaseFile): Connection {
  const log = `${file.path}-wal`;
  const unfinished = existsSync(log) && statSync(log).size > 0;
  if (unfinished || statSync(file.path).size > COPY_BYTES_MAX)
    throw new StoreError("read-only", elsewhereSentence(file, unfinished));
  const copy = contents(file);
  for (const at of FORMAT_BYTES) if (copy[at] === 2) copy[at] = 1;
  return new Database(copy);
}

function contents(file: DatabaseFile): Buffer {
  try {
    return readFileSync(file.path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError("io", `${file.name} cannot be opened: you may not read it (${code})`, {
      cause: error,
    });
  }
}

function readable(db: Connection): Connection {
  return prepared(db, () => {
    db.pragma("query_only = ON");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
  });
}

function prepared(db: Connection, prepare: () => void): Connection {
  try {
    // Nothing in a file may make SQLite call functions with side effects on our behalf.
    db.pragma("trusted_schema = OFF");
    prepare();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** True when the error says that a file may not be written, or that none can be made beside it. */
export function refusesToWrite(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY"));
}

function elsewhereSentence(file: DatabaseFile, unfinished: boolean): string {
  return unfinished
    ? `${file.name} is being written, or its writer did not finish, and cannot be read from a read-only place; copy it and ${file.name}-wal to where you may write, and read the copy`
    : `${file.name} is too large to be read from a read-only place; copy it to where you may write, and read the copy`;
}

function statOf(name: string, path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return null;
    const why = code === "ENOTDIR" ? "a part of its path is not a folder" : String(code);
    throw new StoreError("io", `${name} cannot be looked up: ${why}`, { cause: error });
  }
}
