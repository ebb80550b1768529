import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { NOTHING_DERIVED } from "../../store/eventStore.ts";
import { openSqliteStore } from "../../store/sqlite/sqliteEventStore.ts";
import { asOther, temporaryFolder } from "./folder.ts";
import { bootStart, bytes, EVERYTHING, errorOf, imported, reasonOf, SUMMARY } from "./stored.ts";

const folder = temporaryFolder();

describe("a database that is not there", () => {
  test("is made by an import, and is one file again when it is closed", () => {
    const file = folder.path("new/x.db");
    mkdirSync(dirname(file));
    const store = openSqliteStore(file, { mode: "write" });
    imported(store, "a", ["one"]);
    store.close();
    expect(readdirSync(dirname(file))).toEqual(["x.db"]);
    const reader = openSqliteStore(file, { mode: "read" });
    expect(reader.boots().length).toBe(1);
    reader.close();
    expect(readdirSync(dirname(file))).toEqual(["x.db"]);
  });

  test.each(["read", "change"] as const)("is missing to those who only %s, and is not made", (mode) => {
    const file = folder.path("none.db");
    const error = errorOf(() => openSqliteStore(file, { mode }));
    expect(error?.reason).toBe("missing");
    expect(error?.message).toBe(
      `there is no database ${file}: import a recorded boot first, with "smmu import FILE"`,
    );
    expect(existsSync(file)).toBe(false);
  });

  test("is missing when its folder is", () => {
    expect(reasonOf(() => openSqliteStore(folder.path("no/folder/x.db"), { mode: "write" }))).toBe("missing");
    expect(reasonOf(() => openSqliteStore(folder.path("no/folder/x.db"), { mode: "read" }))).toBe("missing");
  });

  test("may be a file that is still empty", () => {
    const file = folder.path("touched.db");
    writeFileSync(file, "");
    const error = errorOf(() => openSqliteStore(file, { mode: "read" }));
    expect(error?.reason).toBe("missing");
    expect(error?.message).toContain("is empty");
    const store = openSqliteStore(file, { mode: "write" });
    imported(store, "a", []);
    store.close();
    openSqliteStore(file, { mode: "read" }).close();
  });

  test("may be what a killed first import left: SQLite's header and nothing else", () => {
    const file = folder.path("begun.db");
    const db = new Database(file);
    db.pragma("journal_mode = WAL");
    db.close();
    expect(reasonOf(() => openSqliteStore(file, { mode: "read" }))).toBe("missing");
    openSqliteStore(file, { mode: "write" }).close();
    openSqliteStore(file, { mode: "read" }).close();
  });
});

describe("what cannot be a database of ours", () => {
  test("a directory", () => {
    const error = errorOf(() => openSqliteStore(folder.path("."), { mode: "write" }));
    expect(error?.reason).toBe("io");
    expect(error?.message).toMatch(/is a directory; a database is a file$/);
  });

  test("a device", () => {
    expect(reasonOf(() => openSqliteStore("/dev/null", { mode: "write" }))).toBe("io");
    expect(reasonOf(() => openSqliteStore("/dev/zero", { mode: "read" }))).toBe("io");
  });

  test("a name inside a file, a name with a NUL, a name that ends in a space", () => {
    const file = folder.path("plain");
    writeFileSync(file, "x");
    for (const name of [`${file}/x.db`, `${file}\0.db`, `${file} `])
      expect(reasonOf(() => openSqliteStore(name, { mode: "write" }))).toBe("io");
  });

  test("a file that is not SQLite's is damaged, and stays as it is", () => {
    const file = folder.path("text.db");
    const text = '{"format":"smmu-trace","version":1}\n'.repeat(1000);
    writeFileSync(file, text);
    for (const mode of ["read", "change", "write"] as const) {
      const error = errorOf(() => openSqliteStore(file, { mode }));
      expect(error?.reason).toBe("damaged");
      expect(error?.message).toBe(`${file} is damaged, or is no database: file is not a database`);
    }
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("a database of another program is foreign, and stays as it is", () => {
    const file = folder.path("foreign.db");
    const db = new Database(file);
    db.exec("CREATE TABLE boots (id INTEGER PRIMARY KEY, name TEXT)");
    db.close();
    const before = readFileSync(file);
    for (const mode of ["read", "change", "write"] as const)
      expect(reasonOf(() => openSqliteStore(file, { mode }))).toBe("foreign");
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  test("a database of a newer version is refused with both versions, and stays as it is", () => {
    const file = whole("newer.db");
    change(file, "PRAGMA user_version = 7");
    const before = readFileSync(file);
    for (const mode of ["read", "change", "write"] as const) {
      const error = errorOf(() => openSqliteStore(file, { mode }));
      expect(error?.reason).toBe("newer");
      expect(error?.message).toContain("its version is 7, this one knows 1");
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a database that calls itself ours and has not our tables is damaged", () => {
    const file = whole("stripped.db");
    change(file, "DROP VIEW losses_view; DROP TABLE losses");
    expect(reasonOf(() => openSqliteStore(file, { mode: "read" }))).toBe("damaged");
  });

  test("a database whose header is overwritten is damaged", () => {
    const file = whole("header.db");
    const raw = readFileSync(file);
    raw.fill(0xff, 0, 16);
    writeFileSync(file, raw);
    expect(reasonOf(() => openSqliteStore(file, { mode: "read" }))).toBe("damaged");
    expect(reasonOf(() => openSqliteStore(file, { mode: "write" }))).toBe("damaged");
  });

  test("a database that was cut off is damaged", () => {
    const file = whole("cut.db");
    truncateSync(file, 8192 * 3);
    const use = () => {
      const store = openSqliteStore(file, { mode: "read" });
      try {
        return store.verifyChains();
      } finally {
        store.close();
      }
    };
    expect(reasonOf(use)).toBe("damaged");
  });
});

describe("a place that may not be written", () => {
  test("is read-only to an import", () => {
    // The kernel's own file system takes no files from anybody.
    const error = errorOf(() => openSqliteStore("/proc/smmu.db", { mode: "write" }));
    expect(error?.reason).toBe("read-only");
    expect(error?.message).toMatch(/^\/proc\/smmu.db cannot be written: /);
  });

  test("a read-only file in a read-only folder is read, and not written", () => {
    const file = whole("protected/x.db");
    asReadOnly(file, () => {
      const store = openSqliteStore(file, { mode: "read" });
      expect(store.boots().map((boot) => boot.name)).toEqual(["a"]);
      expect(store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
      expect([...store.read("a").faults()].length).toBe(2);
      store.close();
      for (const mode of ["change", "write"] as const)
        expect(reasonOf(() => openSqliteStore(file, { mode }))).toBe("read-only");
      expect(reasonOf(() => openSqliteStore(`${file}2`, { mode: "write" }))).toBe("read-only");
    });
    expect(readdirSync(dirname(file))).toEqual(["x.db"]);
  });

  test("a read-only file in a folder that may be written is read, and not written", () => {
    const file = whole("protected2/x.db");
    asReadOnly(
      file,
      () => {
        openSqliteStore(file, { mode: "read" }).close();
        expect(reasonOf(() => openSqliteStore(file, { mode: "write" }))).toBe("read-only");
      },
      0o777,
    );
  });

  test("a database that a killed import left there is refused with what to do about it", () => {
    const file = whole("protected3/x.db");
    const store = openSqliteStore(file, { mode: "write" });
    store.create(bootStart("b")).append({ count: 1, bytes: bytes("x") }, NOTHING_DERIVED);
    const copy = folder.path("protected4/x.db");
    mkdirSync(dirname(copy));
    writeFileSync(copy, readFileSync(file));
    writeFileSync(`${copy}-wal`, readFileSync(`${file}-wal`));
    store.close();
    asReadOnly(copy, () => {
      const error = errorOf(() => openSqliteStore(copy, { mode: "read" }));
      expect(error?.reason).toBe("read-only");
      expect(error?.message).toContain(`copy it and ${copy}-wal to where you may write`);
    });
    // Where it may be written the same file is read: a boot cut off after one block.
    const reader = openSqliteStore(copy, { mode: "read" });
    expect(reader.boots().map((boot) => [boot.name, boot.events, boot.complete])).toEqual([
      ["a", 2, true],
      ["b", 1, false],
    ]);
    reader.close();
  });

  test("a file that may not even be read says so", () => {
    const file = whole("secret/x.db");
    chmodSync(file, 0);
    asOther(() => {
      const error = errorOf(() => openSqliteStore(file, { mode: "read" }));
      expect(error?.reason).toBe("io");
      expect(error?.message).toContain("you may not read it");
    });
  });
});

describe("a full disk", () => {
  test("ends an append with a sentence; what was stored before is a valid, incomplete boot", () => {
    const file = folder.path("full.db");
    openSqliteStore(file, { mode: "write" }).close();
    const pages = readFileSync(file).length / 8192;
    const store = openSqliteStore(file, { mode: "write", pageCountMax: pages + 20 });
    const writer = store.create(bootStart("a"));
    let appended = 0;
    const fill = () => {
      for (;;) {
        writer.append({ count: 10, bytes: new Uint8Array(20_000) }, { ...EVERYTHING, snapshots: [] });
        appended++;
      }
    };
    const error = errorOf(fill);
    expect(error?.reason).toBe("full");
    expect(error?.message).toBe(`${file} cannot grow: the disk is full; what was stored before is intact`);
    expect(appended).toBeGreaterThan(2);
    expect(store.boot("a")).toMatchObject({ events: appended * 10, complete: false });
    expect(store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
    expect([...store.read("a").allMappings()].length).toBe(appended * 2);
    // Giving up makes room again.
    writer.abandon();
    imported(store, "b", ["one"]);
    store.close();
  });
});

describe("a database that another program has locked", () => {
  test("is waited for, then refused with a sentence", () => {
    const file = whole("locked.db");
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const begun = performance.now();
    const error = errorOf(() => openSqliteStore(file, { mode: "write", busyTimeoutMs: 200 }));
    expect(performance.now() - begun).toBeGreaterThan(150);
    expect(error?.reason).toBe("locked");
    expect(error?.message).toBe(`${file} is locked by another program; try again when that has finished`);
    // Readers do not mind.
    const reader = openSqliteStore(file, { mode: "read", busyTimeoutMs: 0 });
    expect(reader.boots().length).toBe(1);
    reader.close();
    other.close();
  });

  test("a reader that holds an old state is not in a writer's way", () => {
    const file = whole("shared.db");
    const reader = openSqliteStore(file, { mode: "read" });
    const [block, ...rest] = reader.read("a").blocks();
    expect([block?.firstSeq, rest.length]).toEqual([0, 1]);
    const writer = openSqliteStore(file, { mode: "write", busyTimeoutMs: 0 });
    imported(writer, "b", ["one"]);
    expect(reader.boots().length).toBe(2);
    writer.close();
    reader.close();
  });

  test("a boot removed while it is read is missing, not damaged and not shorter", () => {
    const file = whole("vanishing.db");
    const reader = openSqliteStore(file, { mode: "read" });
    const read = reader.read("a");
    const blocks = read.blocks()[Symbol.iterator]();
    blocks.next();
    const writer = openSqliteStore(file, { mode: "change" });
    writer.remove("a");
    expect(reasonOf(() => blocks.next())).toBe("missing");
    expect(reasonOf(() => [...read.faults()])).toBe("missing");
    expect(reasonOf(() => read.losses())).toBe("missing");
    // A boot that takes its name is another boot.
    imported(writer, "a", ["other"]);
    expect(reasonOf(() => [...read.blocks()])).toBe("missing");
    writer.close();
    reader.close();
  });
});

test("a database is the same one under the name of a link to it", () => {
  const file = whole("linked.db");
  const link = folder.path("link.db");
  symlinkSync(file, link);
  const one = openSqliteStore(file, { mode: "write" });
  one.create(bootStart("b"));
  const two = openSqliteStore(link, { mode: "write", busyTimeoutMs: 0 });
  expect(reasonOf(() => two.create(bootStart("c")))).toBe("locked");
  one.close();
  imported(two, "c", []);
  two.close();
});

test("a store that was opened for reading changes nothing", () => {
  const file = whole("kept.db");
  const before = readFileSync(file);
  const store = openSqliteStore(file, { mode: "read" });
  expect(() => store.create(bootStart("b"))).toThrow("opened for reading");
  expect(() => store.remove("a")).toThrow("opened for reading");
  store.close();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("the sqlite3 shell and file(1) know the database by its application id", () => {
  const raw = readFileSync(whole("magic.db"));
  expect(raw.subarray(0, 15).toString()).toBe("SQLite format 3");
  expect(raw.subarray(68, 72).toString()).toBe("SMMU");
});

/** A sound database with one boot of two blocks. */
function whole(name: string): string {
  const file = folder.path(name);
  mkdirSync(dirname(file), { recursive: true });
  const store = openSqliteStore(file, { mode: "write" });
  imported(store, "a", ["one", "two"], SUMMARY, EVERYTHING);
  store.close();
  return file;
}

function change(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

/** Runs `work` as one who may only read the file and, with `folderMode`, its folder. */
function asReadOnly(file: string, work: () => void, folderMode = 0o555): void {
  chmodSync(file, 0o444);
  chmodSync(dirname(file), folderMode);
  try {
    asOther(work);
  } finally {
    chmodSync(dirname(file), 0o755);
    chmodSync(file, 0o644);
  }
}
