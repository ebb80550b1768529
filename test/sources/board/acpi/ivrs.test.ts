import { describe, expect, test } from "vitest";
import { inspectTable } from "../../../../sources/board/inspect.ts";
import { ascii, type Bytes, entry, ivhd, ivmd, ivrs, le } from "../acpiBuilder.ts";
import { check, patched } from "../check.ts";

const RANGE = [entry(3, 0x0008), entry(4, 0xfffe)];
const UNIT = ivhd(0x10, RANGE);

function named(uidFormat: number, uid: Bytes, uidLength = uid.length): number[] {
  return [0xf0, ...le(0xa5, 2), 0x40, ...ascii("AMDI0020"), ...le(0, 8), uidFormat, uidLength, ...uid];
}

function entriesOf(bytes: Uint8Array): unknown {
  return (inspectTable(bytes, "test").facts as unknown as { blocks: { entries: unknown }[] }).blocks[0]
    ?.entries;
}

describe("each malformed case of tables 4 has its own code", () => {
  test("none in a good table", () => check(ivrs([UNIT, ivhd(0x11, RANGE), ivhd(0x40, RANGE), ivmd(0x21)])));

  test("range start without end, also when another starts", () => {
    check(ivrs([ivhd(0x10, [entry(3, 8)])]), "IVRS009");
    check(ivrs([ivhd(0x10, [entry(3, 8), ...RANGE])]), "IVRS009");
  });
  test("range end without start", () => check(ivrs([ivhd(0x10, [entry(4, 8)])]), "IVRS010"));
  test("range end before its start", () => check(ivrs([ivhd(0x10, [entry(3, 8), entry(4, 7)])]), "IVRS011"));
  test("entry past the end of its block", () => {
    check(ivrs([ivhd(0x10, [[66, 8, 0, 0]])]), "IVRS007");
    check(ivrs([ivhd(0x10, [[130, ...le(0, 11)]])]), "IVRS007");
    check(ivrs([ivhd(0x40, [[0xf0, ...le(0, 20)]])]), "IVRS007");
  });
  test("UID past the end of its block", () => {
    check(ivrs([ivhd(0x40, [named(2, ascii("\\_SB"), 9)])]), "IVRS008");
  });
  test("unknown block type is skipped by its length and is no fact", () => {
    const table = ivrs([UNIT, [0x51, 8, 32, 0, ...le(0, 28)], ivmd(0x20)]);
    check(table, "IVRS005");
    expect(inspectTable(table, "test").facts).toMatchObject({ blocks: [{ type: "0x10" }, { type: "0x20" }] });
  });
  test("block length 0, below its header, below its fixed part, past the end", () => {
    check(patched(ivrs([UNIT]), 50, 0, 0), "IVRS001", "IVRS018", "ACPI006");
    check(patched(ivrs([UNIT]), 50, 5, 0), "IVRS002", "IVRS018", "ACPI006");
    check(ivrs([UNIT, [0x11, 0, 39, 0, ...le(0, 35)]]), "IVRS003");
    check(ivrs([UNIT, [0x21, 0, 31, 0, ...le(0, 27)]]), "IVRS003");
    check(ivrs([UNIT, [0x10, 0, 33, 0, ...le(0, 28)]]), "IVRS004");
  });
  test("stray bytes behind the last block", () => check(ivrs([UNIT, le(0, 5)]), "IVRS006"));
  test("block length that does not match its entries", () => {
    check(ivrs([ivhd(0x10, [...RANGE, le(0, 3)])]), "IVRS019");
  });
  test("entry of unknown type, skipped by the size its type implies; of unknown size, the end", () => {
    const sizes = [
      [5, 4],
      [65, 8],
      [129, 16],
      [200, 32],
    ] as const;
    for (const [type, size] of sizes)
      check(ivrs([ivhd(0x10, [[type, ...le(0, size - 1)], ...RANGE])]), "IVRS012");
    check(ivrs([ivhd(0x10, [[0xf1, 0, 0, 0], entry(9, 0)])]), "IVRS022");
  });
  test("named device outside a block of type 0x40", () => {
    check(ivrs([ivhd(0x40, [named(2, ascii("\\_SB"))])]));
    check(ivrs([ivhd(0x11, [named(2, ascii("\\_SB"))])]), "IVRS013");
  });
  test("register base 0 or unaligned", () => {
    check(ivrs([ivhd(0x10, RANGE, { base: 0 })]), "IVRS014");
    check(ivrs([ivhd(0x10, RANGE, { base: 0xfeb80004 })]), "IVRS014");
  });
  test("special device of unknown variety", () => {
    const special = (variety: number) => ivrs([ivhd(0x10, [[72, 0, 0, 0, 33, 0xa0, 0, variety]])]);
    check(special(1));
    check(special(3), "IVRS015");
    expect(entriesOf(special(3))).toMatchObject([{ variety: "0x03", handle: 33, sourceDeviceId: "0x00a0" }]);
  });
  test("memory definition of length 0, past 2^64, unaligned, for a range that ends before it starts", () => {
    check(ivrs([UNIT, ivmd(0x20, { length: 0 })]), "IVRS016");
    check(ivrs([UNIT, ivmd(0x20, { start: 0xffff_ffff_ffff_f000n, length: 0x2000 })]), "IVRS017");
    check(ivrs([UNIT, ivmd(0x20, { length: 1 })]), "IVRS024");
    check(ivrs([UNIT, ivmd(0x22, { deviceId: 8, aux: 7 })]), "IVRS025");
  });
  test("no IOMMU", () => check(ivrs([ivmd(0x20)]), "IVRS018"));
  test("one IOMMU twice by one type, and with two bases", () => {
    check(ivrs([UNIT, UNIT]), "IVRS020");
    check(ivrs([UNIT, ivhd(0x11, RANGE, { base: 0xfeb90000 })]), "IVRS021");
  });
  test("UID format and length that disagree", () => {
    check(ivrs([ivhd(0x40, [named(0, []), named(1, le(7, 8)), named(2, ascii("A"))])]));
    for (const uid of [named(0, [1]), named(1, [1, 0]), named(2, []), named(3, [1])]) {
      check(ivrs([ivhd(0x40, [uid])]), "IVRS023");
    }
  });
  test("devices behind two IOMMUs are told once a pair", () => {
    const other = ivhd(0x10, [entry(2, 0x10), entry(2, 0x20)], { deviceId: 0x4002, base: 0xb7b00000 });
    check(ivrs([UNIT, other]), "IVRS026");
    check(ivrs([UNIT, ivhd(0x10, RANGE, { deviceId: 0x4002, base: 0xb7b00000, segment: 1 })]));
  });
});

describe("facts that no sample holds", () => {
  test("alias and extended entries", () => {
    const table = ivrs([
      ivhd(0x10, [
        [66, 8, 0, 0, 0, 0xa5, 0, 0],
        [70, 9, 0, 0, 0, 0, 0, 0x80],
      ]),
    ]);
    expect(entriesOf(table)).toEqual([
      { type: "0x42", offset: 72, deviceId: "0x0008", dataSetting: "0x00", sourceDeviceId: "0x00a5" },
      { type: "0x46", offset: 80, deviceId: "0x0009", dataSetting: "0x00", extendedData: "0x80000000" },
    ]);
  });
  test("named devices without UID, with an integer one, and with an integer id", () => {
    const integer = [0xf0, ...le(1, 2), 0, ...le(0x0a0b, 8), ...ascii("PNP0A03"), 0, 1, 8, ...le(0x1234, 8)];
    const [none, number] = entriesOf(ivrs([ivhd(0x40, [named(0, []), integer])])) as object[];
    expect(none).not.toHaveProperty("uidFormat");
    expect(number).toMatchObject({
      hid: "0000000000000A0B",
      cid: "PNP0A03",
      uidFormat: 1,
      uid: "0000000000001234",
    });
  });
  test("memory definitions", () => {
    const table = ivrs([UNIT, ivmd(0x22, { deviceId: 0x100, aux: 0x1ff, flags: 8 })]);
    expect(inspectTable(table, "test").facts).toMatchObject({
      blocks: [
        {},
        {
          type: "0x22",
          kind: "IVMD",
          flags: "0x08",
          length: 32,
          deviceId: "0x0100",
          auxiliaryData: "0x01ff",
          start: "0x80000000",
          memoryLength: "0x1000",
        },
      ],
    });
  });
});
