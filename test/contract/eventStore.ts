import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssertionError } from "../../base/assert.ts";
import { sha256 } from "../../base/digest.ts";
import {
  type Block,
  type BootReader,
  type Derived,
  type EventStore,
  type MappingRow,
  NOTHING_DERIVED,
} from "../../store/eventStore.ts";
import {
  bootStart,
  bytes,
  derived,
  EVERYTHING,
  fault,
  finding,
  HEADER,
  imported,
  loss,
  mapping,
  reasonOf,
  SUMMARY,
  snapshot,
  verdict,
} from "../store/stored.ts";

/** How a suite gets its stores. */
export interface StoreKeeper {
  /** A new, empty store. */
  open(): EventStore;
  /** Closes a store as a program that ends does, and opens what it kept. */
  reopen(store: EventStore): EventStore;
}

const PAGE_MAX = 2 ** 52 - 1;

/** What every event store does, whatever it keeps its boots in. */
export function eventStoreContract(keeper: StoreKeeper): void {
  let store: EventStore;
  beforeEach(() => {
    store = keeper.open();
  });
  afterEach(() => {
    store.close();
  });

  describe("boots", () => {
    test("a new store holds no boot", () => {
      expect(store.boots()).toEqual([]);
      expect(store.boot("a")).toBeNull();
      expect(store.verifyChains()).toEqual([]);
      expect(store.storageFaults()).toEqual([]);
    });

    test("a boot has a name, a source and a header from its creation, and a summary from its finish", () => {
      const header = { ...HEADER, note: "n", extra: { z: [1, { y: null }] } };
      const start = bootStart("a", { sourceDigest: sha256("x"), header });
      const writer = store.create(start);
      const text =
        '{"extra":{"z":[1,{"y":null}]},"family":"vtd","note":"n","outcomes":"derived","recorder":null}';
      expect(store.boot("a")).toEqual({
        ...start,
        events: 0,
        complete: false,
        logDigest: sha256(text),
        summary: null,
        files: [],
      });
      writer.append({ count: 3, bytes: bytes("one") }, NOTHING_DERIVED);
      const finished = writer.finish(SUMMARY);
      expect(finished).toMatchObject({ events: 3, complete: true, summary: SUMMARY });
      expect(store.boot("a")).toEqual(finished);
      store = keeper.reopen(store);
      expect(store.boots()).toEqual([finished]);
    });

    test("the DSS of a summary is any JSON", () => {
      const dss = { reason: "terminated", requirement: "DSS-3.2", seq: 4 };
      imported(store, "a", [], { ...SUMMARY, dss });
      expect(store.boot("a")?.summary?.dss).toEqual(dss);
    });

    test("boots are listed by name, in the order of code units", () => {
      for (const name of ["b", "a", "\u{1f600}", "\uff5e", "B"]) imported(store, name, []);
      expect(store.boots().map((boot) => boot.name)).toEqual(["B", "a", "b", "\u{1f600}", "\uff5e"]);
    });

    test("names, sources and files are any text", () => {
      const odd = "a'\";--\u0000 \u{1f600}\n%s";
      const writer = store.create(bootStart(odd, { source: odd }));
      writer.files([odd, ""]);
      writer.finish(SUMMARY);
      expect(store.boot(odd)).toMatchObject({ name: odd, source: odd, files: [odd, ""] });
      expect(store.remove(odd)).toBe(true);
    });

    test("a boot that is not there can be neither read nor rebuilt nor removed", () => {
      expect(reasonOf(() => store.read("a"))).toBe("missing");
      expect(reasonOf(() => store.rebuild("a", NOTHING_DERIVED, SUMMARY))).toBe("missing");
      expect(store.remove("a")).toBe(false);
    });

    test("a complete boot is not replaced", () => {
      const info = imported(store, "a", ["one"]);
      expect(reasonOf(() => store.create(bootStart("a")))).toBe("exists");
      expect(store.boots()).toEqual([info]);
      // and the refusal leaves no writer behind
      store.create(bootStart("b")).abandon();
    });

    test("a removed boot is gone with everything derived from it, and others stay", () => {
      const kept = imported(store, "kept", ["one"], SUMMARY, EVERYTHING);
      imported(store, "gone", ["one"], SUMMARY, EVERYTHING);
      expect(store.remove("gone")).toBe(true);
      expect(store.boots()).toEqual([kept]);
      expect(contents(store.read("kept"))).toEqual(asRead(EVERYTHING));
      imported(store, "gone", ["one"]);
      expect(contents(store.read("gone"))).toEqual(asRead(NOTHING_DERIVED));
    });
  });

  describe("writing", () => {
    test("blocks follow each other without a gap, each chained to the one before", () => {
      const writer = store.create(bootStart("a"));
      writer.append({ count: 2, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.append({ count: 5, bytes: bytes("two") }, NOTHING_DERIVED);
      const { logDigest } = writer.finish(SUMMARY);
      const start = sha256('{"extra":null,"family":"vtd","note":null,"outcomes":"derived","recorder":null}');
      // The recipe of docs/database.md, written out: digest before, first seq and count as 64 bits big-endian, bytes.
      const chained = (before: string, numbers: string, text: string) =>
        sha256(Buffer.from(before + numbers, "hex"), text);
      const one = chained(start, `${"0".repeat(16)}${"0".repeat(15)}2`, "one");
      const two = chained(one, `${"0".repeat(15)}2${"0".repeat(15)}5`, "two");
      expect(plain(store.read("a").blocks())).toEqual([
        { firstSeq: 0, count: 2, text: "one", digest: one },
        { firstSeq: 2, count: 5, text: "two", digest: two },
      ]);
      expect(logDigest).toBe(two);
    });

    test("the log digest tells neither the boot's name nor its source nor its files", () => {
      const a = imported(store, "a", ["one", "two"]);
      const writer = store.create(bootStart("b", { source: "elsewhere", sourceDigest: sha256("y") }));
      writer.files(["elsewhere"]);
      writer.append({ count: 1, bytes: bytes("one") }, EVERYTHING);
      writer.append({ count: 1, bytes: bytes("two") }, NOTHING_DERIVED);
      expect(writer.finish(SUMMARY).logDigest).toBe(a.logDigest);
    });

    test("the log digest tells the header, where blocks begin and end, and every byte", () => {
      const digests = [
        imported(store, "a", ["one", "two"]).logDigest,
        imported(store, "b", ["one", "twO"]).logDigest,
        imported(store, "c", ["onetwo"]).logDigest,
        imported(store, "d", ["one"]).logDigest,
      ];
      const writer = store.create(bootStart("e", { header: { ...HEADER, family: "ideal" } }));
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.append({ count: 1, bytes: bytes("two") }, NOTHING_DERIVED);
      digests.push(writer.finish(SUMMARY).logDigest);
      expect(new Set(digests).size).toBe(digests.length);
    });

    test("a block keeps its bytes when the writer's buffer is used again", () => {
      const buffer = bytes("one");
      const writer = store.create(bootStart("a"));
      const taken = snapshot(1, "before");
      writer.append({ count: 1, bytes: buffer }, derived({ snapshots: [taken] }));
      buffer.fill(0);
      taken.bytes.fill(0);
      writer.finish(SUMMARY);
      expect(plain(store.read("a").blocks())[0]?.text).toBe("one");
      expect(text(store.read("a").snapshot(1)!.bytes)).toBe("before");
      expect(store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
    });

    test("a block may be large or empty", () => {
      const large = new Uint8Array(3_000_000).map((_, i) => (i * 7) % 251);
      const writer = store.create(bootStart("a"));
      writer.append({ count: 1, bytes: large }, NOTHING_DERIVED);
      writer.append({ count: 1, bytes: new Uint8Array() }, NOTHING_DERIVED);
      writer.finish(SUMMARY);
      const blocks = [...store.read("a").blocks()];
      expect(Buffer.compare(blocks[0]!.bytes, large)).toBe(0);
      expect(blocks[1]!.bytes.length).toBe(0);
    });

    test("every append shows at once", () => {
      const writer = store.create(bootStart("a"));
      writer.append({ count: 2, bytes: bytes("one") }, derived({ faults: [fault(1)] }));
      const first = store.read("a");
      expect(first.info).toMatchObject({ events: 2, complete: false, summary: null });
      expect([...first.faults()]).toEqual([fault(1)]);
      writer.append({ count: 2, bytes: bytes("two") }, NOTHING_DERIVED);
      expect(store.boot("a")?.events).toBe(4);
      expect(plain(store.read("a").blocks()).map((block) => block.text)).toEqual(["one", "two"]);
      // A reader stays with the boot that it began with.
      expect(plain(first.blocks()).map((block) => block.text)).toEqual(["one"]);
    });

    test("files are numbered in the order told, and their list only grows", () => {
      const writer = store.create(bootStart("a"));
      writer.files(["x"]);
      writer.files(["x"]);
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.files(["x", "y", "z"]);
      expect(() => writer.files(["y"])).toThrow(AssertionError);
      expect(() => writer.files(["x"])).toThrow(AssertionError);
      expect(writer.finish(SUMMARY).files).toEqual(["x", "y", "z"]);
    });

    test("one boot is written at a time", () => {
      const writer = store.create(bootStart("a"));
      expect(reasonOf(() => store.create(bootStart("b")))).toBe("locked");
      expect(reasonOf(() => store.create(bootStart("a")))).toBe("locked");
      expect(reasonOf(() => store.remove("a"))).toBe("locked");
      expect(reasonOf(() => store.rebuild("a", NOTHING_DERIVED, SUMMARY))).toBe("locked");
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.finish(SUMMARY);
      imported(store, "b", []);
      expect(store.boots().map((boot) => boot.name)).toEqual(["a", "b"]);
    });

    test("other boots can be removed while one is written", () => {
      imported(store, "old", ["one"]);
      const writer = store.create(bootStart("a"));
      expect(store.remove("old")).toBe(true);
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      expect(writer.finish(SUMMARY).events).toBe(1);
    });

    test("an abandoned boot is gone, and another can be written", () => {
      const writer = store.create(bootStart("a"));
      writer.append({ count: 1, bytes: bytes("one") }, EVERYTHING);
      writer.abandon();
      expect(store.boots()).toEqual([]);
      imported(store, "a", ["one"]);
      expect(contents(store.read("a"))).toEqual(asRead(NOTHING_DERIVED));
    });

    test("a writer that has ended, or whose store was closed, writes no more", () => {
      const finished = store.create(bootStart("a"));
      finished.finish(SUMMARY);
      const abandoned = store.create(bootStart("b"));
      abandoned.abandon();
      const dropped = store.create(bootStart("c"));
      store = keeper.reopen(store);
      for (const writer of [finished, abandoned, dropped]) {
        expect(() => writer.append({ count: 1, bytes: bytes("x") }, NOTHING_DERIVED)).toThrow(AssertionError);
        expect(() => writer.finish(SUMMARY)).toThrow(AssertionError);
        expect(() => writer.abandon()).toThrow(AssertionError);
        expect(() => writer.files(["x"])).toThrow(AssertionError);
      }
      expect(store.boots().map((boot) => [boot.name, boot.complete])).toEqual([
        ["a", true],
        ["c", false],
      ]);
    });
  });

  describe("a boot whose writing was cut off", () => {
    beforeEach(() => {
      const writer = store.create(bootStart("a"));
      writer.files(["old"]);
      writer.append({ count: 2, bytes: bytes("one") }, EVERYTHING);
      writer.append({ count: 2, bytes: bytes("two") }, NOTHING_DERIVED);
      store = keeper.reopen(store);
    });

    test("is a valid, shorter boot, and incomplete", () => {
      const read = store.read("a");
      expect(read.info).toMatchObject({ events: 4, complete: false, summary: null, files: ["old"] });
      expect(plain(read.blocks()).map((block) => block.text)).toEqual(["one", "two"]);
      expect(contents(read)).toEqual(asRead(EVERYTHING));
      expect(store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
    });

    test("is replaced by the next of its name, never doubled", () => {
      const info = imported(store, "a", ["new"]);
      expect(store.boots()).toEqual([info]);
      expect(info).toMatchObject({ events: 1, files: [], complete: true });
      expect(plain(store.read("a").blocks()).map((block) => block.text)).toEqual(["new"]);
      expect(contents(store.read("a"))).toEqual(asRead(NOTHING_DERIVED));
    });

    test("can be removed, and cannot be rebuilt", () => {
      expect(reasonOf(() => store.rebuild("a", NOTHING_DERIVED, SUMMARY))).toBe("missing");
      expect(store.boot("a")?.complete).toBe(false);
      expect(store.remove("a")).toBe(true);
      expect(store.boots()).toEqual([]);
    });
  });

  describe("what is not a block or a row of ours is refused, and nothing of it is kept", () => {
    const refused: readonly (readonly [what: string, derived: Derived])[] = [
      ["a snapshot beyond the log", derived({ snapshots: [snapshot(2, "s")] })],
      ["a fault of a negative seq", derived({ faults: [fault(-1)] })],
      ["a fault at half a nanosecond", derived({ faults: [{ ...fault(0), t: 0.5 }] })],
      ["a fault on a page beyond 64 bits", derived({ faults: [{ ...fault(0), page: 2 ** 52 }] })],
      ["a mapping that ends before it begins", derived({ mappings: [mapping(3, 2)] })],
      ["a mapping beyond 64 bits", derived({ mappings: [mapping(0, 2 ** 52)] })],
      ["a seq that a number cannot hold", derived({ mappings: [{ ...mapping(0, 1), grantedSeq: 2 ** 53 }] })],
      ["a loss of less than nothing", derived({ losses: [{ ...loss(0), count: -1 }] })],
      ["a finding of no seq", derived({ findings: [{ ...finding(0), seq: Number.NaN }] })],
      [
        "a count of verdicts that is no number",
        derived({ verdicts: [verdict({ count: Number.POSITIVE_INFINITY })] }),
      ],
    ];
    test.each(refused)("%s", (_what, wrong) => {
      const writer = store.create(bootStart("a"));
      const append = () => writer.append({ count: 1, bytes: bytes("one") }, wrong);
      expect(append).toThrow(AssertionError);
      expect(store.boot("a")?.events).toBe(0);
      expect(contents(store.read("a"))).toEqual(asRead(NOTHING_DERIVED));
      writer.finish(SUMMARY);
    });

    test.each([0, -1, 1.5, Number.NaN])("a block of %s events", (count) => {
      const writer = store.create(bootStart("a"));
      expect(() => writer.append({ count, bytes: bytes("one") }, NOTHING_DERIVED)).toThrow(AssertionError);
      expect(plain(store.read("a").blocks())).toEqual([]);
    });
  });

  describe("reading blocks", () => {
    let read: BootReader;
    beforeEach(() => {
      const writer = store.create(bootStart("a"));
      for (const [count, told] of [
        [3, "0-2"],
        [1, "3"],
        [4, "4-7"],
      ] as const)
        writer.append({ count, bytes: bytes(told) }, NOTHING_DERIVED);
      writer.finish(SUMMARY);
      read = store.read("a");
    });

    test.each([
      [0, ["0-2", "3", "4-7"]],
      [2, ["0-2", "3", "4-7"]],
      [3, ["3", "4-7"]],
      [4, ["4-7"]],
      [7, ["4-7"]],
      [8, []],
      [Number.MAX_SAFE_INTEGER, []],
    ])("from seq %i on begins with the block that holds it", (seq, expected) => {
      expect(plain(read.blocks(seq)).map((block) => block.text)).toEqual(expected);
    });

    test("can be stopped, begun again, and interleaved with other calls", () => {
      const blocks = read.blocks();
      for (const block of blocks) {
        expect(block.firstSeq).toBe(0);
        break;
      }
      const seen: string[] = [];
      for (const block of blocks) {
        const writer = store.create(bootStart(`b${block.firstSeq}`));
        writer.append({ count: 1, bytes: bytes("x") }, EVERYTHING);
        writer.finish(SUMMARY);
        expect([...read.blocks()].length).toBe(3);
        seen.push(text(block.bytes));
      }
      expect(seen).toEqual(["0-2", "3", "4-7"]);
    });
  });

  describe("what was derived", () => {
    test("is read as it was told", () => {
      imported(store, "a", ["one"], SUMMARY, EVERYTHING);
      imported(store, "b", ["one"]);
      expect(contents(store.read("a"))).toEqual(asRead(EVERYTHING));
      expect(contents(store.read("b"))).toEqual(asRead(NOTHING_DERIVED));
    });

    test("the snapshot for a seq is the last at or before it", () => {
      const writer = store.create(bootStart("a"));
      writer.append({ count: 10, bytes: bytes("x") }, derived({ snapshots: [snapshot(10, "ten")] }));
      writer.append(
        { count: 10, bytes: bytes("y") },
        derived({ snapshots: [snapshot(15, "fifteen"), snapshot(20, "twenty")] }),
      );
      writer.finish(SUMMARY);
      const read = store.read("a");
      const at = (seq: number) => read.snapshot(seq)?.seq ?? null;
      expect([0, 9, 10, 14, 15, 19, 20, 2 ** 40].map(at)).toEqual([null, null, 10, 10, 15, 15, 20, 20]);
      expect(read.snapshot(15)?.stateDigest).toBe(sha256("fifteen"));
    });

    test("a second snapshot at a seq takes the place of the first", () => {
      const writer = store.create(bootStart("a"));
      writer.append({ count: 1, bytes: bytes("x") }, derived({ snapshots: [snapshot(1, "first")] }));
      writer.append({ count: 1, bytes: bytes("y") }, derived({ snapshots: [snapshot(1, "second")] }));
      expect([...store.read("a").snapshots()].map((s) => text(s.bytes))).toEqual(["second"]);
    });

    test("faults, losses and findings are read by seq, those of one seq in the order told", () => {
      const writer = store.create(bootStart("a"));
      const twin = { ...fault(5), kind: "report" };
      const late = [fault(5), twin, fault(2)];
      writer.append({ count: 9, bytes: bytes("x") }, derived({ faults: [fault(7)] }));
      const more = { losses: [loss(4), loss(1)], findings: [finding(4), finding(1)] };
      writer.append({ count: 1, bytes: bytes("y") }, derived({ faults: late, ...more }));
      writer.finish(SUMMARY);
      const read = store.read("a");
      expect([...read.faults()]).toEqual([fault(2), fault(5), twin, fault(7)]);
      expect(read.losses()).toEqual([loss(1), loss(4)]);
      expect([...read.findings()]).toEqual([finding(1), finding(4)]);
    });

    test("thousands of rows are read without one missing or doubled", () => {
      const seqs = Array.from({ length: 2501 }, (_, i) => i);
      const rows = derived({
        faults: seqs.map((seq) => fault(seq >> 1)),
        findings: seqs.map((seq) => finding(seq >> 1)),
        mappings: seqs.map((seq) => ({ ...mapping(seq, seq), grantedSeq: 2501 - seq })),
      });
      imported(store, "other", ["one"], SUMMARY, rows);
      const writer = store.create(bootStart("a"));
      writer.append({ count: 3000, bytes: bytes("x") }, rows);
      writer.finish(SUMMARY);
      const read = store.read("a");
      expect([...read.faults()]).toEqual(rows.faults);
      expect([...read.findings()]).toEqual(rows.findings);
      expect([...read.allMappings()]).toEqual(rows.mappings);
    });

    test("verdict counts add up over blocks", () => {
      const writer = store.create(bootStart("a"));
      const agreed = verdict({ conformance: "agreed", count: 2 });
      const unseen = verdict({ conformance: null, count: 1 });
      const other = verdict({ device: "pci:0000:00:03.0", count: 7 });
      writer.append({ count: 1, bytes: bytes("x") }, derived({ verdicts: [agreed, unseen] }));
      writer.append({ count: 1, bytes: bytes("y") }, derived({ verdicts: [other, unseen, agreed, agreed] }));
      expect(store.read("a").verdicts()).toEqual([{ ...unseen, count: 2 }, { ...agreed, count: 6 }, other]);
    });

    test("is replaced as a whole by a rebuild, and the log stays", () => {
      const before = imported(store, "a", ["one"], SUMMARY, EVERYTHING);
      imported(store, "b", ["one"], SUMMARY, EVERYTHING);
      const summary = { ...SUMMARY, faults: 9, dss: "d" };
      const anew = derived({ faults: [fault(0)], verdicts: [verdict({ count: 5 })] });
      store.rebuild("a", anew, summary);
      expect(contents(store.read("a"))).toEqual(asRead(anew));
      expect(contents(store.read("b"))).toEqual(asRead(EVERYTHING));
      expect(store.boot("a")).toEqual({ ...before, summary });
    });
  });

  describe("mappings of pages", () => {
    const rows: readonly MappingRow[] = [
      { ...mapping(10, 19), grantedSeq: 5, revokedSeq: 8 },
      { ...mapping(15, 15), grantedSeq: 2 },
      { ...mapping(0, PAGE_MAX), object: "all", grantedSeq: 1 },
      { ...mapping(PAGE_MAX, PAGE_MAX), grantedSeq: 4, targetPage: PAGE_MAX },
      { ...mapping(20, 24), grantedSeq: 5, revokedSeq: 9 },
    ];
    const found = (object: string | null, firstPage: number, lastPage: number) => {
      imported(store, "a", ["one"], SUMMARY, derived({ mappings: rows }));
      return [...store.read("a").mappings({ object, firstPage, lastPage })].map((row) =>
        rows.findIndex((r) => r.firstPage === row.firstPage && r.object === row.object),
      );
    };

    test.each([
      ["o1", 15, 15, [1, 0]],
      ["o1", 9, 9, []],
      ["o1", 0, 10, [0]],
      ["o1", 19, 20, [0, 4]],
      ["o1", 25, PAGE_MAX - 1, []],
      ["o1", 25, PAGE_MAX, [3]],
      ["all", PAGE_MAX, PAGE_MAX, [2]],
      ["all", 12345, 12345, [2]],
      [null, 15, 15, [2, 1, 0]],
      [null, 0, PAGE_MAX, [2, 1, 3, 0, 4]],
      ["none", 0, PAGE_MAX, []],
    ] as const)("of %s that meet %i..%i, oldest first", (object, first, last, expected) => {
      expect(found(object, first, last)).toEqual(expected);
    });

    test("are those that a look at every one finds", () => {
      const page = fc.oneof(
        fc.integer({ min: 0, max: 300 }),
        fc.nat({ max: 51 }).map((bit) => 2 ** bit),
        fc.integer({ min: PAGE_MAX - 300, max: PAGE_MAX }),
      );
      const range = fc.tuple(page, page).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
      const told = fc.array(fc.tuple(range, fc.constantFrom("o1", "o2"), fc.nat({ max: 9 })), {
        maxLength: 30,
      });
      const wanted = fc.tuple(range, fc.constantFrom("o1", "o2", null));
      fc.assert(
        fc.property(told, fc.array(wanted, { minLength: 1, maxLength: 5 }), (ranges, queries) => {
          const mappings = ranges.map(([[first, last], object, grantedSeq], i) => ({
            ...mapping(first, last),
            object,
            grantedSeq,
            revokedSeq: i,
          }));
          store.remove("a");
          imported(store, "a", ["one"], SUMMARY, derived({ mappings }));
          const read = store.read("a");
          for (const [[firstPage, lastPage], object] of queries) {
            const expected = mappings
              .filter((m) => object === null || m.object === object)
              .filter((m) => m.firstPage <= lastPage && firstPage <= m.lastPage)
              .sort((a, b) => a.grantedSeq - b.grantedSeq);
            expect([...read.mappings({ object, firstPage, lastPage })]).toEqual(expected);
          }
        }),
        { numRuns: 60 },
      );
    });
  });

  describe("64 bits", () => {
    test("the largest page, seq, time and count come back exactly", () => {
      const largest = Number.MAX_SAFE_INTEGER;
      const rows = derived({
        faults: [
          { ...fault(largest), t: largest, page: PAGE_MAX },
          { ...fault(0), t: -largest },
        ],
        mappings: [
          {
            ...mapping(PAGE_MAX - 1, PAGE_MAX),
            targetPage: PAGE_MAX,
            grantedSeq: largest,
            revokedSeq: largest,
          },
        ],
        losses: [{ ...loss(largest), count: largest }],
        findings: [finding(largest)],
        verdicts: [verdict({ count: largest })],
      });
      imported(store, "a", ["one"], SUMMARY, rows);
      expect(contents(store.read("a"))).toEqual(asRead(rows));
    });
  });
}

/** The projections of a boot, all read. */
function contents(read: BootReader): unknown {
  return {
    snapshots: [...read.snapshots()].map((s) => [s.seq, text(s.bytes), s.stateDigest]),
    faults: [...read.faults()],
    mappings: [...read.allMappings()],
    losses: read.losses(),
    findings: [...read.findings()],
    verdicts: read.verdicts(),
  };
}

/** The same of what was told: rows of seq are read by seq. */
function asRead(told: Derived): unknown {
  const bySeq = <T extends { seq: number }>(rows: readonly T[]) => [...rows].sort((a, b) => a.seq - b.seq);
  return {
    ...told,
    snapshots: told.snapshots.map((s) => [s.seq, text(s.bytes), s.stateDigest]),
    faults: bySeq(told.faults),
  };
}

function plain(blocks: Iterable<Block>): { firstSeq: number; count: number; text: string; digest: string }[] {
  return [...blocks].map(({ firstSeq, count, bytes: raw, digest }) => ({
    firstSeq,
    count,
    text: text(raw),
    digest,
  }));
}

function text(raw: Uint8Array): string {
  return Buffer.from(raw).toString();
}
