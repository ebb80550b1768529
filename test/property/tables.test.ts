import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressSpace } from "../../core/parts/addressSpace.ts";
import { stateDigest, tableDigest } from "../../core/stateDigest.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { run, stimuliOf } from "../support/machine.ts";

// A table is a function from page to (target page, access): here one entry for each page of a small space.
const entry = fc.option(
  fc.record({ delta: fc.constantFrom(0, 0, 5, 0x1000), access: fc.constantFrom(1, 2, 3, 3, 5) }),
  { freq: 3 },
);
const tables = fc.array(entry, { minLength: 1, maxLength: 24 });
type Table = readonly ({ delta: number; access: number } | null)[];

describe("the digest of a table sees the function and nothing else (contract 2, rounding)", () => {
  test("equal tables built by other slices, in another order, with detours, have one digest", () => {
    fc.assert(
      fc.property(tables, fc.infiniteStream(fc.nat(1000)), (table, chance) => {
        const plain = build(
          table.map((_, page) => [page, page]),
          table,
        );
        const random = () => chance.next().value as number;
        const sliced = build(slicesOf(table, random), table, random);
        expect(tableDigest(sliced)).toBe(tableDigest(plain));
        expect(sliced.canonicalRuns()).toBe(plain.canonicalRuns());
      }),
      { numRuns: 300 },
    );
  });

  test("tables that differ on one page have different digests", () => {
    fc.assert(
      fc.property(tables, fc.nat(23), entry, (table, at, other) => {
        const page = at % table.length;
        fc.pre(JSON.stringify(table[page]) !== JSON.stringify(other));
        const changed = table.with(page, other);
        const whole = (t: Table) =>
          tableDigest(
            build(
              t.map((_, p) => [p, p]),
              t,
            ),
          );
        expect(whole(changed)).not.toBe(whole(table));
      }),
      { numRuns: 300 },
    );
  });

  test("the state digest follows the tables: who granted when, and in what pieces, does not show", () => {
    const one = [{ kind: "map", object: "o1", address: "0x1000", length: "0x3000", access: "rw" }];
    const two = [
      { kind: "mark", text: "later" },
      { kind: "map", object: "o1", address: "0x3fff", length: 1, access: "wr" },
      { kind: "map", object: "o1", address: "0x1000", length: "0x5000", target: "0x71000", access: "r" },
      { kind: "map", object: "o1", address: "0x1abc", length: "0x1000", access: "rw" },
      { kind: "unmap", object: "o1", address: "0x4000", length: "0x2000" },
      { kind: "map", object: "o1", address: "0x3000", length: "0x1000", access: "rw" },
    ];
    const digest = (records: object[]) => stateDigest(run("vtd", stimuliOf(records)).state);
    expect(digest(two)).toBe(digest(one));
    expect(digest([...one, { kind: "unmap", object: "o1", address: "0x1000", length: 1 }])).not.toBe(
      digest(one),
    );
    expect(digest([{ ...one[0], access: "r" }])).not.toBe(digest(one));
    expect(digest([{ ...one[0], target: "0x2000" }])).not.toBe(digest(one));
    expect(digest([{ ...one[0], object: "o2" }])).not.toBe(digest(one));
  });
});

describe("the state digest sees all that decides, and nothing that is only counted", () => {
  const setting = [
    { kind: "unit", unit: "u0", addressWidth: 39 },
    { kind: "device", device: "stream:0x1", unit: "u0" },
    { kind: "attach", device: "stream:0x1", object: "o1" },
  ];
  const digest = (records: object[], family: "vtd" | "ideal" = "vtd") =>
    stateDigest(run(family, stimuliOf(records)).state);

  test.each([
    { kind: "unit", unit: "u0", addressWidth: 48 },
    { kind: "unit", unit: "u0", addressWidth: 39, base: "0xfed90000" },
    { kind: "unit", unit: "u1" },
    { kind: "translation", unit: "u0", enabled: true },
    { kind: "translation", enabled: true },
    { kind: "device", device: "stream:0x1", unit: "u1" },
    { kind: "device", device: "stream:0x2" },
    { kind: "passthrough", device: "stream:0x1", enabled: true },
    { kind: "detach", device: "stream:0x1", object: "o1" },
    { kind: "attach", device: "stream:0x1", object: "o2" },
    { kind: "object.create", object: "o2" },
    { kind: "object.destroy", object: "o1" },
    { kind: "map", object: "o1", address: "0x0", length: 1, access: "r" },
  ])("%j changes it", (record) => {
    expect(digest([...setting, record])).not.toBe(digest(setting));
  });

  test.each([
    { kind: "mark", text: "x" },
    { kind: "dma", device: "stream:0x1", address: "0x0", length: 1, access: "r" },
    { kind: "fault", device: "stream:0x1" },
    { kind: "invalidate" },
    { kind: "invalidate", device: "stream:0x1", address: "0x0", length: 1 },
    { kind: "unmap", object: "o1", address: "0x0", length: 1 },
    { kind: "passthrough", device: "stream:0x1", enabled: false },
  ])("%j does not", (record) => {
    expect(digest([...setting, record])).toBe(digest(setting));
  });

  test("the family and the first description do", () => {
    expect(digest(setting, "ideal")).not.toBe(digest(setting));
    const [before, after] = [
      [{ kind: "object.create", object: "o1" }],
      [
        { kind: "map", object: "o1", address: "0x0", length: 1, access: "r" },
        { kind: "unmap", object: "o1", address: "0x0", length: 1 },
      ],
    ];
    expect(digest(after)).not.toBe(digest(before));
  });
});

test("adjacent intervals of different grants stay apart, each with the seq of its own grant", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 20 }),
      (grants) => {
        const edit = new AddressSpace().edit();
        const owner = new Map<number, number>();
        grants.forEach(([first, pageCount], seq) => {
          edit.map(first, first + pageCount - 1, { delta: 0, access: 3 as Access, since: seq });
          for (let page = first; page < first + pageCount; page++) owner.set(page, seq);
        });
        const runs = edit.done().mappings();
        const told = runs.flatMap(({ first, last, value }) =>
          Array.from({ length: last - first + 1 }, (_, i) => [first + i, value.since] as const),
        );
        expect(told).toEqual([...owner].sort(([a], [b]) => a - b));
        // Each run belongs to one grant; two neighbours may share one only where something between was cut out.
        for (let i = 1; i < runs.length; i++) {
          const touch = runs[i - 1]!.last + 1 === runs[i]!.first;
          if (touch) expect(runs[i]!.value.since).not.toBe(runs[i - 1]!.value.since);
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** Random pieces that cover every page of the table at least once, each within one uniform run. */
function slicesOf(table: Table, random: () => number): [number, number][] {
  const slices: [number, number][] = [];
  const uniform = (a: number, b: number) => JSON.stringify(table[a]) === JSON.stringify(table[b]);
  for (let page = 0; page < table.length; page++) {
    let first = page;
    let last = page;
    while (first > 0 && uniform(first - 1, page) && random() % 3 > 0) first -= 1;
    while (last + 1 < table.length && uniform(last + 1, page) && random() % 3 > 0) last += 1;
    slices.push([first, last]);
  }
  for (let i = slices.length - 1; i > 0; i--) {
    const j = random() % (i + 1);
    [slices[i], slices[j]] = [slices[j]!, slices[i]!];
  }
  return slices;
}

function build(slices: readonly (readonly [number, number])[], table: Table, random = () => 1): AddressSpace {
  const edit = new AddressSpace().edit();
  let seq = 0;
  // Detours: what is mapped wrongly first and replaced later leaves no trace in the function.
  if (random() % 2 === 0) edit.map(0, 100, { delta: 77, access: 7 as Access, since: seq++ });
  edit.unmap(0, 100, seq++);
  for (const [first, last] of slices) {
    const granted = table[first]!;
    if (granted === null) edit.unmap(first, last, seq++);
    else edit.map(first, last, { delta: granted.delta, access: granted.access as Access, since: seq++ });
  }
  return edit.done();
}
