import { describe, expect, test } from "vitest";
import { bisectFault, bisectProperty, PROPERTIES, type Property } from "../../../replay/bisect/bisect.ts";
import { parseSignature } from "../../../replay/bisect/faultSignature.ts";
import { fixtureRecords, vtdBoot } from "../../support/diffing.ts";

const PLAIN = fixtureRecords("x86-plain.jsonl.gz");
const plain = vtdBoot(PLAIN);
const without = (index: number) => vtdBoot(PLAIN.filter((_, i) => i !== index));
const nth = (kind: string, n: number) => PLAIN.flatMap((record, i) => (record.kind === kind ? [i] : []))[n]!;

describe("bisect", () => {
  test.each(Object.keys(PROPERTIES) as Property[])("%s: a boot does not differ from itself", (property) => {
    expect(bisectProperty(plain, plain, property)).toMatchObject({ differ: false, seqA: null, seqB: null });
  });

  test("a property gives the earliest difference of its kind", () => {
    const at = nth("map", 1800);
    const other = without(at);
    expect(bisectProperty(plain, other, "mappings")).toMatchObject({ differ: true, seqA: at, only: "a" });
    expect(bisectProperty(plain, other, "verdicts")).toMatchObject({ seqA: 8167, seqB: 8166, only: null });
    expect(bisectProperty(plain, other, "devices").differ).toBe(false);
  });

  test("a fault leads back to the grant that one boot lacks", () => {
    const at = nth("map", 1800);
    const found = bisectFault(plain, without(at), parseSignature("pci:0000:00:04.0,unmapped,0xfff2b000")!);
    expect(found).toMatchObject({
      differ: true,
      seqA: at,
      seqB: at,
      only: "a",
      fault: { boot: "b", seqB: 8166 },
    });
    expect(found.statesRebuilt).toBeGreaterThan(0);
  });

  test("a fault leads back to the attachment that one boot lacks, though translation came on later", () => {
    const at = PLAIN.findIndex(({ kind, device }) => kind === "attach" && device === "pci:0000:00:06.0");
    const found = bisectFault(plain, without(at), parseSignature("pci:0000:00:06.0")!);
    expect(found).toMatchObject({ seqA: at, only: "a", fault: { boot: "b" } });
  });

  test("a fault that neither boot has alone is not found", () => {
    expect(bisectFault(plain, plain, parseSignature("pci:0000:00:06.0")!)).toMatchObject({ differ: false });
  });
});

test.each([
  ["pci:0000:00:04.0", { reason: null, page: null }],
  ["pci:0000:00:04.0,unmapped", { reason: "unmapped", page: null }],
  ["pci:0000:00:04.0,*,0xfff2b123", { reason: null, page: 0xfff2b }],
  ["stream:0x8, permission, *", { reason: "permission", page: null }],
])("%s is a signature", (text, expected) => {
  expect(parseSignature(text)).toMatchObject(expected);
});

test.each(["", "eth0", "pci:0000:00:04.0,", "pci:0000:00:04.0,*,12", "pci:0000:00:04.0,a,0x1,b"])(
  "%j is no signature",
  (text) => {
    expect(parseSignature(text)).toBeNull();
  },
);
