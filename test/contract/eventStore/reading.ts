import { beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../base/digest.ts";
import { type BootReader, NOTHING_DERIVED } from "../../../store/eventStore.ts";
import {
  bootStart,
  bytes,
  derived,
  EVERYTHING,
  fault,
  finding,
  imported,
  loss,
  mapping,
  SUMMARY,
  snapshot,
  verdict,
} from "../../store/stored.ts";
import { asRead, contents, PAGE_MAX, plain, type Suite, text } from "./suite.ts";

/** Blocks from anywhere in a boot. */
export function blockRules(suite: Suite): void {
  describe("reading blocks", () => {
    let read: BootReader;
    beforeEach(() => {
      const writer = suite.store.create(bootStart("a"));
      for (const [count, told] of [
        [3, "0-2"],
        [1, "3"],
        [4, "4-7"],
      ] as const)
        writer.append({ count, bytes: bytes(told) }, NOTHING_DERIVED);
      writer.finish(SUMMARY);
      read = suite.store.read("a");
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
        const writer = suite.store.create(bootStart(`b${block.firstSeq}`));
        writer.append({ count: 1, bytes: bytes("x") }, EVERYTHING);
        writer.finish(SUMMARY);
        expect([...read.blocks()].length).toBe(3);
        seen.push(text(block.bytes));
      }
      expect(seen).toEqual(["0-2", "3", "4-7"]);
    });
  });
}

/** Snapshots and projections. */
export function derivedRules(suite: Suite): void {
  describe("what was derived", () => {
    test("is read as it was told", () => {
      imported(suite.store, "a", ["one"], SUMMARY, EVERYTHING);
      imported(suite.store, "b", ["one"]);
      expect(contents(suite.store.read("a"))).toEqual(asRead(EVERYTHING));
      expect(contents(suite.store.read("b"))).toEqual(asRead(NOTHING_DERIVED));
    });

    test("the snapshot for a seq is the last at or before it", () => {
      const writer = suite.store.create(bootStart("a"));
      writer.append({ count: 10, bytes: bytes("x") }, derived({ snapshots: [snapshot(10, "ten")] }));
      writer.append(
        { count: 10, bytes: bytes("y") },
        derived({ snapshots: [snapshot(15, "fifteen"), snapshot(20, "twenty")] }),
      );
      writer.finish(SUMMARY);
      const read = suite.store.read("a");
      const at = (seq: number) => read.snapshot(seq)?.seq ?? null;
      expect([0, 9, 10, 14, 15, 19, 20, 2 ** 40].map(at)).toEqual([null, null, 10, 10, 15, 15, 20, 20]);
      expect(read.snapshot(15)?.stateDigest).toBe(sha256("fifteen"));
    });

    test("a second snapshot at a seq takes the place of the first", () => {
      const writer = suite.store.create(bootStart("a"));
      writer.append({ count: 1, bytes: bytes("x") }, derived({ snapshots: [snapshot(1, "first")] }));
      writer.append({ count: 1, bytes: bytes("y") }, derived({ snapshots: [snapshot(1, "second")] }));
      expect([...suite.store.read("a").snapshots()].map((s) => text(s.bytes))).toEqual(["second"]);
    });

    test("faults, losses and findings are read by seq, those of one seq in the order told", () => {
      const writer = suite.store.create(bootStart("a"));
      const twin = { ...fault(5), kind: "report" };
      const late = [fault(5), twin, fault(2)];
      writer.append({ count: 9, bytes: bytes("x") }, derived({ faults: [fault(7)] }));
      const more = { losses: [loss(4), loss(1)], findings: [finding(4), finding(1)] };
      writer.append({ count: 1, bytes: bytes("y") }, derived({ faults: late, ...more }));
      writer.finish(SUMMARY);
      const read = suite.store.read("a");
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
      imported(suite.store, "other", ["one"], SUMMARY, rows);
      const writer = suite.store.create(bootStart("a"));
      writer.append({ count: 3000, bytes: bytes("x") }, rows);
      writer.finish(SUMMARY);
      const read = suite.store.read("a");
      expect([...read.faults()]).toEqual(rows.faults);
      expect([...read.findings()]).toEqual(rows.findings);
      expect([...read.allMappings()]).toEqual(rows.mappings);
    });

    test("verdict counts add up over blocks", () => {
      const writer = suite.store.create(bootStart("a"));
      const agreed = verdict({ conformance: "agreed", count: 2 });
      const unseen = verdict({ conformance: null, count: 1 });
      const other = verdict({ device: "pci:0000:00:03.0", count: 7 });
      writer.append({ count: 1, bytes: bytes("x") }, derived({ verdicts: [agreed, unseen] }));
      writer.append({ count: 1, bytes: bytes("y") }, derived({ verdicts: [other, unseen, agreed, agreed] }));
      expect(suite.store.read("a").verdicts()).toEqual([
        { ...unseen, count: 2 },
        { ...agreed, count: 6 },
        other,
      ]);
    });

    test("is replaced as a whole by a rebuild, and the log stays", () => {
      const before = imported(suite.store, "a", ["one"], SUMMARY, EVERYTHING);
      imported(suite.store, "b", ["one"], SUMMARY, EVERYTHING);
      const summary = { ...SUMMARY, faults: 9, dss: "d" };
      const anew = derived({ faults: [fault(0)], verdicts: [verdict({ count: 5 })] });
      suite.store.rebuild("a", anew, summary);
      expect(contents(suite.store.read("a"))).toEqual(asRead(anew));
      expect(contents(suite.store.read("b"))).toEqual(asRead(EVERYTHING));
      expect(suite.store.boot("a")).toEqual({ ...before, summary });
    });
  });
}

/** No bit of a number is lost. */
export function widthRules(suite: Suite): void {
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
      imported(suite.store, "a", ["one"], SUMMARY, rows);
      expect(contents(suite.store.read("a"))).toEqual(asRead(rows));
    });
  });
}
