import { closeSync, fstatSync, openSync, statSync, unlinkSync } from "node:fs";
import Database from "better-sqlite3";
import { StoreError } from "../eventStore.ts";
import type { Connection, DatabaseFile } from "./connection.ts";
import { guarded, sqliteCode } from "./errors.ts";

/** The right to write boots, held by one process at a time. The operating system takes it back from a killed one. */
export interface Claim {
  release(): void;
}

/**
 * Claims the writing of boots, waiting up to `waitMs`; `onWait` is called once before waiting. The claim is SQLite's
 * exclusive lock on an empty file beside the database: no process number that could go stale, and readers, who never look
 * at it, are never in its way.
 */
export function claimWriting(file: DatabaseFile, waitMs: number, onWait?: () => void): Claim {
  const path = `${file.path}-import.lock`;
  const until = performance.now() + waitMs;
  // Nothing here can release it while we wait: all calls are synchronous.
  if (HELD.has(path)) throw new StoreError("locked", lockedSentence(file, 0));
  return guarded(`${file.name}-import.lock`, () => {
    let lock = tryLock(path, 0);
    if (lock === "busy") onWait?.();
    for (let attempt = 0; attempt < ATTEMPTS_MAX && typeof lock === "string"; attempt++) {
      lock = tryLock(path, Math.max(0, Math.ceil(until - performance.now())));
      if (lock === "busy") break;
    }
    if (typeof lock === "string") throw new StoreError("locked", lockedSentence(file, waitMs));
    return held(path, lock);
  });
}

// So often may others remove the file that we are waiting for before we take it that we shall never get it.
const ATTEMPTS_MAX = 1000;

// The locks of this process, which its own later attempts would lose: see tryLock.
const HELD = new Set<string>();

interface Lock {
  readonly db: Connection;
  readonly descriptor: number;
}

/**
 * Whoever releases the lock also removes its file, and a third may make a new one: so one who waited may hold a file that
 * no longer has the name. A descriptor of our own, opened first, tells: while it is open no other file can be that file.
 * Closing it would drop the locks that this process has on the file, so it is closed last, and only where we hold none.
 */
function tryLock(path: string, waitMs: number): Lock | "busy" | "gone" {
  const descriptor = opened(path);
  let db: Connection | null = null;
  try {
    db = new Database(path, { timeout: waitMs });
    // No journal: its name would be that of every other lock's journal too.
    db.pragma("journal_mode = MEMORY");
    db.exec("BEGIN EXCLUSIVE");
    if (hasName(descriptor, path)) return { db, descriptor };
    close({ db, descriptor });
    return "gone";
  } catch (error) {
    db?.close();
    closeSync(descriptor);
    if (sqliteCode(error)?.startsWith("SQLITE_BUSY")) return "busy";
    throw error;
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "a");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOSPC" ? "full" : code === "EISDIR" ? "io" : "read-only";
    throw new StoreError(reason, `${path} cannot be made, which an import needs (${code})`, { cause: error });
  }
}

function hasName(descriptor: number, path: string): boolean {
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  const ours = fstatSync(descriptor, { bigint: true });
  return named?.ino === ours.ino && named.dev === ours.dev;
}

function held(path: string, lock: Lock): Claim {
  HELD.add(path);
  return {
    release: () => {
      // Removed while still held where the system allows it, so that nobody else's new lock is removed; Windows does not.
      const refused = removed(path) === "refused";
      close(lock);
      if (refused) removed(path);
      HELD.delete(path);
    },
  };
}

function close(lock: Lock): void {
  lock.db.close();
  closeSync(lock.descriptor);
}

function removed(path: string): "removed" | "refused" {
  try {
    unlinkSync(path);
    return "removed";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "removed" : "refused";
  }
}

function lockedSentence(file: DatabaseFile, waitMs: number): string {
  return `another import is running on ${file.name}: waited ${(waitMs / 1000).toFixed(1)} s; try again when it has finished`;
}
