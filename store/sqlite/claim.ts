import { unlinkSync } from "node:fs";
import Database from "better-sqlite3";
import { StoreError } from "../eventStore.ts";
import type { Connection, DatabaseFile } from "./connection.ts";
import { sqliteCode } from "./errors.ts";

/** The right to write boots, held by one process at a time. The operating system takes it back from a killed one. */
export interface Claim {
  release(): void;
}

/**
 * Claims the writing of boots, waiting up to `waitMs`; `onWait` is called once before waiting. The claim is an exclusive
 * transaction on an empty SQLite database beside the real one: no process number that could go stale, and readers, who
 * never look at it, are never in its way.
 */
export function claimWriting(file: DatabaseFile, waitMs: number, onWait?: () => void): Claim {
  const path = `${file.path}-import.lock`;
  const until = performance.now() + waitMs;
  let held = locked(path, 0, true);
  if (held === null) onWait?.();
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    held ??= locked(path, Math.max(0, Math.ceil(until - performance.now())), true);
    if (held === null) throw new StoreError("locked", lockedSentence(file, waitMs));
    if (holdsTheName(path)) return { release: release(path, held) };
    held.close();
    held = null;
  }
  throw new StoreError("io", `${path} cannot be locked: its file system knows no locks`);
}

// Losing the file's name to another process this often means that locks exclude nobody here.
const ATTEMPTS_MAX = 100;

/** An open connection that holds the lock, or null when another kept it for longer than `waitMs`. */
function locked(path: string, waitMs: number, create: boolean): Connection | null {
  const db = new Database(path, { timeout: waitMs, fileMustExist: !create });
  try {
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    if (sqliteCode(error)?.startsWith("SQLITE_BUSY")) return null;
    throw error;
  }
}

// Whoever releases the lock also removes its file. One who waited may then hold a file that no longer has a name, while
// a third makes a new one: so a second try must find the name's file locked, by us.
function holdsTheName(path: string): boolean {
  let other: Connection | null = null;
  try {
    other = locked(path, 0, false);
  } catch (error) {
    if (sqliteCode(error)?.startsWith("SQLITE_CANTOPEN")) return false;
    throw error;
  }
  other?.close();
  return other === null;
}

function release(path: string, held: Connection): () => void {
  return () => {
    // Removed while still held where the system allows it, so that nobody else's new lock is removed; Windows does not.
    const removed = removeQuietly(path);
    held.close();
    if (!removed) removeQuietly(path);
  };
}

function removeQuietly(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function lockedSentence(file: DatabaseFile, waitMs: number): string {
  return `another import is running on ${file.name}: waited ${(waitMs / 1000).toFixed(1)} s; try again when it has finished`;
}
