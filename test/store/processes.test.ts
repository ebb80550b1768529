import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import type { EventStore } from "../../store/eventStore.ts";
import { openSqliteStore } from "../../store/sqlite/sqliteEventStore.ts";
import { temporaryFolder } from "./folder.ts";
import { importer } from "./processes/importers.ts";
import { bootStart, errorOf, imported } from "./stored.ts";

const folder = temporaryFolder();

describe("while another process imports", () => {
  test("a second import waits, says so once, and then gives up with a sentence", async () => {
    const file = newFile("waiting/x.db");
    const other = importer(file, "a", "none");
    expect(await other.line()).toBe("begun");
    let waits = 0;
    const store = openSqliteStore(file, { mode: "write", busyTimeoutMs: 300, onWait: () => waits++ });
    const begun = performance.now();
    const error = errorOf(() => store.create(bootStart("b")));
    expect(performance.now() - begun).toBeGreaterThan(250);
    expect(waits).toBe(1);
    expect(error?.reason).toBe("locked");
    expect(error?.message).toBe(
      `another import is running on ${file}: waited 0.3 s; try again when it has finished`,
    );
    expect(errorOf(() => store.remove("a"))?.reason).toBe("locked");

    // Readers are not in its way, nor it in theirs.
    const reader = openSqliteStore(file, { mode: "read", busyTimeoutMs: 0 });
    expect(reader.boot("a")).toMatchObject({ events: 0, complete: false });
    reader.close();

    other.endInput();
    expect(await other.end()).toEqual(["finished"]);
    expect(existsSync(`${file}-import.lock`)).toBe(false);
    imported(store, "b", []);
    store.close();
    expect(readdirSync(dirname(file))).toEqual(["x.db"]);
  });

  test("a second import that waits long enough goes on when the first has ended", async () => {
    const file = newFile("patient/x.db");
    const first = importer(file, "a", "none");
    await first.line();
    const second = importer(file, "b", 3, 30_000);
    setTimeout(() => first.endInput(), 300);
    expect((await second.end()).at(-1)).toBe("finished");
    expect(await first.end()).toEqual(["finished"]);
    expect(contents(file)).toEqual([
      ["a", 0, true],
      ["b", 48, true],
    ]);
  });

  test("imports that all begin at once make one database and take turns, never two at a time", async () => {
    const file = newFile("crowd/x.db");
    const names = ["a", "b", "c", "d"].map((one) => Array.from({ length: 10 }, (_, i) => `${one}${i}`));
    const crowd = names.map((boots) => importer(file, boots.join(), 2, 60_000));
    for (const one of crowd) {
      const lines = await one.end();
      expect(lines.filter((line) => line === "finished").length, lines.at(-1)).toBe(10);
    }
    expect(contents(file)).toEqual(names.flat().map((boot) => [boot, 32, true]));
    expect(readdirSync(dirname(file))).toEqual(["x.db"]);
  });

  test("an import that is already there is refused in the other process too", async () => {
    const file = newFile("twice/x.db");
    await importer(file, "a", 1).end();
    expect((await importer(file, "a", 1).end()).join()).toMatch(
      /^StoreError exists: boot "a" is already in /,
    );
  });
});

describe("an import killed at any moment", () => {
  test.each([0, 1, 2, 7, 40])(
    "after %i appends leaves a valid, shorter boot that the next replaces",
    async (appends) => {
      const file = newFile(`killed${appends}/x.db`);
      const victim = importer(file, "a", "forever");
      for (let i = 0; i <= appends; i++) await victim.line();
      await victim.kill();

      const reader = openSqliteStore(file, { mode: "read" });
      const events = expectWholeAppends(reader);
      expect(events).toBeGreaterThanOrEqual(appends * 16);
      reader.close();

      // Nobody holds the claim any more, and nothing is there twice.
      const store = openSqliteStore(file, { mode: "write", busyTimeoutMs: 0 });
      expect(imported(store, "a", ["new"]).events).toBe(1);
      expect(store.boots().length).toBe(1);
      expect([...store.read("a").faults()]).toEqual([]);
      expect([...store.read("a").allMappings()]).toEqual([]);
      expect(store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
      expect(store.storageFaults()).toEqual([]);
      store.close();
      expect(readdirSync(dirname(file))).toEqual(["x.db"]);
    },
  );

  test("can be begun and killed again and again", async () => {
    const file = newFile("often/x.db");
    for (let i = 0; i < 4; i++) {
      const victim = importer(file, "a", "forever", 0);
      for (let line = 0; line <= i; line++) await victim.line();
      await victim.kill();
    }
    expect((await importer(file, "a", 5, 0).end()).at(-1)).toBe("finished");
    expect(contents(file)).toEqual([["a", 80, true]]);
  });
});

// Each append brings 16 events and so many rows; a part of one must never be there.
function expectWholeAppends(store: EventStore): number {
  expect(store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
  expect(store.storageFaults()).toEqual([]);
  const read = store.read("a");
  expect(read.info).toMatchObject({ complete: false, summary: null });
  const { events } = read.info;
  const appends = events / 16;
  expect([...read.blocks()].map((block) => block.firstSeq)).toEqual(
    Array.from({ length: appends }, (_, i) => i * 16),
  );
  const counts = {
    snapshots: [...read.snapshots()].length,
    faults: [...read.faults()].length,
    mappings: [...read.allMappings()].length,
    losses: read.losses().length,
    findings: [...read.findings()].length,
    verdicts: read.verdicts().reduce((sum, verdict) => sum + verdict.count, 0),
  };
  expect(counts).toEqual({
    snapshots: appends,
    faults: appends,
    mappings: appends * 60,
    losses: appends,
    findings: appends,
    verdicts: appends,
  });
  return events;
}

function newFile(name: string): string {
  const file = folder.path(name);
  mkdirSync(dirname(file));
  return file;
}

function contents(file: string): unknown {
  const store = openSqliteStore(file, { mode: "read" });
  try {
    expect(store.verifyChains().every((chain) => chain.ok)).toBe(true);
    return store.boots().map((boot) => [boot.name, boot.events, boot.complete]);
  } finally {
    store.close();
  }
}
