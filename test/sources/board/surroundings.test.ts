import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import { surroundings } from "../../../sources/board/surroundings.ts";
import { boardOf } from "../../support/startup.ts";
import { entry, ivhd, ivmd, ivrs } from "./acpiBuilder.ts";
import { type NodeSource, tree } from "./fdtBuilder.ts";

const table = (name: string) => ({ name, bytes: new Uint8Array(readFileSync(`fixtures/${name}`)) });

function facts(story: Parameters<typeof boardOf>[0], named: string[] = []) {
  return surroundings(boardOf(story), named as DeviceName[]).board;
}

/** `device unit answer identifiers`, one a device. */
function devices(story: Parameters<typeof boardOf>[0], named: string[] = []): string[] {
  return facts(story, named).devices.map(({ device, unit, answer, identifiers }) =>
    [device, unit, answer, ...identifiers].join(" "),
  );
}

describe("what a DMAR says of a board (hardware 1.8)", () => {
  const tables = [table("acpi/dmar-5949ea99a04b.bin")];

  test("its units in its order, with what each covers", () => {
    const { units, architecture } = facts({ tables });
    expect(architecture).toBe("x86");
    expect(units.map(({ name, base, covers }) => ({ name, base, covers }))).toEqual([
      { name: "dmar0", base: "0xfed90000", covers: [] },
      {
        name: "dmar1",
        base: "0xfed91000",
        covers: [{ kind: "pci", segment: 0, first: 0, last: 0xffff }],
      },
    ]);
  });

  test("its endpoints, and devices that somebody named", () => {
    expect(devices({ tables }, ["pci:0000:00:1f.6", "pci:0001:00:00.0", "mmio:0x1000"])).toEqual([
      "pci:0000:00:02.0 dmar0 unit",
      "pci:0000:00:1d.0 dmar1 unit",
      "pci:0000:00:1a.0 dmar1 unit",
      "pci:0000:00:1f.6 dmar1 unit",
      "pci:0001:00:00.0  none",
      "mmio:0x1000  none",
    ]);
  });

  test("a unit whose address nobody can program is none, and its devices are behind nothing (tables 2)", () => {
    const broken = [table("acpi/dmar-188eb681251a.bin")];
    expect(facts({ tables: broken }).units.map(({ name, covers }) => `${name} ${covers?.length}`)).toEqual([
      "dmar0 0",
      "dmar1 0",
    ]);
    expect(devices({ tables: broken }, ["pci:0000:00:1f.6"])).toEqual([
      "pci:0000:00:02.0 dmar0 unit",
      "pci:0000:00:1f.6  none",
    ]);
  });

  test("its reserved regions, in whole pages, for the devices in their scope", () => {
    const { reserved } = facts({ tables: [table("acpi/dmar-188eb681251a.bin")] });
    expect(reserved).toMatchObject([
      { start: "0x7c000000", length: "0x4800000", devices: ["pci:0000:00:02.0"], source: "RMRR" },
    ]);
  });

  test("a device behind a bridge stays undecided until the bridge's buses are told", () => {
    const behind = [table("acpi/dmar-60dcee46526a.bin")];
    const device = "pci:0000:04:00.0";
    const region = facts({ tables: behind }, [device]).reserved.find(({ start }) => start === "0xdf7df000")!;
    expect(region.undecided).toContain(device);
    expect(region.devices).not.toContain(device);
    const board = { pci: [{ device: "pci:0000:00:1c.4", buses: [4, 4] }] };
    const told = facts({ tables: behind, board }, [device]).reserved.find(
      ({ start }) => start === "0xdf7df000",
    )!;
    expect(told.devices).toContain(device);
  });
});

describe("what an IORT says", () => {
  const tables = [table("acpi/iort-synthetic-a.bin")];

  test("SMMUs of both generations, and the streams of PCI functions", () => {
    const { units, architecture } = facts({ tables });
    expect(architecture).toBe("arm");
    expect(new Set(units.map(({ family }) => family)).size).toBeGreaterThan(0);
    const covered = units.flatMap(({ covers }) => covers ?? []);
    expect(covered.length).toBeGreaterThan(0);
  });
});

describe("what an IVRS says", () => {
  test("AMD IOMMUs, which no library of the service drives", () => {
    const { units, architecture } = facts({ tables: [table("acpi/ivrs-040fb35e823a.bin")] });
    expect(architecture).toBe("x86");
    expect(units.every(({ family }) => family === "amdvi")).toBe(true);
  });
});

test("a memory definition of an IVRS is for devices of its segment; one of a segment without an IOMMU, of segment 0", () => {
  const segments = [ivhd(0x10, [entry(1, 0)]), ivhd(0x10, [entry(1, 0)], { segment: 1, base: 0xfd000000 })];
  const bytes = (segment: number) => ivrs([...segments, ivmd(0x20, { segment })]);
  const devicesOf = (segment: number) =>
    facts({ tables: [{ name: "ivrs", bytes: bytes(segment) }] }, ["pci:0000:01:00.0", "pci:0001:01:00.0"])
      .reserved[0]!.devices;
  expect(devicesOf(0)).toEqual(["pci:0000:01:00.0"]);
  expect(devicesOf(1)).toEqual(["pci:0001:01:00.0"]);
  expect(devicesOf(0x5a5a)).toEqual(["pci:0000:01:00.0"]);
});

describe("several PCI hosts of a device tree", () => {
  const cells = { "#address-cells": [1], "#size-cells": [1] };
  const smmu = (at: number) => ({ compatible: "arm,mmu-500", reg: [at, 0x1000], "#iommu-cells": [1] });
  const host = (out: number, more: NodeSource = {}) => ({ "iommu-map": [0, 1, out, 0x100], ...more });
  const answers = (nodes: NodeSource, ...named: string[]) =>
    devices(
      {
        tables: [
          {
            name: "dtb",
            bytes: tree({ ...cells, "iommu@1000": { ...smmu(0x1000), phandle: [1] }, ...nodes }),
          },
        ],
      },
      named,
    );
  const FUNCTIONS = ["pci:0000:00:02.0", "pci:0001:00:02.0", "pci:0002:00:02.0"];

  test("each has the segment that it says", () => {
    const two = {
      "pcie@1": host(0x100, { "linux,pci-domain": [1] }),
      "pcie@0": host(0x200, { "linux,pci-domain": [0] }),
    };
    expect(answers(two, ...FUNCTIONS)).toEqual([
      "pci:0000:00:02.0 iommu@1000 unit 528",
      "pci:0001:00:02.0 iommu@1000 unit 272",
      "pci:0002:00:02.0  none",
    ]);
  });

  test("those that say none are numbered in order, past the numbers that others say, also without a map", () => {
    const three = {
      "pcie@1": { device_type: "pci" },
      "pcie@2": host(0x100, { "linux,pci-domain": [0] }),
      "pcie@3": host(0x200),
    };
    expect(answers(three, ...FUNCTIONS)).toEqual([
      "pci:0000:00:02.0 iommu@1000 unit 272",
      "pci:0001:00:02.0  none",
      "pci:0002:00:02.0 iommu@1000 unit 528",
    ]);
  });

  test("a bridge below a host is no host, and another bus with a map has no requester ids", () => {
    const nodes = {
      "pcie@1": host(0x100, { device_type: "pci", "pcie@0": host(0x300, { device_type: "pci" }) }),
      "fsl-mc@2": host(0x200),
    };
    expect(answers(nodes, ...FUNCTIONS.slice(0, 2))).toEqual([
      "pci:0000:00:02.0 iommu@1000 unit 272",
      "pci:0001:00:02.0  none",
    ]);
  });

  test("a mask folds requester ids together: all of them are covered, by the stream of one", () => {
    const nodes = { "pcie@1": host(0x13, { "iommu-map-mask": [0] }) };
    expect(answers(nodes, "pci:0000:80:1f.7")).toEqual(["pci:0000:80:1f.7 iommu@1000 unit 19"]);
    const bytes = tree({ ...cells, "iommu@1000": { ...smmu(0x1000), phandle: [1] }, ...nodes });
    expect(facts({ tables: [{ name: "dtb", bytes }] }).units[0]!.covers).toEqual([
      { kind: "pci", segment: 0, first: 0, last: 0xffff },
    ]);
  });
});

describe("what a device tree says", () => {
  const tables = [table("fdt/board-a.dtb")];

  test("IOMMUs by their node, devices by their address, with their stream ids", () => {
    expect(devices({ tables })).toEqual([
      "mmio:0xae00000 iommu@15000000 unit 2048",
      "mmio:0x3000000 iommu@15000000 unit 4100 4101",
    ]);
    expect(facts({ tables }).architecture).toBe("arm");
  });

  test("PCI functions through the map of their host", () => {
    expect(devices({ tables }, ["pci:0000:10:00.0"]).at(-1)).toBe(
      "pci:0000:10:00.0 iommu@fc900000 unit 32768",
    );
  });

  test("memory that is its own and must stay 1:1; taken addresses grant nothing", () => {
    expect(facts({ tables }).reserved).toMatchObject([
      { start: "0x9c000000", length: "0x800000", devices: ["mmio:0xae00000"], source: "device tree" },
    ]);
  });
});

describe("board files beside tables", () => {
  test("a unit at the same address is told by the file (LANG-9)", () => {
    const tables = [table("acpi/dmar-188eb681251a.bin")];
    const base = facts({ tables }).units[0]!.base;
    const board = { units: [{ name: "gfx", family: "vtd", base, addressWidth: 39 }] };
    const { units } = facts({ tables, board });
    expect(units.map(({ name, source }) => `${name} ${source}`)).toEqual(["gfx board file", "dmar1 DMAR"]);
    expect(devices({ tables, board })[0]).toBe("pci:0000:00:02.0 gfx unit");
  });

  test("whom a unit covers: all, those named, or nobody says", () => {
    const unit = { family: "vtd", base: "0x1000" };
    const cover = (more: object) =>
      facts({ board: { units: [{ name: "u", ...unit, ...more }] } }).units[0]!.covers;
    expect(cover({ includeAll: true })).toEqual([{ kind: "pci", segment: 0, first: 0, last: 0xffff }]);
    expect(cover({ includeAll: true, family: "smmuv2" })).toEqual([{ kind: "all" }]);
    expect(cover({ devices: [] })).toEqual([]);
    expect(cover({})).toBeNull();
  });

  test("a device that nobody puts behind a unit: none, where every unit says whom it covers", () => {
    const units = [{ name: "u", family: "vtd", devices: ["pci:0000:00:02.0"] }];
    const pci = [{ device: "pci:0000:00:03.0" }];
    expect(devices({ board: { pci, units } })[0]).toBe("pci:0000:00:03.0  none");
    expect(devices({ board: { pci, units: [{ name: "u", family: "vtd" }] } })[0]).toBe(
      "pci:0000:00:03.0  unknown",
    );
  });
});
