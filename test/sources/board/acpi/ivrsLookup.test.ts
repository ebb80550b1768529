import { describe, expect, test } from "vitest";
import type { IvrsTable } from "../../../../sources/board/acpi/ivrs.ts";
import {
  ivrsMemoryRegions,
  ivrsUnits,
  memoryRegionsForDeviceId,
  unitForDeviceId,
} from "../../../../sources/board/acpi/ivrsLookup.ts";
import { readFirmware } from "../../../../sources/board/firmware.ts";
import { entry, ivhd, ivmd, ivrs } from "../acpiBuilder.ts";
import { fixture } from "../check.ts";

function read(bytes: Uint8Array): IvrsTable {
  const table = readFirmware(bytes, "test").tables[0];
  if (table?.kind !== "IVRS") throw new Error("no IVRS");
  return table;
}

describe("an IOMMU is one, however often it is described", () => {
  test("the highest block type counts, in samples with two and three descriptions", () => {
    const types = (path: string) => ivrsUnits(read(fixture(path))).map(({ ivhd }) => ivhd.typeCode);
    expect(types("acpi/ivrs-040fb35e823a.bin")).toEqual([0x40]);
    expect(types("acpi/ivrs-5a86cf3eecc0.bin")).toEqual([0x11]);
    expect(types("acpi/ivrs-73edb0ddff0e.bin")).toEqual([0x11, 0x11]);
  });
  test("whatever their order, and per segment and device id", () => {
    const other = { deviceId: 0x4002, base: 0xb7b00000 };
    const blocks = [ivhd(0x40, []), ivhd(0x10, []), ivhd(0x10, [], { segment: 1 }), ivhd(0x11, [], other)];
    expect(ivrsUnits(read(ivrs(blocks)))).toMatchObject([
      { segment: 0, deviceId: 2, ivhd: { typeCode: 0x40 } },
      { segment: 1, deviceId: 2, ivhd: { typeCode: 0x10 } },
      { segment: 0, deviceId: 0x4002, ivhd: { typeCode: 0x11 } },
    ]);
  });
  test("one that cannot be programmed is none", () => {
    expect(ivrsUnits(read(ivrs([ivhd(0x10, [], { base: 0 }), ivhd(0x11, [], { base: 4 })])))).toEqual([]);
  });
});

describe("the IOMMU of a device", () => {
  const find = (bytes: Uint8Array, deviceId: number, segment = 0) => {
    const found = unitForDeviceId(ivrsUnits(read(bytes)), segment, deviceId);
    return found === null ? null : [found.unit.deviceId, found.range.alias, found.range.atsDisabled];
  };
  test("select, ranges with both ends, alias and extended entries", () => {
    const entries = [
      entry(2, 0x10),
      entry(3, 0x20),
      entry(4, 0x2f),
      [66, 0x40, 0, 0, 0, 0xa5, 0, 0],
      [67, 0x50, 0, 0, 0, 0xa6, 0, 0],
      entry(4, 0x5f),
      [71, 0x60, 0, 0, 0, 0, 0, 0x80],
      entry(4, 0x6f),
      [72, 0, 0, 0, 33, 0x70, 0, 1],
    ];
    const table = ivrs([ivhd(0x10, entries)]);
    expect([0x10, 0x20, 0x2f].map((id) => find(table, id))).toEqual(Array(3).fill([2, null, false]));
    expect(find(table, 0x40)).toEqual([2, 0xa5, false]);
    expect(find(table, 0x5f)).toEqual([2, 0xa6, false]);
    expect(find(table, 0x6f)).toEqual([2, null, true]);
    expect([0x11, 0x1f, 0x30, 0x70].map((id) => find(table, id))).toEqual(Array(4).fill(null));
    expect(find(table, 0x10, 1)).toBeNull();
  });
  test("an entry for all covers every id, and a later entry goes before", () => {
    const table = ivrs([ivhd(0x10, [entry(1, 0), [66, 0x40, 0, 0, 0, 0xa5, 0, 0]])]);
    expect(find(table, 0xffff)).toEqual([2, null, false]);
    expect(find(table, 0x40)).toEqual([2, 0xa5, false]);
  });
  test("a named device is one device id", () => {
    expect(find(fixture("acpi/ivrs-040fb35e823a.bin"), 0xa5)).toEqual([2, null, false]);
  });
  test("of two IOMMUs that claim it the later counts", () => {
    expect(find(fixture("acpi/ivrs-73edb0ddff0e.bin"), 0x3ffe)).toEqual([2, null, false]);
    expect(find(fixture("acpi/ivrs-73edb0ddff0e.bin"), 0xff10)).toEqual([0x4002, null, false]);
    expect(find(fixture("acpi/ivrs-73edb0ddff0e.bin"), 0xffff)).toEqual([2, 0xa4, false]);
  });
  test("a range that is malformed covers nothing", () => {
    expect(find(ivrs([ivhd(0x10, [entry(3, 9), entry(4, 8)])]), 8)).toBeNull();
    expect(find(ivrs([ivhd(0x10, [entry(3, 9)])]), 9)).toBeNull();
  });
});

describe("memory definitions", () => {
  test("all devices, one, a range; unity with rights, or excluded from checks; in whole pages", () => {
    const table = read(
      ivrs([
        ivhd(0x10, []),
        ivmd(0x20, { flags: 3 }),
        ivmd(0x21, { deviceId: 0x100, flags: 8, start: 0x9000, length: 1 }),
        ivmd(0x22, { deviceId: 0x200, aux: 0x2ff, flags: 5 }),
        ivmd(0x21, { flags: 6 }),
        ivmd(0x21, { length: 0 }),
      ]),
    );
    const regions = ivrsMemoryRegions(table);
    expect(regions).toMatchObject([
      { firstDeviceId: 0, lastDeviceId: 0xffff, use: "unity", readable: true, writable: false },
      { firstDeviceId: 0x100, lastDeviceId: 0x100, use: "exclusion", base: 0x9000n, limit: 0x9fffn },
      { firstDeviceId: 0x200, lastDeviceId: 0x2ff, use: "unity", readable: false, writable: true },
    ]);
    expect(memoryRegionsForDeviceId(regions, 0x100)).toHaveLength(2);
    expect(memoryRegionsForDeviceId(regions, 0x2ff)).toHaveLength(2);
    expect(memoryRegionsForDeviceId(regions, 0x300)).toHaveLength(1);
  });
});
