import { describe, expect, test } from "vitest";
import { printExpectations, readExpectations } from "../../../replay/corpus/expectations.ts";
import { firstChange, recordVerdicts } from "../../../replay/corpus/verdictRecord.ts";
import { fixtureRecords, type TraceRecord, vtdBoot } from "../../support/diffing.ts";

const FAULTS = fixtureRecords("x86-faults.jsonl.gz");
const boot = vtdBoot(FAULTS);
const record = recordVerdicts(boot);

describe("a record of verdicts", () => {
  test("counts every judgement, and finds nothing changed in the boot it is of", () => {
    expect(record).toMatchObject({ events: 4992, judgements: 2814 });
    expect(Object.values(record.counts).reduce((sum, n) => sum + n)).toBe(2814);
    expect(firstChange(record, boot)).toBeNull();
  });

  test("tells the first verdict that changed, and how many did", () => {
    const page = (each: TraceRecord) => String(each["address"]).slice(0, -3);
    const used = FAULTS.findIndex(({ kind }) => kind === "dma");
    const at = FAULTS.findLastIndex(
      (each, i) => i < used && each.kind === "map" && page(each) === page(FAULTS[used]!),
    );
    const found = firstChange(record, vtdBoot(FAULTS.filter((_, i) => i !== at)))!;
    expect(found.changed).toBeGreaterThan(0);
    expect(found.first).toMatchObject({
      expected: "permitted grant",
      actual: "denied unmapped 0x06 diverged",
    });
  });

  test("tells that something leads elsewhere though the words are the same", () => {
    const moved = FAULTS.map((each) =>
      each["observed"] === undefined ? each : { ...each, observed: undefined },
    );
    const quiet = recordVerdicts(vtdBoot(moved));
    const at = moved.findIndex(({ kind, object }) => kind === "map" && object === "domain-2");
    const elsewhere = moved.map((each, i) => (i === at ? { ...each, target: "0x1000" } : each));
    expect(firstChange(quiet, vtdBoot(elsewhere))).toMatchObject({ first: { expected: null, actual: null } });
  });

  test("tells that a boot has fewer verdicts than expected", () => {
    const cut = FAULTS.slice(
      0,
      FAULTS.findLastIndex(({ kind }) => kind === "dma"),
    );
    expect(firstChange(record, vtdBoot(cut))!.first).toMatchObject({ index: 2813, actual: null });
  });

  test("is read back as it was written", () => {
    const boots = new Map([["a.jsonl", { sha256: "0".repeat(64), verdicts: record }]]);
    const read = readExpectations(printExpectations({ boots }));
    expect(read.ok && read.value.boots).toEqual(boots);
  });

  test.each([
    ["{", "not JSON"],
    ["null", 'its "format"'],
    ['{"format":"smmu-corpus","version":2,"boots":{}}', "of version 2"],
    ['{"format":"smmu-corpus","version":1,"boots":{"a":{}}}', "not complete"],
  ])("%j is refused with a sentence", (text, expected) => {
    const read = readExpectations(text);
    expect(read.ok ? "" : read.error).toContain(expected);
  });
});
