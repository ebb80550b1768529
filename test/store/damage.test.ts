import { readFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type EventStore, NOTHING_DERIVED, StoreError } from "../../store/eventStore.ts";
import { openSqliteStore } from "../../store/sqlite/sqliteEventStore.ts";
import { temporaryFolder } from "./folder.ts";
import {
  bootStart,
  bytes,
  derived,
  EVERYTHING,
  errorOf,
  imported,
  reasonOf,
  SUMMARY,
  snapshot,
} from "./stored.ts";

const folder = temporaryFolder();
const BLOCKS = 5;
const BLOCK_EVENTS = 100;
let sound: Buffer;
let made = 0;

// Boots "a" and "b" of five blocks of a hundred events each; the text of block 2 begins with "a2" or "b2".
beforeAll(() => {
  const file = folder.path("sound.db");
  const store = openSqliteStore(file, { mode: "write" });
  for (const name of ["a", "b"]) {
    const writer = store.create(bootStart(name));
    writer.files(["x.jsonl", "y.txt"]);
    for (let i = 0; i < BLOCKS; i++) {
      const end = (i + 1) * BLOCK_EVENTS;
      const rows = i === 2 ? EVERYTHING : derived({ snapshots: [snapshot(end, `state of ${name}${i}`)] });
      writer.append({ count: BLOCK_EVENTS, bytes: bytes(`${name}${i}`.repeat(12_000)) }, rows);
    }
    writer.finish(SUMMARY);
  }
  store.close();
  sound = readFileSync(file);
});

test("the database that is damaged below is sound before", () => {
  const store = openSqliteStore(copy(sound), { mode: "read" });
  expect(store.verifyChains().map((chain) => chain.ok)).toEqual([true, true]);
  expect(store.storageFaults()).toEqual([]);
  store.close();
});

test.each([
  ["DROP VIEW faults_view", "the view faults_view is missing"],
  ["DROP INDEX faults_by_seq", "the index faults_by_seq is missing"],
  [
    "DROP VIEW mappings_view; CREATE VIEW mappings_view AS SELECT * FROM mappings",
    "the view mappings_view is not as smmu-replay made it",
  ],
])("a definition that is not ours any more is told: %s", (sql, sentence) => {
  const file = copy(sound);
  const db = new Database(file);
  db.exec(`CREATE TABLE notes (text); ${sql}`);
  db.close();
  const store = openSqliteStore(file, { mode: "read" });
  expect(store.storageFaults()).toEqual([expect.stringContaining(sentence)]);
  store.close();
});

describe("a byte of a block that was changed in the file", () => {
  test.each([0, 1, 4])("in block %i is found by its first seq, and the other boot stays good", (block) => {
    const raw = Buffer.from(sound);
    // The last place, in a page of its own: a split of a tree's root leaves a dead copy of what it held at the front.
    const at = raw.lastIndexOf(`a${block}`.repeat(20));
    raw[at + 7]! ^= 0x20;
    withStore(raw, (store) => {
      const firstBad = block * BLOCK_EVENTS;
      expect(store.verifyChains()).toEqual([
        { boot: "a", ok: false, firstBad },
        { boot: "b", ok: true, firstBad: null },
      ]);
      const read: number[] = [];
      const error = errorOf(() => {
        for (const { firstSeq } of store.read("a").blocks()) read.push(firstSeq);
      });
      expect(error?.reason).toBe("damaged");
      expect(error?.message).toContain(
        `the events of boot "a" from seq ${firstBad} on are not those that were stored`,
      );
      expect(read).toEqual([0, 100, 200, 300, 400].slice(0, block));
      expect(reasonOf(() => [...store.read("a").blocks(firstBad + 5)])).toBe("damaged");
    });
  });
});

describe("a log that was changed by hand", () => {
  const of = "boot_id = (SELECT id FROM boots WHERE name = 'a')";
  const head = "name = 'a'";
  test.each([
    [
      "a block that holds fewer events",
      `UPDATE blocks SET event_count = 99 WHERE ${of} AND first_seq = 200`,
      200,
    ],
    ["a block that holds more", `UPDATE blocks SET event_count = 2000 WHERE ${of} AND first_seq = 200`, 200],
    ["a block that is gone", `DELETE FROM blocks WHERE ${of} AND first_seq = 200`, 200],
    ["a block that begins later", `UPDATE blocks SET first_seq = 210 WHERE ${of} AND first_seq = 200`, 200],
    ["a block with the digest of another", swap("digest"), 100],
    ["two blocks in each other's place", swap("bytes"), 100],
    ["the first block gone", `DELETE FROM blocks WHERE ${of} AND first_seq = 0`, 0],
    ["the last block gone", `DELETE FROM blocks WHERE ${of} AND first_seq = 400`, 400],
    [
      "the last two gone and the head moved back",
      `DELETE FROM blocks WHERE ${of} AND first_seq >= 300; UPDATE boots SET event_count = 300 WHERE ${head}`,
      200,
    ],
    ["a head that knows of fewer events", `UPDATE boots SET event_count = 400 WHERE ${head}`, 300],
    ["a head in the middle of a block", `UPDATE boots SET event_count = 450 WHERE ${head}`, 400],
    ["a head that knows of more", `UPDATE boots SET event_count = 501 WHERE ${head}`, 500],
    ["a head of no events", `UPDATE boots SET event_count = 0 WHERE ${head}`, 0],
    ["a head of another digest", `UPDATE boots SET log_digest = '${"0".repeat(64)}' WHERE ${head}`, 400],
    ["another header", `UPDATE boots SET header = replace(header, 'vtd', 'ideal') WHERE ${head}`, 0],
    [
      "a block more",
      `INSERT INTO blocks SELECT boot_id, 500, event_count, digest, bytes FROM blocks WHERE ${of} AND first_seq = 400`,
      500,
    ],
    [
      "the blocks of another boot",
      `UPDATE blocks SET boot_id = 99 WHERE ${of}; UPDATE blocks SET boot_id = 1 WHERE boot_id = 2`,
      null,
    ],
    ["a digest that is none", `UPDATE blocks SET digest = 'x' WHERE ${of} AND first_seq = 200`, 200],
  ])("%s", (_what, sql, firstBad) => {
    withStore(changed(sql), (store) => {
      const [a] = store.verifyChains();
      // Boots "a" and "b" differ in their bytes alone, so b's blocks make a good chain that is not a's: only the head tells.
      expect(a).toEqual({ boot: "a", ok: false, firstBad: firstBad ?? 400 });
      const readAll = () => [...store.read("a").blocks()];
      if (firstBad === 500 && _what === "a block more") expect(readAll().length).toBe(BLOCKS);
      else expect(reasonOf(readAll)).toBe("damaged");
    });
  });

  function swap(column: string): string {
    const value = (seq: number) => `(SELECT ${column} FROM blocks WHERE ${of} AND first_seq = ${seq})`;
    return `CREATE TEMP TABLE t AS SELECT ${value(100)} AS one, ${value(200)} AS two;
      UPDATE blocks SET ${column} = (SELECT two FROM t) WHERE ${of} AND first_seq = 100;
      UPDATE blocks SET ${column} = (SELECT one FROM t) WHERE ${of} AND first_seq = 200`;
  }
});

describe("what else was changed by hand is damage, never garbage", () => {
  const unchecked = "PRAGMA ignore_check_constraints = ON;";
  test.each([
    [
      "a snapshot's bytes",
      "UPDATE snapshots SET bytes = x'00' WHERE seq = 100",
      (s: EventStore) => s.read("a").snapshot(150),
    ],
    [
      "a snapshot's state digest",
      `UPDATE snapshots SET state_digest = '${"1".repeat(64)}'`,
      (s: EventStore) => [...s.read("a").snapshots()],
    ],
    [
      "a snapshot's place",
      "UPDATE snapshots SET seq = 150 WHERE seq = 100",
      (s: EventStore) => s.read("a").snapshot(150),
    ],
    [
      "a page that no number holds",
      `${unchecked} UPDATE mappings SET last_page = 9007199254740993`,
      (s: EventStore) => [...s.read("a").allMappings()],
    ],
    [
      "a page below 0",
      `${unchecked} UPDATE faults SET page = -1 WHERE page IS NOT NULL`,
      (s: EventStore) => [...s.read("a").faults()],
    ],
    [
      "a time that no number holds",
      "UPDATE losses SET t = 9223372036854775807",
      (s: EventStore) => s.read("a").losses(),
    ],
    [
      "a kind of finding that is none",
      "UPDATE findings SET conformance = 'odd'",
      (s: EventStore) => [...s.read("a").findings()],
    ],
    [
      "a count that is none",
      `${unchecked} UPDATE verdicts SET count = -1`,
      (s: EventStore) => s.read("a").verdicts(),
    ],
    ["a header that is no JSON", "UPDATE boots SET header = '{'", (s: EventStore) => s.boots()],
    ["a header that is no header", `UPDATE boots SET header = '{"family":1}'`, (s: EventStore) => s.boots()],
    ["a header that is a list", "UPDATE boots SET header = '[]'", (s: EventStore) => s.boots()],
    ["a DSS that is no JSON", "UPDATE boots SET dss = '}'", (s: EventStore) => s.boot("a")],
    [
      "a complete boot without a summary",
      "UPDATE boots SET state_digest = NULL",
      (s: EventStore) => s.boot("a"),
    ],
    ["a source digest that is none", "UPDATE boots SET source_digest = 'x'", (s: EventStore) => s.boot("a")],
    ["a file number left out", "DELETE FROM files WHERE number = 0", (s: EventStore) => s.boot("a")],
  ] as const)("%s", (_what, sql, use) => {
    withStore(changed(sql), (store) => {
      expect(reasonOf(() => use(store))).toBe("damaged");
    });
  });

  test("blocks left over from nowhere stop an import with a sentence", () => {
    const raw = changed("DELETE FROM sqlite_sequence; DELETE FROM boots");
    const store = openSqliteStore(copy(raw), { mode: "write" });
    const writer = store.create(bootStart("c"));
    expect(reasonOf(() => writer.append({ count: 1, bytes: bytes("x") }, NOTHING_DERIVED))).toBe("damaged");
    store.close();
  });

  test("a boot changed by another program while it is written stops its import with a sentence", () => {
    const file = copy(sound);
    const store = openSqliteStore(file, { mode: "write" });
    const writer = store.create(bootStart("c"));
    const other = new Database(file);
    other.exec("DELETE FROM boots WHERE name = 'c'");
    other.close();
    const error = errorOf(() => writer.append({ count: 1, bytes: bytes("x") }, NOTHING_DERIVED));
    expect(error?.reason).toBe("damaged");
    expect(error?.message).toContain("another program changed a boot while it was written");
    expect(reasonOf(() => writer.finish(SUMMARY))).toBe("damaged");
    store.close();
  });

  test("SQLite's own look at the file finds an index that lacks an entry", () => {
    // A row that came while the index was told to leave it out.
    const schema = (from: string, to: string) =>
      `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '${from}', '${to}') WHERE name = 'losses_by_seq'`;
    let raw = changed(schema("(boot_id, seq)", "(boot_id, seq) WHERE seq > 9"));
    raw = changed("INSERT INTO losses (boot_id, seq, what) VALUES (1, 3, 'x')", raw);
    raw = changed(schema(" WHERE seq > 9", ""), raw);
    withStore(raw, (store) => expect(store.storageFaults().join()).toContain("losses_by_seq"));
  });
});

describe("whatever byte of the file is changed", () => {
  test("the events come out as they went in, or a StoreError says that they cannot", () => {
    const expected = everyBlock(sound);
    fc.assert(
      fc.property(fc.nat({ max: sound.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const raw = Buffer.from(sound);
        raw[at]! ^= flip;
        try {
          expect(everyBlock(raw)).toEqual(expected);
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          expect(["damaged", "foreign", "newer", "missing"]).toContain(error.reason);
        }
      }),
      { numRuns: 300 },
    );
  });

  // All that the store can be asked, so that nothing of it ends in any other error.
  function everyBlock(raw: Buffer): unknown {
    const store = openSqliteStore(copy(raw, "fuzzed.db"), { mode: "read" });
    try {
      store.verifyChains();
      store.storageFaults();
      return store.boots().map(({ name }) => {
        const read = store.read(name);
        for (const rows of [read.snapshots(), read.faults(), read.findings(), read.allMappings()])
          expect([...rows].length).toBeLessThan(100);
        read.verdicts();
        read.losses();
        read.snapshot(250);
        read.mappings({ object: null, firstPage: 0, lastPage: 2 ** 52 - 1 });
        return [name, [...read.blocks()].map((block) => [block.firstSeq, block.count, block.digest])];
      });
    } finally {
      store.close();
    }
  }
});

test("a boot whose log is damaged can be removed", () => {
  const raw = changed("DELETE FROM blocks WHERE first_seq = 200");
  const store = openSqliteStore(copy(raw), { mode: "change" });
  expect(store.remove("a")).toBe(true);
  expect(store.remove("b")).toBe(true);
  store.close();
  const again = openSqliteStore(copy(raw), { mode: "write" });
  again.remove("a");
  imported(again, "a", ["one"]);
  expect(again.verifyChains()[0]).toEqual({ boot: "a", ok: true, firstBad: null });
  again.close();
});

function copy(raw: Buffer, name = `${made++}.db`): string {
  const file = folder.path(name);
  writeFileSync(file, raw);
  return file;
}

function withStore(raw: Buffer, use: (store: EventStore) => void): void {
  const store = openSqliteStore(copy(raw), { mode: "read" });
  try {
    use(store);
  } finally {
    store.close();
  }
}

function changed(sql: string, raw = sound): Buffer {
  const file = copy(raw);
  const db = new Database(file);
  db.unsafeMode(true);
  db.pragma("foreign_keys = OFF");
  db.exec(sql);
  db.close();
  return readFileSync(file);
}
