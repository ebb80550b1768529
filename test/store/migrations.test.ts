import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { AssertionError } from "../../base/assert.ts";
import { claimWriting } from "../../store/sqlite/claim.ts";
import { type Connection, locate } from "../../store/sqlite/connection.ts";
import { APPLICATION_ID, identify } from "../../store/sqlite/identity.ts";
import type { Migration } from "../../store/sqlite/migrations/migration.ts";
import { MIGRATIONS, migrate, versionOf } from "../../store/sqlite/migrations.ts";
import { openDatabase } from "../../store/sqlite/open.ts";
import type { OpenOptions } from "../../store/sqlite/openOptions.ts";
import { asOther, temporaryFolder } from "./folder.ts";
import { reasonOf } from "./stored.ts";

const folder = temporaryFolder();
let made = 0;

const STEPS: readonly Migration[] = [
  { version: 1, up: (db) => db.exec("CREATE TABLE log (step)") },
  { version: 2, up: (db) => db.exec("INSERT INTO log VALUES (2)") },
  { version: 3, up: (db) => db.exec("INSERT INTO log VALUES (3)") },
];

test("the steps of the house are numbered from 1 without a gap", () => {
  expect(MIGRATIONS.map((step) => step.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  expect(versionOf(MIGRATIONS)).toBe(MIGRATIONS.length);
  expect(() => migrate(new Database(":memory:"), APPLICATION_ID, STEPS.slice(1))).toThrow(AssertionError);
});

test("a new database goes through every step and is then ours", () => {
  const db = opened(folder.path("new.db"), "write", STEPS);
  expect(identify(db)).toEqual({ kind: "ours", version: 3 });
  expect(stepsOf(db)).toEqual([2, 3]);
  db.close();
});

test.each(["read", "change", "write"] as const)(
  "an older database goes through the steps it lacks, once, on %s",
  (mode) => {
    const file = older(1);
    for (let i = 0; i < 2; i++) {
      const db = opened(file, mode, STEPS);
      expect(identify(db)).toEqual({ kind: "ours", version: 3 });
      expect(stepsOf(db)).toEqual([2, 3]);
      db.close();
    }
  },
);

test("a step that fails leaves the step before; the rest follows when it no longer fails", () => {
  const file = older(1);
  const failing: Migration = {
    version: 3,
    up: (db) => {
      db.exec("INSERT INTO log VALUES (3)");
      throw new Error("power cut");
    },
  };
  expect(() => opened(file, "write", [...STEPS.slice(0, 2), failing])).toThrow("power cut");
  const db = new Database(file);
  expect(identify(db)).toEqual({ kind: "ours", version: 2 });
  expect(stepsOf(db)).toEqual([2]);
  db.close();
  const again = opened(file, "write", STEPS);
  expect(stepsOf(again)).toEqual([2, 3]);
  again.close();
});

test("an older database is upgraded by one process at a time, and by none while a boot is imported", () => {
  const file = older(1);
  const claim = claimWriting(locate(file), 0);
  expect(reasonOf(() => opened(file, "read", STEPS))).toBe("locked");
  claim.release();
  opened(file, "read", STEPS).close();
});

test("an older database that may not be written is refused with what to do about it", () => {
  const file = older(1);
  chmodSync(file, 0o444);
  chmodSync(dirname(file), 0o555);
  asOther(() => {
    expect(() => opened(file, "read", STEPS)).toThrow("is from an older smmu-replay and must be upgraded");
  });
  chmodSync(dirname(file), 0o755);
});

function older(version: number): string {
  const file = folder.path(`${made++}/old.db`);
  mkdirSync(dirname(file));
  opened(file, "write", STEPS.slice(0, version)).close();
  return file;
}

function opened(file: string, mode: OpenOptions["mode"], steps: readonly Migration[]): Connection {
  return openDatabase(locate(file), { mode, busyTimeoutMs: 0 }, steps);
}

function stepsOf(db: Connection): unknown[] {
  return db.prepare("SELECT step FROM log ORDER BY step").pluck().all();
}
