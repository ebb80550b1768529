import { describe, expect, test } from "vitest";
import { compareBoots, diff } from "../../../replay/diff/diffBoots.ts";
import { fixtureRecords, linesOf, type TraceRecord, vtdBoot } from "../../support/diffing.ts";

const PLAIN = fixtureRecords("x86-plain.jsonl.gz");
const FEWER = fixtureRecords("x86-no-e1000e.jsonl.gz");
const NETWORK = "pci:0000:00:08.0";

const plain = vtdBoot(PLAIN);
const fewer = vtdBoot(FEWER);

describe("two runs of one machine, the second without its network card", () => {
  const report = diff(plain, fewer);

  test("differ in that device, its object, its grants and its transfers, and in nothing else", () => {
    expect(report.devices.removed).toMatchObject([
      { device: NETWORK, unit: "dmar0", objects: ["domain-5"], grants: 289, transfers: 111 },
    ]);
    const sizes = Object.entries(report).flatMap(([aspect, changes]) =>
      changes !== null && typeof changes === "object" && "removed" in changes
        ? [[aspect, changes.removed.length, changes.added.length, changes.changed.length]]
        : [],
    );
    expect(sizes.filter(([, ...counts]) => counts.some((count) => count !== 0))).toEqual([
      ["devices", 1, 0, 0],
      ["objects", 1, 0, 0],
      ["mappings", 2, 0, 0],
      ["verdicts", 2, 0, 0],
    ]);
    expect(report.mappings.removed.every(({ devices }) => (devices as string[]).includes(NETWORK))).toBe(
      true,
    );
    expect(report.verdicts.removed.map(({ device, access, count }) => [device, access, count])).toEqual([
      [NETWORK, "r", 52],
      [NETWORK, "w", 59],
    ]);
  });

  test("part at the record of that device", () => {
    expect(report).toMatchObject({ equal: false, firstDifference: { seqA: 9, seqB: 9, only: "a" } });
  });

  test("are compared by kind: how often is told beside, and not counted", () => {
    expect(report.alignment.kind).toBe("by-kind");
    expect(report.notCounted.names).toBe(5);
    expect(report.notCounted.amounts).toContainEqual({ what: "grants of r in domain-1", a: 394, b: 396 });
  });

  test("and a reserved region more, differ in that region, too", () => {
    const at = FEWER.findIndex(({ kind }) => kind === "attach") - 1;
    const region = {
      ...{ kind: "map", object: FEWER[at]!["object"], access: "rw" },
      ...{ address: "0x7b800000", target: "0x7b800000", length: "0x4800000" },
    };
    const { mappings } = diff(plain, vtdBoot([...FEWER.slice(0, at + 1), region, ...FEWER.slice(at + 1)]));
    expect(mappings.added).toMatchObject([
      { address: "0x7b800000", length: "0x4800000", fixed: true, unity: true, count: 1 },
    ]);
    expect(mappings.removed).toHaveLength(2);
  });

  test("and lazy instead of strict unmapping, differ in how invalidations follow revocations", () => {
    let waiting = 0;
    const lazy = FEWER.flatMap((record): TraceRecord[] => {
      if (record.kind !== "invalidate" || record["object"] === undefined) return [record];
      waiting += 1;
      return waiting % 100 === 0 ? [{ kind: "invalidate" }] : [];
    });
    const { config, exposure } = diff(plain, vtdBoot(lazy));
    expect(config.changed.map(({ text }) => text)).toEqual([
      "invalidation: after each revocation -> deferred",
    ]);
    expect(exposure.changed.every(({ what }) => what === "invalidations")).toBe(true);
  });
});

describe("a boot with one record less differs by that record and what follows from it", () => {
  const without = (index: number) => vtdBoot([...PLAIN.slice(0, index), ...PLAIN.slice(index + 1)]);
  const nth = (kind: string, n: number) =>
    PLAIN.flatMap((record, i) => (record.kind === kind ? [i] : []))[n]!;

  test.each([0, 900, 1800, 3000])("grant %i of all", (n) => {
    const at = nth("map", n);
    const report = diff(plain, without(at));
    expect(report.mappings).toMatchObject({ added: [], changed: [], removed: [{ seqA: at, count: 1 }] });
    expect(report.mappings.removed[0]!["address"]).toBe(PLAIN[at]!["address"]);
    expect(report.firstDifference).toMatchObject({ seqA: at, seqB: at, only: "a" });
    expect(linesOf(report).every((line) => /^(- mappings|~ verdicts)/.test(line))).toBe(true);
  });

  test("a transfer", () => {
    const at = nth("dma", 5000);
    expect(diff(plain, without(at)).verdicts).toMatchObject({
      removed: [{ seqA: at, count: 1 }],
      added: [],
      changed: [],
    });
  });

  test("a revocation: the grant stays in force until the next one takes its place", () => {
    const at = nth("unmap", 500);
    expect(diff(plain, without(at)).mappings.changed).toMatchObject([{ what: "revoked", seqA: at }]);
  });

  test("an invalidation", () => {
    const at = nth("invalidate", 500);
    expect(diff(plain, without(at)).exposure.removed).toMatchObject([
      { what: "invalidation", seqA: at, count: 1 },
    ]);
  });

  test.each([
    ["map", 0],
    ["map", 1000],
    ["map", 3500],
    ["dma", 300],
    ["unmap", 800],
    ["invalidate", 3],
  ] as const)("%s %i: the same is found when the same beginning and end are looked at, too", (kind, n) => {
    const b = without(nth(kind, n));
    const [quick, whole] = [compareBoots(plain, b), compareBoots(plain, b, { prune: false })];
    expect(linesOf(quick.report)).toEqual(linesOf(whole.report));
    const { contextA, contextB, ...first } = whole.report.firstDifference!;
    expect(quick.report.firstDifference).toMatchObject(first);
    expect(quick.report.alignment.samePrefix + quick.report.alignment.sameSuffix).toBeGreaterThan(0);
  });
});

test("addresses of one object all moved, and one of its grants missing: that one is found", () => {
  const moved = PLAIN.map((record) => {
    const ours = record["object"] === "domain-1" || record["device"] === "pci:0000:00:04.0";
    if (!ours || record["address"] === undefined) return record;
    return { ...record, address: `0x${(BigInt(record["address"] as string) - 0x1000_0000n).toString(16)}` };
  });
  expect(diff(plain, vtdBoot(moved))).toMatchObject({ equal: true, notCounted: { addresses: 509 } });
  const at = moved.flatMap((record, i) =>
    record.kind === "map" && record["object"] === "domain-1" ? [i] : [],
  )[200]!;
  const report = diff(plain, vtdBoot(moved.filter((_, i) => i !== at)));
  expect(report.mappings.removed).toMatchObject([{ seqA: at, count: 1 }]);
  expect(report.verdicts.changed).toMatchObject([{ device: "pci:0000:00:04.0", count: 1 }]);
});
