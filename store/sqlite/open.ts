import { StoreError } from "../eventStore.ts";
import { claimWriting } from "./claim.ts";
import {
  type Connection,
  connect,
  connectForReading,
  type DatabaseFile,
  refusesToWrite,
} from "./connection.ts";
import { APPLICATION_ID, identify } from "./identity.ts";
import type { Migration } from "./migrations/migration.ts";
import { MIGRATIONS, migrate, versionOf } from "./migrations.ts";
import type { OpenOptions } from "./openOptions.ts";

/** How long to wait for another process when nothing else is said. */
export const BUSY_TIMEOUT_MS = 10_000;

/** Bytes in a page of the database file: larger than SQLite's default, since blocks of events span many pages. */
export const PAGE_BYTES = 8192;

// A checkpoint syncs the disk, so one for every 16 MB of log; and no log longer than 64 MB outlives a checkpoint.
const CHECKPOINT_PAGES = (16 * 2 ** 20) / PAGE_BYTES;
const LOG_BYTES_MAX = 64 * 2 ** 20;

/**
 * Opens a database of ours at the version that `steps` lead to, making it or taking it there where that is needed and
 * allowed. Nothing is written to a file before it is known to be ours or empty.
 */
export function openDatabase(
  file: DatabaseFile,
  options: OpenOptions,
  steps: readonly Migration[] = MIGRATIONS,
): Connection {
  if (!file.exists && options.mode !== "write") throw nothingStored(file);
  return options.mode === "read" ? openToRead(file, options, steps) : openToWrite(file, options, steps);
}

function openToRead(file: DatabaseFile, options: OpenOptions, steps: readonly Migration[]): Connection {
  const db = connectForReading(file, waitOf(options));
  const version = closingOnError(db, () => checkedVersion(file, db, steps));
  if (version === versionOf(steps)) return db;
  db.close();
  return upgradedToRead(file, options, steps);
}

function upgradedToRead(file: DatabaseFile, options: OpenOptions, steps: readonly Migration[]): Connection {
  try {
    openToWrite(file, { ...options, mode: "change" }, steps).close();
  } catch (error) {
    if (!refusesToWrite(error)) throw error;
    const sentence = `${file.name} is from an older smmu-replay and must be upgraded to be read, but may not be written; upgrade a copy`;
    throw new StoreError("read-only", sentence, { cause: error });
  }
  return connectForReading(file, waitOf(options));
}

function openToWrite(file: DatabaseFile, options: OpenOptions, steps: readonly Migration[]): Connection {
  const db = connect(file, waitOf(options), options.mode === "write");
  return closingOnError(db, () => {
    const mayMake = options.mode === "write" && identify(db).kind === "empty";
    const version = mayMake ? 0 : checkedVersion(file, db, steps);
    if (version < versionOf(steps)) upgrade(file, db, options, steps);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${LOG_BYTES_MAX}`);
    if (options.pageCountMax !== undefined) db.pragma(`max_page_count = ${options.pageCountMax}`);
    // Whether a file may be written shows only when something is: BEGIN IMMEDIATE alone is content to read.
    db.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${versionOf(steps)}; ROLLBACK`);
    return db;
  });
}

// Under the claim, so that of two imports that find an empty or old database one makes it and the other finds it made.
function upgrade(
  file: DatabaseFile,
  db: Connection,
  options: OpenOptions,
  steps: readonly Migration[],
): void {
  const claim = claimWriting(file, waitOf(options), options.onWait);
  try {
    // Only an empty database heeds this.
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma("journal_mode = WAL");
    migrate(db, APPLICATION_ID, steps);
  } finally {
    claim.release();
  }
}

function checkedVersion(file: DatabaseFile, db: Connection, steps: readonly Migration[]): number {
  const identity = identify(db);
  if (identity.kind === "empty") throw nothingStored(file);
  if (identity.kind === "foreign")
    throw new StoreError(
      "foreign",
      `${file.name} is a SQLite database of another program, not of smmu-replay`,
    );
  if (identity.version > versionOf(steps))
    throw new StoreError(
      "newer",
      `${file.name} was written by a newer smmu-replay: its version is ${identity.version}, this one knows ${versionOf(steps)}; use the newer one`,
    );
  return identity.version;
}

function nothingStored(file: DatabaseFile): StoreError {
  const what = file.exists ? `${file.name} is empty` : `there is no database ${file.name}`;
  return new StoreError("missing", `${what}: import a recorded boot first, with "smmu import FILE"`);
}

function waitOf(options: OpenOptions): number {
  return options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
}

function closingOnError<T>(db: Connection, work: () => T): T {
  try {
    return work();
  } catch (error) {
    db.close();
    throw error;
  }
}
