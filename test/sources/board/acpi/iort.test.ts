import { describe, expect, test } from "vitest";
import { inspectTable } from "../../../../sources/board/inspect.ts";
import {
  ascii,
  iort,
  itsGroup,
  le,
  mapping,
  namedComponent,
  node,
  rmr,
  rootComplex,
  smmuV2,
  smmuV3,
} from "../acpiBuilder.ts";
import { check, patched } from "../check.ts";

// The first two nodes of most tables here: an ITS group at 48, 24 bytes long, and an SMMUv3 at 72.
const ITS = node(0, itsGroup([0]));
const SMMU = node(4, smmuV3(0x2b400000));
const SMMU_AT = 72;

describe("each malformed case of tables 3 has its own code", () => {
  test("none in a good table", () => {
    const host = node(2, rootComplex(0), [mapping(0, 0xffff, 0, SMMU_AT)]);
    check(iort([ITS, SMMU, host]));
  });
  test("node length 0, below its header, past the end", () => {
    const offset = 72;
    const table = iort([ITS, SMMU]);
    check(patched(table, offset + 1, 0, 0), "IORT001", "ACPI006");
    check(patched(table, offset + 1, 15, 0), "IORT002", "ACPI006");
    check(patched(table, offset + 1, SMMU.length + 1, 0), "IORT003", "ACPI006");
    check(iort([ITS, le(4, 12)]), "IORT003");
  });
  test("node shorter than its fixed part", () => {
    for (const [type, fixed] of [20, 30, 32, 60, 60, 32, 28, 27].entries()) {
      check(iort([node(type, le(0, fixed - 16 - 1))]), "IORT004");
    }
  });
  test("mapping array past the node, or over its header", () => {
    const host = node(2, rootComplex(0), [mapping(0, 1, 0, SMMU_AT)]);
    const at = SMMU_AT + SMMU.length;
    const table = iort([ITS, SMMU, host]);
    check(patched(table, at + 8, 2), "IORT005", "ACPI006");
    check(patched(table, at + 8, 0xff, 0xff, 0xff, 0xff), "IORT005", "ACPI006");
    check(patched(table, at + 12, 8), "IORT005", "ACPI006");
  });
  test("mapping offset 0 with a count", () => {
    const host = node(2, rootComplex(0), [mapping(0, 1, 0, SMMU_AT)]);
    check(patched(iort([ITS, SMMU, host]), SMMU_AT + SMMU.length + 12, 0), "IORT006", "ACPI006");
  });
  test("output reference that is not the start of a node", () => {
    check(iort([ITS, SMMU, node(2, rootComplex(0), [mapping(0, 1, 0, SMMU_AT + 4)])]), "IORT007");
  });
  test("output reference to a node of a wrong kind", () => {
    const component = node(1, namedComponent("\\_SB.DMA0"));
    check(iort([component, node(2, rootComplex(0), [mapping(0, 1, 0, 48)])]), "IORT008");
  });
  test("a cycle, of one node and of two", () => {
    check(iort([node(4, smmuV3(0x1000), [mapping(0, 1, 0, 48)])]), "IORT009");
    const length = 16 + smmuV3(0).length + 20;
    const first = node(4, smmuV3(0x1000), [mapping(0, 1, 0, 48 + length)]);
    check(iort([first, node(4, smmuV3(0x2000), [mapping(0, 1, 0, 48)])]), "IORT009");
  });
  test("input and output ids past 32 bits", () => {
    const host = (...ids: [number, number, number]) => node(2, rootComplex(0), [mapping(...ids, SMMU_AT)]);
    check(iort([ITS, SMMU, host(0xffffff00, 0xff, 0)]));
    check(iort([ITS, SMMU, host(0xffffff00, 0x100, 0)]), "IORT010");
    check(iort([ITS, SMMU, host(0, 0x100, 0xffffff00)]), "IORT024");
  });
  test("overlapping inputs are legal while their outputs agree", () => {
    const host = (second: number) =>
      node(2, rootComplex(0), [mapping(0, 0xff, 0x1000, SMMU_AT), mapping(0x80, 0xff, second, SMMU_AT)]);
    check(iort([ITS, SMMU, host(0x1080)]));
    check(iort([ITS, SMMU, host(0x1081)]), "IORT011");
  });
  test("object path without NUL, of a component and of an interrupt bridge", () => {
    check(iort([node(1, [...le(0, 13), ...ascii("\\_SB.DMA")])]), "IORT012");
    check(iort([node(7, [...le(0, 10), ...ascii("\\_SB.IWB")])]), "IORT012");
  });
  test("the name may not run into the mappings", () => {
    const data = [...le(0, 13), ...ascii("\\_SB.DM")];
    check(iort([ITS, node(1, data, [mapping(0, 0, 1, 48, 1)])]), "IORT012");
  });
  test("ITS count larger than the node", () => check(iort([node(0, itsGroup([0, 1], 3))]), "IORT013"));
  test("RMR region of length 0, unaligned, overlapping, past 2^64", () => {
    const kept = (...regions: (readonly [number | bigint, number])[]) =>
      iort([ITS, SMMU, node(6, rmr(regions), [mapping(0, 0, 0x10, SMMU_AT, 1)])]);
    check(kept([0xe0000000, 0x1000], [0xe0001000, 0x1000]));
    check(kept([0xe0000000, 0]), "IORT014");
    check(kept([0xe0000800, 0x1000]), "IORT015");
    check(kept([0xe0000000, 0x10000], [0xe0008000, 0x1000], [0xe000f000, 0x1000]), "IORT016", "IORT016");
    check(kept([0xffff_ffff_ffff_f000n, 0x2000]), "IORT026");
  });
  test("first node offset beyond the table, or inside its header", () => {
    check(iort([ITS], { first: 73 }), "IORT017");
    check(iort([ITS], { first: 47 }), "IORT017");
    check(iort([[], [0, 0, 0, 0], ITS], { count: 1, first: 52 }));
  });
  test("node count larger, and smaller, than the nodes present", () => {
    check(iort([ITS, SMMU], { count: 3 }), "IORT018");
    check(iort([ITS, SMMU], { count: 1 }), "IORT019");
    check(iort([ITS, le(0, 4)], { count: 1 }), "IORT025");
  });
  test("unknown type: its header and mappings are still facts", () => {
    const table = iort([ITS, node(9, le(0, 8), [mapping(0, 1, 2, 48)])]);
    check(table, "IORT020");
    expect(inspectTable(table, "test").facts).toMatchObject({
      nodes: [{}, { type: "unknown", typeCode: 9, idMappings: [{ outputReference: 48 }] }],
    });
  });
  test("RMR regions and SMMU interrupts outside their node", () => {
    const kept = (data: number[]) => iort([ITS, SMMU, node(6, data, [mapping(0, 0, 0x10, SMMU_AT, 1)])]);
    check(kept(rmr([[0xe0000000, 0x1000]], { count: 9 })), "IORT021");
    check(kept(rmr([[0xe0000000, 0x1000]], { offset: 0 })), "IORT021");
    check(iort([node(3, smmuV2(0x50000000))]));
    check(iort([node(3, smmuV2(0x50000000, { global: 64 }))]), "IORT022");
    check(iort([node(3, smmuV2(0x50000000, { contextCount: 0xffffffff, contextOffset: 76 }))]), "IORT022");
  });
  test("HiSilicon's counts, told by OEM id, table and revision", () => {
    const host = node(2, rootComplex(0), [mapping(0, 0x2000, 0, 48)]);
    check(iort([ITS, host], { oemId: "HISI  ", oemTableId: "HIP08   ", oemRevision: 0 }), "IORT023");
    check(iort([ITS, host], { oemId: "HISI  ", oemTableId: "HIP08   ", oemRevision: 1 }));
    check(iort([ITS, host], { oemId: "OTHER ", oemTableId: "HIP08   ", oemRevision: 0 }));
  });
  test("DeviceID mapping index beyond the mappings", () => {
    const smmu = (flags: number, revision: number) =>
      iort([ITS, node(4, smmuV3(0x1000, { flags, index: 1 }), [mapping(0, 1, 0, 48)], revision)]);
    check(smmu(0x10, 5), "IORT027");
    check(smmu(0, 5));
    check(smmu(0, 4), "IORT027");
  });
  test("RMR without mapping, SMMU base 0 or unaligned, counters of no node", () => {
    check(iort([node(6, rmr([[0xe0000000, 0x1000]]))]), "IORT028");
    check(iort([node(4, smmuV3(0))]), "IORT029");
    check(iort([node(3, smmuV2(0x50000010))]), "IORT029");
    const counters = node(5, [...le(0x1000, 8), ...le(9, 4), ...le(60, 4), ...le(0, 8)]);
    check(iort([ITS, counters]), "IORT030");
  });
});

test("older, shorter nodes are read as far as they go", () => {
  const host = node(2, rootComplex(3).slice(0, 16), [mapping(0, 0xff, 0, 48)], 0);
  const smmu = node(4, smmuV3(0x1000).slice(0, 44), [mapping(0, 0xff, 0, 48)], 0);
  const { facts, diagnostics } = inspectTable(iort([ITS, host, smmu]), "test");
  expect(diagnostics).toEqual([]);
  const [, hostFacts, smmuFacts] = (facts as unknown as { nodes: object[] }).nodes;
  expect(hostFacts).toMatchObject({ segment: 3 });
  expect(hostFacts).not.toHaveProperty("memorySizeLimit");
  expect(smmuFacts).toMatchObject({ syncGsiv: 0 });
  expect(smmuFacts).not.toHaveProperty("deviceIdMappingIndex");
});
