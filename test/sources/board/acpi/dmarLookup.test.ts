import { describe, expect, test } from "vitest";
import type { DmarTable } from "../../../../sources/board/acpi/dmar.ts";
import {
  dmarReservedRegions,
  dmarUnits,
  type PciFunction,
  type PciTopology,
  reservedRegionsForDevice,
  unitForDevice,
} from "../../../../sources/board/acpi/dmarLookup.ts";
import { readFirmware } from "../../../../sources/board/firmware.ts";
import { dmar, drhd, le, rmrr, scope, structure } from "../acpiBuilder.ts";
import { fixture } from "../check.ts";

function read(bytes: Uint8Array): DmarTable {
  const table = readFirmware(bytes, "test").tables[0];
  if (table?.kind !== "DMAR") throw new Error("no DMAR");
  return table;
}

function pci(bus: number, device: number, fn = 0, segment = 0): PciFunction {
  return { segment, bus, device, fn };
}

// 00:1c.4 leads to buses 3 to 5, of which 03:00.0 leads to 4 and 5; nothing else is a bridge.
const TOPOLOGY: PciTopology = ({ bus, device, fn }) => {
  if (bus === 0 && device === 0x1c && fn === 4) return { secondary: 3, subordinate: 5 };
  if (bus === 3 && device === 0 && fn === 0) return { secondary: 4, subordinate: 5 };
  return "none";
};

/** Which unit covers a device: its base in hex, or why there is none. */
function covers(bytes: Uint8Array, device: PciFunction, topology?: PciTopology): string {
  const answer = unitForDevice(dmarUnits(read(bytes)), device, topology);
  return answer.kind === "unit" ? answer.unit.base.toString(16) : answer.kind;
}

const ENDPOINT = drhd(0x1000, { scopes: [scope(1, 0, [[2, 0]])] });
const BRIDGE = drhd(0x2000, { scopes: [scope(2, 0, [[0x1c, 4]])] });
const REST = drhd(0x9000, { flags: 1 });

describe("the unit of a device is found by the rules of hardware 1.8", () => {
  test("an endpoint scope covers exactly its function", () => {
    const table = dmar([ENDPOINT, REST]);
    expect(covers(table, pci(0, 2))).toBe("1000");
    expect(covers(table, pci(0, 2, 1))).toBe("9000");
    expect(covers(table, pci(0, 3))).toBe("9000");
  });
  test("a bridge scope covers the bridge and everything below it", () => {
    const table = dmar([BRIDGE, REST]);
    expect(covers(table, pci(0, 0x1c, 4), TOPOLOGY)).toBe("2000");
    expect(covers(table, pci(3, 0), TOPOLOGY)).toBe("2000");
    expect(covers(table, pci(5, 7), TOPOLOGY)).toBe("2000");
    expect(covers(table, pci(6, 0), TOPOLOGY)).toBe("9000");
    expect(covers(table, pci(0, 0x1c, 5), TOPOLOGY)).toBe("9000");
  });
  test("a path of two hops ends on the bus behind its first", () => {
    const table = dmar([
      drhd(0x1000, {
        scopes: [
          scope(1, 0, [
            [0x1c, 4],
            [0, 2],
          ]),
        ],
      }),
      REST,
    ]);
    expect(covers(table, pci(3, 0, 2), TOPOLOGY)).toBe("1000");
    expect(covers(table, pci(0, 0, 2), TOPOLOGY)).toBe("9000");
    expect(covers(table, pci(3, 0, 0), TOPOLOGY)).toBe("9000");
  });
  test("a path through what is no bridge covers nothing", () => {
    const table = dmar([
      drhd(0x1000, {
        scopes: [
          scope(1, 0, [
            [5, 0],
            [0, 2],
          ]),
        ],
      }),
      REST,
    ]);
    expect(covers(table, pci(3, 0, 2), TOPOLOGY)).toBe("9000");
  });
  test("without PCI configuration only what could lie below a bridge is undecided", () => {
    const table = dmar([ENDPOINT, BRIDGE, REST]);
    expect(covers(table, pci(0, 2))).toBe("1000");
    expect(covers(table, pci(0, 0x1c, 4))).toBe("2000");
    expect(covers(table, pci(0, 9))).toBe("9000");
    expect(unitForDevice(dmarUnits(read(table)), pci(3, 0))).toMatchObject({
      kind: "undecided",
      candidates: [{ base: 0x2000n }],
      otherwise: { base: 0x9000n },
    });
  });
  test("without PCI configuration a two-hop endpoint is undecided only for its own device and function", () => {
    const table = dmar([
      drhd(0x1000, {
        scopes: [
          scope(1, 0, [
            [0x1c, 4],
            [0, 2],
          ]),
        ],
      }),
      REST,
    ]);
    expect(covers(table, pci(7, 0, 2))).toBe("undecided");
    expect(covers(table, pci(7, 0, 3))).toBe("9000");
    expect(covers(table, pci(0, 0, 2))).toBe("9000");
  });
  test("IOAPIC, HPET and ACPI scopes cover no PCI device", () => {
    for (const type of [3, 4, 5]) {
      const table = dmar([drhd(0x1000, { scopes: [scope(type, 0, [[2, 0]])] })]);
      expect(covers(table, pci(0, 2))).toBe("uncovered");
    }
  });
  test("the INCLUDE_PCI_ALL unit is searched last wherever it stands, and its scopes do not limit it", () => {
    const all = drhd(0x9000, { flags: 1, scopes: [scope(1, 0, [[2, 0]])] });
    const table = dmar([all, ENDPOINT]);
    expect(covers(table, pci(0, 2))).toBe("1000");
    expect(covers(table, pci(0, 3))).toBe("9000");
  });
  test("units of other segments do not count, and without a unit a device is uncovered", () => {
    const table = dmar([ENDPOINT, drhd(0x9000, { flags: 1, segment: 1 })]);
    expect(covers(table, pci(0, 3))).toBe("uncovered");
    expect(covers(table, pci(0, 3, 0, 1))).toBe("9000");
    expect(covers(table, pci(0, 2, 0, 1))).toBe("9000");
  });
  test("a unit at base 0 hides its devices from every other unit", () => {
    expect(covers(fixture("acpi/dmar-188eb681251a.bin"), pci(0, 2))).toBe("fed90000");
    expect(covers(fixture("acpi/dmar-188eb681251a.bin"), pci(0, 0x14))).toBe("unusable");
    expect(covers(dmar([drhd(0, { scopes: [scope(1, 0, [[2, 0]])] }), REST]), pci(0, 2))).toBe("unusable");
  });
  test("a scope entry that is ignored covers nothing", () => {
    const table = dmar([drhd(0x1000, { scopes: [scope(1, 0, [[32, 0]])] }), REST]);
    expect(covers(table, { segment: 0, bus: 0, device: 32, fn: 0 })).toBe("9000");
  });
});

describe("units", () => {
  test("of two with one segment and base the first is kept", () => {
    const units = dmarUnits(read(dmar([ENDPOINT, drhd(0x1000), REST])));
    expect(units.map((unit) => [unit.base, unit.scopes.length])).toEqual([
      [0x1000n, 1],
      [0x9000n, 0],
    ]);
  });
  test("the register window has 2^size pages, and the affinity comes from the RHSA of the base", () => {
    const rhsa = structure(3, [...le(0, 4), ...le(0x9000, 8), ...le(3, 4)]);
    const units = dmarUnits(read(dmar([drhd(0x1000, { size: 4 }), REST, rhsa])));
    expect(units).toMatchObject([
      { windowLength: 65536, proximityDomain: null },
      { windowLength: 4096, proximityDomain: 3 },
    ]);
  });
});

describe("reserved regions", () => {
  test("are whole pages, and empty ones are left out", () => {
    const table = read(dmar([REST, rmrr(0x7b000800, 0x7b0017ff), rmrr(0x8000, 0x7fff), rmrr(0x9000, 0x10)]));
    expect(dmarReservedRegions(table)).toMatchObject([{ base: 0x7b000000n, limit: 0x7b001fffn }]);
  });
  test("belong to the devices in their scope, or may belong to them", () => {
    const table = read(fixture("acpi/dmar-60dcee46526a.bin"));
    const regions = dmarReservedRegions(table);
    const bases = (device: PciFunction, topology?: PciTopology) => {
      const { own, undecided } = reservedRegionsForDevice(regions, device, topology);
      return [own, undecided].map((list) => list.map((region) => region.base.toString(16)));
    };
    expect(bases(pci(0, 0x1d, 7))).toEqual([["df7e6000"], []]);
    expect(bases(pci(0, 0x1d, 0))[0]).toContain("df7df000");
    expect(bases(pci(3, 0, 2), TOPOLOGY)[0]).toContain("df7df000");
    expect(bases(pci(3, 0, 2))).toEqual([[], ["df7df000", "df61e000"]]);
    expect(bases(pci(0, 0x1f, 0), TOPOLOGY)).toEqual([[], []]);
    expect(bases(pci(0, 0x1d, 7, 1))).toEqual([[], []]);
  });
});
