import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldStorms, type Storm } from "../../replay/storms.ts";
import type { FaultRow, LossRow } from "../../store/eventStore.ts";

const NIC = "pci:0000:00:02.0";

interface Told {
  readonly seq: number;
  readonly page: number | null;
  readonly device?: string;
  readonly access?: string;
}

function fault({ seq, page, device = NIC, access = "write" }: Told): FaultRow {
  const address = page === null ? null : `0x${page.toString(16)}abc`;
  const json = JSON.stringify({ seq, device, access, reason: "unmapped", address });
  return {
    seq,
    t: null,
    device,
    kind: "dma-fault",
    reason: "unmapped",
    code: null,
    access,
    page,
    address,
    json,
  };
}

function folded(faults: readonly Told[], losses: readonly Partial<LossRow>[] = []): readonly Storm[] {
  return foldStorms({
    faults: (from = 0) => faults.filter(({ seq }) => seq >= from).map(fault),
    losses: () => losses as readonly LossRow[],
  });
}

const runs = (storms: readonly Storm[]) =>
  storms.map(({ firstPage, lastPage, count, firstSeq, lastSeq }) => [
    firstPage,
    lastPage,
    count,
    firstSeq,
    lastSeq,
  ]);

describe("faults of one device, reason and access on pages that touch are one storm", () => {
  test("whatever the order in which the pages come: a page between two runs joins them", () => {
    const storms = folded([
      { seq: 3, page: 1 },
      { seq: 5, page: 3 },
      { seq: 7, page: 2 },
      { seq: 9, page: 1 },
    ]);
    expect(runs(storms)).toEqual([[1, 3, 4, 3, 9]]);
    expect([storms[0]!.first["seq"], storms[0]!.last["address"]]).toEqual([3, "0x1abc"]);
  });

  test("another device or access is another storm, and so are faults without an address", () => {
    const storms = folded([
      { seq: 1, page: 1 },
      { seq: 2, page: 1, access: "read" },
      { seq: 3, page: 2, device: "pci:0000:00:03.0" },
      { seq: 4, page: null },
      { seq: 5, page: null },
    ]);
    expect(runs(storms)).toEqual([
      [1, 1, 1, 1, 1],
      [1, 1, 1, 2, 2],
      [2, 2, 1, 3, 3],
      [null, null, 2, 4, 5],
    ]);
  });

  test("two faults of one event are told apart", () => {
    const [first, second] = folded([
      { seq: 1, page: 1 },
      { seq: 1, page: 9 },
    ]);
    expect([first!.first["address"], second!.first["address"]]).toEqual(["0x1abc", "0x9abc"]);
  });

  test("no fault is lost, runs of a storm's kind never touch, and the first cause comes first", () => {
    const pages = fc.array(fc.nat(40), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(pages, (all) => {
        const storms = folded(all.map((page, seq) => ({ seq, page })));
        expect(storms.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
        expect(storms[0]!.firstSeq).toBe(0);
        const taken = storms.flatMap(({ firstPage, lastPage }) =>
          Array.from({ length: lastPage! - firstPage! + 1 }, (_, i) => firstPage! + i),
        );
        expect(new Set(taken)).toEqual(new Set(all));
        expect(taken.length).toBe(new Set(all).size);
        const starts = new Set(storms.map(({ firstPage }) => firstPage));
        for (const { lastPage } of storms) expect(starts.has(lastPage! + 1)).toBe(false);
      }),
    );
  });
});

test("lines that the kernel suppressed are counted with the run that was reported last before", () => {
  const losses = [
    { seq: 2, what: "suppressed", count: 7 },
    { seq: 4, what: "overflow", count: 1 },
    { seq: 6, what: "suppressed", count: 5 },
  ];
  const storms = folded(
    [
      { seq: 1, page: 1 },
      { seq: 5, page: 9 },
    ],
    losses,
  );
  expect(storms.map(({ suppressed }) => suppressed)).toEqual([7, 5]);
});
