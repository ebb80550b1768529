import { describe, expect, test } from "vitest";
import { inspectTable } from "../../../../sources/board/inspect.ts";
import { ascii, type Bytes, dmar, drhd, le, rmrr, scope, structure } from "../acpiBuilder.ts";
import { check, patched } from "../check.ts";

const UNIT = drhd(0xfed90000, { scopes: [scope(1, 0, [[2, 0]])] });
const REST = drhd(0xfed91000, { flags: 1 });

function unitWithScopes(...bytes: Bytes): Uint8Array {
  return dmar([drhd(0xfed90000, { scopes: [bytes] }), REST]);
}

describe("each malformed case of tables 2 has its own code", () => {
  test("none in a good table", () => check(dmar([UNIT, REST, rmrr(0x7b000000, 0x7b000fff)])));

  test("case 1: structure length 0 stops the reading", () => {
    check(dmar([UNIT, [0, 0, 0, 0], REST]), "DMAR001");
  });
  test("case 2: structure length below its header, and below its fixed part", () => {
    check(dmar([UNIT, [0, 0, 3, 0], REST]), "DMAR002");
    for (const [type, fixed] of [16, 24, 8, 20, 9, 8, 8].entries()) {
      check(dmar([UNIT, REST, structure(type, le(0, fixed - 5))]), "DMAR003");
    }
  });
  test("a structure that is too short is left out, what follows is read", () => {
    const { facts } = inspectTable(dmar([structure(0, le(0, 8)), REST]), "test");
    expect(facts).toMatchObject({ structures: [{ offset: 60, base: "0xfed91000" }] });
  });
  test("case 3: structure past the end of the table", () => {
    check(dmar([UNIT, REST, [4, 0, 0xff, 0xff]]), "DMAR004");
    check(dmar([UNIT, REST, [4, 0, 5, 0]]), "DMAR004");
  });
  test("case 4: one to three stray bytes at the end", () => {
    for (const count of [1, 2, 3]) check(dmar([UNIT, REST, le(0, count)]), "DMAR005");
  });
  test("case 5: an unknown type is skipped by its length", () => {
    const table = dmar([UNIT, REST, structure(7, le(0, 30)), structure(0xffff, [])]);
    check(table, "DMAR006", "DMAR006");
    expect(inspectTable(table, "test").facts).toMatchObject({
      structures: [{ type: "DRHD" }, { type: "DRHD" }],
    });
  });
  test("case 6: scope length below its header, odd, past its structure, without hops, cut off", () => {
    check(unitWithScopes(1, 5, 0, 0, 0, 0), "DMAR007");
    check(unitWithScopes(1, 0, 0, 0, 0, 0), "DMAR007");
    check(unitWithScopes(1, 9, 0, 0, 0, 0, 2, 0, 0), "DMAR008");
    check(unitWithScopes(1, 10, 0, 0, 0, 0, 2, 0), "DMAR009");
    check(unitWithScopes(1, 6, 0, 0, 0, 0), "DMAR010");
    check(unitWithScopes(...scope(1, 0, [[2, 0]]), 1, 8, 0), "DMAR011");
  });
  test("case 7: scope type 0 or above 5", () => {
    check(unitWithScopes(...scope(0, 0, [[2, 0]])), "DMAR012");
    check(unitWithScopes(...scope(6, 0, [[2, 0]])), "DMAR012");
  });
  test("case 8: device above 31, function above 7, in any hop", () => {
    check(unitWithScopes(...scope(1, 0, [[32, 0]])), "DMAR013");
    check(
      unitWithScopes(
        ...scope(1, 0, [
          [0x1c, 4],
          [0, 8],
        ]),
      ),
      "DMAR013",
    );
    check(unitWithScopes(...scope(1, 0, [[31, 7]])));
  });
  test("case 9: register base 0, or not aligned", () => {
    check(dmar([drhd(0), REST]), "DMAR014");
    check(dmar([drhd(0xfed90010), REST]), "DMAR015");
  });
  test("case 10: the same segment and base twice; other segments are other units", () => {
    check(dmar([UNIT, drhd(0xfed90000), REST]), "DMAR016");
    check(dmar([UNIT, REST, drhd(0xfed90000, { segment: 1 })]));
  });
  test("case 11: two INCLUDE_PCI_ALL units in a segment; one in each of two is right", () => {
    check(dmar([UNIT, drhd(0xfed92000, { flags: 1 }), REST]), "DMAR017", "DMAR018");
    check(dmar([REST, drhd(0xfed92000, { flags: 1, segment: 1 })]));
  });
  test("case 12: INCLUDE_PCI_ALL is not the last unit of its segment", () =>
    check(dmar([REST, UNIT]), "DMAR018"));
  test("case 13: no unit at all", () => {
    check(dmar([]), "DMAR019");
    check(dmar([rmrr(0x7b000000, 0x7b000fff)]), "DMAR019");
  });
  test("case 14: limit below base, empty, base or limit not aligned", () => {
    check(dmar([REST, rmrr(0x7b001000, 0x7affffff)]), "DMAR020");
    check(dmar([REST, rmrr(0x7b000000, 0x7affffff)]), "DMAR021");
    check(dmar([REST, rmrr(0x7b000800, 0x7b000fff)]), "DMAR022");
    check(dmar([REST, rmrr(0x7b000000, 0x7b0007ff)]), "DMAR023");
  });
  test("case 15: a region without scopes", () =>
    check(dmar([REST, rmrr(0x7b000000, 0x7b000fff, [])]), "DMAR024"));
  test("case 16: affinity of a unit that does not exist", () => {
    const rhsa = (base: number) => structure(3, [...le(0, 4), ...le(base, 8), ...le(1, 4)]);
    check(dmar([REST, rhsa(0xfed91000)]));
    check(dmar([REST, rhsa(0xfed92000)]), "DMAR025");
  });
  test("case 17: an ACPI device name without NUL; padding behind the NUL is right", () => {
    check(dmar([REST, structure(4, [0, 0, 0, 7, ...ascii("\\_SB.I2C1")])]), "DMAR026");
    const padded = dmar([REST, structure(4, [0, 0, 0, 7, ...ascii("\\_SB.I2C1"), 0, 0, 0x41])]);
    check(padded);
    expect(inspectTable(padded, "test").facts).toMatchObject({ structures: [{}, { name: "\\_SB.I2C1" }] });
  });
  test("case 18: a scope names an ACPI device that nobody declares", () => {
    check(unitWithScopes(...scope(5, 0, [[21, 1]], 7)), "DMAR027");
  });
  test("case 19: address width field above 63", () => {
    check(dmar([REST], { widthField: 63 }));
    check(dmar([REST], { widthField: 64 }), "DMAR028");
  });
  test("case 20: a region above the address width", () => {
    const region = rmrr(0x80_0000_0000n, 0x80_0000_0fffn);
    check(dmar([REST, region], { widthField: 39 }));
    check(dmar([REST, region], { widthField: 38 }), "DMAR029");
  });
  test("types that do not ascend are told once, and order is not relied on", () => {
    const region = rmrr(0x7b000000, 0x7b000fff);
    check(dmar([region, UNIT, region, REST]), "DMAR030");
  });
  test("a PCI device in the scope of the INCLUDE_PCI_ALL unit", () => {
    check(dmar([drhd(0xfed91000, { flags: 1, scopes: [scope(1, 0, [[2, 0]])] })]), "DMAR031");
    check(dmar([drhd(0xfed91000, { flags: 1, scopes: [scope(3, 0xf0, [[31, 0]], 2)] })]));
  });
});

test("scope flags are a fact where they are set", () => {
  const table = patched(dmar([REST, structure(6, [...le(0, 4), ...scope(1, 0, [[2, 0]])])]), 74, 31);
  expect(inspectTable(table, "test").facts).toMatchObject({ structures: [{}, { scopes: [{ flags: 31 }] }] });
});
