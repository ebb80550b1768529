import { beforeEach, describe, expect, test } from "vitest";
import { AssertionError } from "../../../base/assert.ts";
import { sha256 } from "../../../base/digest.ts";
import { type Derived, NOTHING_DERIVED } from "../../../store/eventStore.ts";
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
} from "../../store/stored.ts";
import { asRead, contents, plain, type Suite, text } from "./suite.ts";

/** Appending: the chain, what shows when, one writer at a time. */
export function writingRules(suite: Suite): void {
  describe("writing", () => {
    test("blocks follow each other without a gap, each chained to the one before", () => {
      const writer = suite.store.create(bootStart("a"));
      writer.append({ count: 2, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.append({ count: 5, bytes: bytes("two") }, NOTHING_DERIVED);
      const { logDigest } = writer.finish(SUMMARY);
      const start = sha256('{"extra":null,"family":"vtd","note":null,"outcomes":"derived","recorder":null}');
      // The recipe of docs/database.md, written out: digest before, first seq and count as 64 bits big-endian, bytes.
      const chained = (before: string, numbers: string, text: string) =>
        sha256(Buffer.from(before + numbers, "hex"), text);
      const one = chained(start, `${"0".repeat(16)}${"0".repeat(15)}2`, "one");
      const two = chained(one, `${"0".repeat(15)}2${"0".repeat(15)}5`, "two");
      expect(plain(suite.store.read("a").blocks())).toEqual([
        { firstSeq: 0, count: 2, text: "one", digest: one },
        { firstSeq: 2, count: 5, text: "two", digest: two },
      ]);
      expect(logDigest).toBe(two);
    });

    test("the log digest tells neither the boot's name nor its source nor its files", () => {
      const a = imported(suite.store, "a", ["one", "two"]);
      const writer = suite.store.create(bootStart("b", { source: "elsewhere", sourceDigest: sha256("y") }));
      writer.files(["elsewhere"]);
      writer.append({ count: 1, bytes: bytes("one") }, EVERYTHING);
      writer.append({ count: 1, bytes: bytes("two") }, NOTHING_DERIVED);
      expect(writer.finish(SUMMARY).logDigest).toBe(a.logDigest);
    });

    test("the log digest tells the header, where blocks begin and end, and every byte", () => {
      const digests = [
        imported(suite.store, "a", ["one", "two"]).logDigest,
        imported(suite.store, "b", ["one", "twO"]).logDigest,
        imported(suite.store, "c", ["onetwo"]).logDigest,
        imported(suite.store, "d", ["one"]).logDigest,
      ];
      const writer = suite.store.create(bootStart("e", { header: { ...HEADER, family: "ideal" } }));
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.append({ count: 1, bytes: bytes("two") }, NOTHING_DERIVED);
      digests.push(writer.finish(SUMMARY).logDigest);
      expect(new Set(digests).size).toBe(digests.length);
    });

    test("a block keeps its bytes when the writer's buffer is used again", () => {
      const buffer = bytes("one");
      const writer = suite.store.create(bootStart("a"));
      const taken = snapshot(1, "before");
      writer.append({ count: 1, bytes: buffer }, derived({ snapshots: [taken] }));
      buffer.fill(0);
      taken.bytes.fill(0);
      writer.finish(SUMMARY);
      expect(plain(suite.store.read("a").blocks())[0]?.text).toBe("one");
      expect(text(suite.store.read("a").snapshot(1)!.bytes)).toBe("before");
      expect(suite.store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
    });

    test("a block may be large or empty", () => {
      const large = new Uint8Array(3_000_000).map((_, i) => (i * 7) % 251);
      const writer = suite.store.create(bootStart("a"));
      writer.append({ count: 1, bytes: large }, NOTHING_DERIVED);
      writer.append({ count: 1, bytes: new Uint8Array() }, NOTHING_DERIVED);
      writer.finish(SUMMARY);
      const blocks = [...suite.store.read("a").blocks()];
      expect(Buffer.compare(blocks[0]!.bytes, large)).toBe(0);
      expect(blocks[1]!.bytes.length).toBe(0);
    });

    test("every append shows at once", () => {
      const writer = suite.store.create(bootStart("a"));
      writer.append({ count: 2, bytes: bytes("one") }, derived({ faults: [fault(1)] }));
      const first = suite.store.read("a");
      expect(first.info).toMatchObject({ events: 2, complete: false, summary: null });
      expect([...first.faults()]).toEqual([fault(1)]);
      writer.append({ count: 2, bytes: bytes("two") }, NOTHING_DERIVED);
      expect(suite.store.boot("a")?.events).toBe(4);
      expect(plain(suite.store.read("a").blocks()).map((block) => block.text)).toEqual(["one", "two"]);
      // A reader stays with the boot that it began with.
      expect(plain(first.blocks()).map((block) => block.text)).toEqual(["one"]);
    });

    test("files are numbered in the order told, and their list only grows", () => {
      const writer = suite.store.create(bootStart("a"));
      writer.files(["x"]);
      writer.files(["x"]);
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.files(["x", "y", "z"]);
      expect(() => writer.files(["y"])).toThrow(AssertionError);
      expect(() => writer.files(["x"])).toThrow(AssertionError);
      expect(writer.finish(SUMMARY).files).toEqual(["x", "y", "z"]);
    });

    test("one boot is written at a time", () => {
      const writer = suite.store.create(bootStart("a"));
      expect(reasonOf(() => suite.store.create(bootStart("b")))).toBe("locked");
      expect(reasonOf(() => suite.store.create(bootStart("a")))).toBe("locked");
      expect(reasonOf(() => suite.store.remove("a"))).toBe("locked");
      expect(reasonOf(() => suite.store.rebuild("a", NOTHING_DERIVED, SUMMARY))).toBe("locked");
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      writer.finish(SUMMARY);
      imported(suite.store, "b", []);
      expect(suite.store.boots().map((boot) => boot.name)).toEqual(["a", "b"]);
    });

    test("other boots can be removed while one is written", () => {
      imported(suite.store, "old", ["one"]);
      const writer = suite.store.create(bootStart("a"));
      expect(suite.store.remove("old")).toBe(true);
      writer.append({ count: 1, bytes: bytes("one") }, NOTHING_DERIVED);
      expect(writer.finish(SUMMARY).events).toBe(1);
    });

    test("an abandoned boot is gone, and another can be written", () => {
      const writer = suite.store.create(bootStart("a"));
      writer.append({ count: 1, bytes: bytes("one") }, EVERYTHING);
      writer.abandon();
      expect(suite.store.boots()).toEqual([]);
      imported(suite.store, "a", ["one"]);
      expect(contents(suite.store.read("a"))).toEqual(asRead(NOTHING_DERIVED));
    });

    test("a writer that has ended, or whose store was closed, writes no more", () => {
      const finished = suite.store.create(bootStart("a"));
      finished.finish(SUMMARY);
      const abandoned = suite.store.create(bootStart("b"));
      abandoned.abandon();
      const dropped = suite.store.create(bootStart("c"));
      suite.reopen();
      for (const writer of [finished, abandoned, dropped]) {
        expect(() => writer.append({ count: 1, bytes: bytes("x") }, NOTHING_DERIVED)).toThrow(AssertionError);
        expect(() => writer.finish(SUMMARY)).toThrow(AssertionError);
        expect(() => writer.abandon()).toThrow(AssertionError);
        expect(() => writer.files(["x"])).toThrow(AssertionError);
      }
      expect(suite.store.boots().map((boot) => [boot.name, boot.complete])).toEqual([
        ["a", true],
        ["c", false],
      ]);
    });
  });
}

/** What a killed import leaves. */
export function cutOffRules(suite: Suite): void {
  describe("a boot whose writing was cut off", () => {
    beforeEach(() => {
      const writer = suite.store.create(bootStart("a"));
      writer.files(["old"]);
      writer.append({ count: 2, bytes: bytes("one") }, EVERYTHING);
      writer.append({ count: 2, bytes: bytes("two") }, NOTHING_DERIVED);
      suite.reopen();
    });

    test("is a valid, shorter boot, and incomplete", () => {
      const read = suite.store.read("a");
      expect(read.info).toMatchObject({ events: 4, complete: false, summary: null, files: ["old"] });
      expect(plain(read.blocks()).map((block) => block.text)).toEqual(["one", "two"]);
      expect(contents(read)).toEqual(asRead(EVERYTHING));
      expect(suite.store.verifyChains()).toEqual([{ boot: "a", ok: true, firstBad: null }]);
    });

    test("is replaced by the next of its name, never doubled", () => {
      const info = imported(suite.store, "a", ["new"]);
      expect(suite.store.boots()).toEqual([info]);
      expect(info).toMatchObject({ events: 1, files: [], complete: true });
      expect(plain(suite.store.read("a").blocks()).map((block) => block.text)).toEqual(["new"]);
      expect(contents(suite.store.read("a"))).toEqual(asRead(NOTHING_DERIVED));
    });

    test("can be removed, and cannot be rebuilt", () => {
      expect(reasonOf(() => suite.store.rebuild("a", NOTHING_DERIVED, SUMMARY))).toBe("missing");
      expect(suite.store.boot("a")?.complete).toBe(false);
      expect(suite.store.remove("a")).toBe(true);
      expect(suite.store.boots()).toEqual([]);
    });
  });
}

/** What our own bugs may not bring in. */
export function refusalRules(suite: Suite): void {
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
      const writer = suite.store.create(bootStart("a"));
      const append = () => writer.append({ count: 1, bytes: bytes("one") }, wrong);
      expect(append).toThrow(AssertionError);
      expect(suite.store.boot("a")?.events).toBe(0);
      expect(contents(suite.store.read("a"))).toEqual(asRead(NOTHING_DERIVED));
      writer.finish(SUMMARY);
    });

    test.each([0, -1, 1.5, Number.NaN])("a block of %s events", (count) => {
      const writer = suite.store.create(bootStart("a"));
      expect(() => writer.append({ count, bytes: bytes("one") }, NOTHING_DERIVED)).toThrow(AssertionError);
      expect(plain(suite.store.read("a").blocks())).toEqual([]);
    });
  });
}
