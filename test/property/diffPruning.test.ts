import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBoots } from "../../replay/diff/diffBoots.ts";
import { bootFrom } from "../support/boots.ts";
import { linesOf } from "../support/diffing.ts";
import { histories } from "../support/histories.ts";

describe("comparing", () => {
  test("a history with itself finds nothing", () => {
    fc.assert(
      fc.property(histories(60), ({ family, records }) => {
        const { report } = compareBoots(bootFrom(records, family), bootFrom(records, family), {
          prune: false,
        });
        expect(linesOf(report)).toEqual([]);
        expect(report.equal).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("finds the same whether or not the same end is looked at", () => {
    fc.assert(
      fc.property(histories(60), fc.nat(), fc.nat(), ({ family, records }, at, other) => {
        const index = at % Math.max(1, records.length);
        const changed = records.flatMap((record, i) =>
          i !== index
            ? [record]
            : other % 3 === 0
              ? [record, record]
              : other % 3 === 1
                ? []
                : [{ kind: "mark", text: "" }],
        );
        const [a, b] = [bootFrom(records, family), bootFrom(changed, family)];
        const [quick, whole] = [compareBoots(a, b), compareBoots(a, b, { prune: false })];
        // Where both have the same from some event on, only their place in a run of equal ones may be told otherwise.
        expect(quick.report.equal).toBe(whole.report.equal);
        for (const aspect of ["config", "units", "devices", "objects", "verdicts"] as const)
          expect(sizes(quick.report[aspect])).toEqual(sizes(whole.report[aspect]));
      }),
      { numRuns: 150 },
    );
  });

  test("(regression) seed -1932193170: a transfer over several pages is judged by all of them, not by those that differ", () => {
    const A = "pci:0000:00:01.0";
    const page = (kind: string, address: string, more: object = {}) => ({
      kind,
      object: "o1",
      address,
      length: 1,
      ...more,
    });
    const records = [
      { kind: "attach", device: A, object: "o1" },
      page("map", "0x80000000", { access: "rw" }),
      page("map", "0x80001000", { access: "x" }),
      page("unmap", "0x80000000"),
      { kind: "dma", device: A, access: "r", address: "0x80000000", length: 0x6000 },
    ];
    const [a, b] = [bootFrom(records, "vtd"), bootFrom(records.toSpliced(2, 1), "vtd")];
    const { report } = compareBoots(a, b);
    expect(report.alignment.sameSuffix).toBe(2);
    expect(sizes(report.verdicts)).toEqual([0, 0, 0]);
  });

  test("the other way round finds the same, with sides changed", () => {
    fc.assert(
      fc.property(histories(40), histories(40), ({ family, records }, { records: others }) => {
        const [a, b] = [bootFrom(records, family), bootFrom(others, family)];
        const [there, back] = [compareBoots(a, b).report, compareBoots(b, a).report];
        expect(there.equal).toBe(back.equal);
        for (const aspect of ["units", "devices", "objects"] as const) {
          expect(there[aspect].added.length).toBe(back[aspect].removed.length);
          expect(there[aspect].removed.length).toBe(back[aspect].added.length);
          expect(there[aspect].changed.length).toBe(back[aspect].changed.length);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function sizes({
  added,
  removed,
  changed,
}: {
  added: readonly unknown[];
  removed: readonly unknown[];
  changed: readonly unknown[];
}) {
  return [added.length, removed.length, changed.length];
}
