import { describe, expect, test } from "vitest";
import type { DeviceTreeTable } from "../../../../sources/board/fdt/deviceTree.ts";
import { resolveIommuMap, specifierTakes, takenAddresses } from "../../../../sources/board/fdt/lookup.ts";
import { readFirmware } from "../../../../sources/board/firmware.ts";
import { inspectTable } from "../../../../sources/board/inspect.ts";
import { check, fixture } from "../check.ts";
import { type NodeSource, tree } from "../fdtBuilder.ts";

const CELLS = { "#address-cells": [1], "#size-cells": [1] };
const SMMU = 1;
const IPMMU = 2;
const V3 = 3;
const IOMMUS: NodeSource = {
  "iommu@1000": {
    compatible: "arm,mmu-500",
    reg: [0x1000, 0x1000],
    "#iommu-cells": [2],
    phandle: [SMMU],
  },
  "iommu@2000": {
    compatible: "renesas,ipmmu-r8a7795",
    reg: [0x2000, 0x1000],
    "#iommu-cells": [1],
    phandle: [IPMMU],
  },
  "iommu@3000": { compatible: "arm,smmu-v3", reg: [0x3000, 0x1000], "#iommu-cells": [1], phandle: [V3] },
};

/** A board of the three IOMMUs and what is given besides. */
function board(more: NodeSource): Uint8Array {
  return tree({ ...CELLS, ...IOMMUS, ...more });
}

function read(bytes: Uint8Array): DeviceTreeTable {
  const table = readFirmware(bytes, "test").tables[0];
  if (table?.kind !== "FDT") throw new Error("no device tree");
  return table;
}

function device(...iommus: readonly number[]): NodeSource {
  return { device: { iommus } };
}

function host(...map: readonly number[]): NodeSource {
  return { pcie: { "iommu-map": map } };
}

function region(properties: NodeSource): NodeSource {
  return {
    "reserved-memory": { ...CELLS, ranges: null, "fb@9000": { reg: [0x9000, 0x1000], ...properties } },
  };
}

describe("each malformed case of tables 5.1 has its own code", () => {
  test("none on a good board", () => {
    check(board({ ...device(SMMU, 0x10, 0), ...host(0, V3, 0, 0x10000) }));
  });
  test("iommus: cell count that is not that of the provider", () => {
    check(board(device(SMMU, 0x10)), "FDT050");
    check(board(device(V3, 1, SMMU, 2, 0, V3)), "FDT050");
  });
  test("phandle 0, 0xffffffff, unknown, in a reference and as a node's own", () => {
    check(board(device(0, 0x10)), "FDT051");
    check(board(device(0xffffffff, 0x10)), "FDT052");
    check(board(device(9, 0x10)), "FDT053");
    check(board({ a: { phandle: [0] } }), "FDT051");
    check(board({ a: { phandle: [0xffffffff] } }), "FDT052");
  });
  test("duplicate phandle; both names of one phandle are one", () => {
    check(board({ a: { phandle: [SMMU] } }), "FDT024");
    check(board({ a: { phandle: [7], "linux,phandle": [7] } }));
    check(board({ a: { "linux,phandle": [SMMU] } }), "FDT024");
  });
  test("provider without #iommu-cells: a known one, and whatever a device names", () => {
    check(board({ "iommu@4000": { compatible: "arm,smmu-v3", reg: [0x4000, 0x1000] } }), "FDT054");
    check(board({ uart: { phandle: [7] }, ...device(7, 1) }), "FDT054");
  });
  test("#iommu-cells that no binding has", () => {
    check(board({ "iommu@4000": { reg: [0x4000, 0x1000], "#iommu-cells": [3], phandle: [7] } }), "FDT055");
  });
  test("stream id, mask and micro-TLB above the provider's width", () => {
    check(board(device(SMMU, 0x7fff, 0xffff)));
    check(board(device(SMMU, 0x10000, 0)), "FDT056");
    check(board(device(SMMU, 0, 0x10000)), "FDT056");
    check(board(device(SMMU, 0x8000, 0)), "FDT057");
    check(board(device(IPMMU, 63)));
    check(board(device(IPMMU, 64)), "FDT056");
    check(board(device(V3, 0xffffffff)));
  });
  test("iommu-map: whole entries, range overflow, length 0, overlap, width", () => {
    check(board(host(0, V3, 0)), "FDT058");
    check(board(host(0xff00, V3, 0, 0x100)));
    check(board(host(0xff00, V3, 0, 0x101)), "FDT059");
    check(board(host(0, V3, 0xffffff00, 0x101)), "FDT059");
    check(board(host(0, V3, 0, 0)), "FDT060");
    check(board(host(0, V3, 0, 0x100, 0x80, V3, 0x1000, 0x100)), "FDT061");
    check(board(host(0, SMMU, 0xfff0, 0x20)), "FDT056");
  });
  test("iommu-addresses: whole entries, size 0, past 2^64", () => {
    const display = { display: { phandle: [7] } };
    const taken = (...cells: readonly number[]) =>
      board({ ...display, ...region({ "iommu-addresses": cells }) });
    check(taken(7, 0x9000, 0x1000));
    check(taken(7, 0x9000), "FDT062");
    check(taken(7, 0x9000, 0), "FDT063");
    const wide = { "#address-cells": [2], "#size-cells": [1], ranges: null };
    const hole = { hole: { "iommu-addresses": [7, 0xffffffff, 0xfffff000, 0x2000] } };
    check(board({ ...display, "reserved-memory": { ...wide, ...hole } }), "FDT064");
  });
  test("reg with a wrong cell count", () => {
    check(board({ device: { reg: [1, 2, 3], iommus: [V3, 1] } }), "FDT065");
    check(board({ device: { reg: [], iommus: [V3, 1] } }), "FDT065");
  });
  test("bus without cell counts is an error; for the root old custom is followed", () => {
    check(board({ bus: { ranges: null, device: { reg: [1, 2], iommus: [V3, 1] } } }), "FDT066");
    const smmu = { compatible: "arm,smmu-v3", reg: [0, 0x3000, 0x1000], "#iommu-cells": [1] };
    check(tree({ "iommu@3000": smmu }), "FDT067");
    expect(inspectTable(tree({ "iommu@3000": smmu }), "test").facts).toMatchObject({
      iommus: [{ base: "0x3000" }],
    });
  });
  test("address that cannot be translated, or through malformed ranges", () => {
    const bus = (ranges: NodeSource) =>
      board({ bus: { ...CELLS, ...ranges, device: { reg: [0x10, 0x10], iommus: [V3, 1] } } });
    check(bus({ ranges: [0, 0x5000, 0x1000] }));
    check(bus({}), "FDT068");
    check(bus({ ranges: [0x20, 0x5000, 0x1000] }), "FDT068");
    check(bus({ ranges: [0, 0x5000, 0x18] }), "FDT068");
    check(bus({ ranges: [0, 0x5000] }), "FDT068", "FDT069");
  });
  test("IOMMU that is not in use, or has no registers", () => {
    const off = {
      "iommu@4000": { reg: [0x4000, 0x1000], "#iommu-cells": [1], phandle: [7], status: "disabled" },
    };
    check(board({ ...off, ...device(7, 1) }), "FDT070");
    check(board({ "iommu@4000": { "#iommu-cells": [1] } }), "FDT071");
  });
  test("property that is not one cell long, or not made of cells", () => {
    check(board({ a: { phandle: [7, 8] } }), "FDT072");
    check(board({ device: { iommus: new Uint8Array(7) } }), "FDT075");
  });
  test("mmu-masters without #stream-id-cells, or with too few ids", () => {
    const legacy = (masters: readonly number[], dma: NodeSource) =>
      board({
        "smmu@4000": { compatible: "arm,mmu-401", reg: [0x4000, 0x1000], "mmu-masters": masters },
        dma,
      });
    check(legacy([7, 0x10, 0x11], { phandle: [7], "#stream-id-cells": [2] }));
    check(legacy([7, 0x10], { phandle: [7] }), "FDT073");
    check(legacy([7, 0x10], { phandle: [7], "#stream-id-cells": [2] }), "FDT073");
  });
  test("memory-region outside /reserved-memory", () => {
    check(board({ a: { phandle: [7] }, device: { iommus: [V3, 1], "memory-region": [7] } }), "FDT074");
    check(board({ ...region({ phandle: [7] }), device: { iommus: [V3, 1], "memory-region": [7] } }));
  });
  test("more address cells than possible", () => {
    const bus = { "#address-cells": [5], "#size-cells": [1], device: { reg: [1], iommus: [V3, 1] } };
    check(board({ bus }), "FDT076");
  });
});

describe("IOMMUs and the devices behind them", () => {
  test("families are told by compatible, registers as the CPU sees them", () => {
    const soc = { ...CELLS, ranges: [0, 0x5000_0000, 0x10_0000] };
    const inner = { ...CELLS, ranges: [0x100, 0x2000, 0x1000] };
    const table = read(
      tree({
        ...CELLS,
        soc: {
          ...soc,
          bus: {
            ...inner,
            "iommu@100": {
              compatible: "qcom,x-smmu-500\0arm,mmu-500",
              reg: [0x180, 0x40],
              "#iommu-cells": [2],
            },
          },
          "iommu@8": { compatible: "renesas,ipmmu-vmsa", reg: [8, 8], "#iommu-cells": [1] },
          "iommu@10": { compatible: "hisilicon,smmu-v3", reg: [16, 8], "#iommu-cells": [1] },
          "iommu@20": { compatible: "rockchip,iommu", reg: [32, 8, 64, 8], "#iommu-cells": [0] },
        },
      }),
    );
    expect(
      table.providers.map(({ path, family, cells, reg }) => [path, family, cells, reg[0]?.base]),
    ).toEqual([
      ["/soc/bus/iommu@100", "smmuv2", 2, 0x5000_2080n],
      ["/soc/iommu@8", "ipmmu", 1, 0x5000_0008n],
      ["/soc/iommu@10", "smmuv3", 1, 0x5000_0010n],
      ["/soc/iommu@20", null, 0, 0x5000_0020n],
    ]);
    expect(table.providers[3]!.reg).toHaveLength(2);
  });
  test("a device names ids at several IOMMUs, each with as many cells as that one asks for", () => {
    const table = read(board(device(IPMMU, 7, SMMU, 0x800, 2, V3, 9)));
    expect(table.consumers[0]!.streams.map(({ provider, id, mask }) => [provider.path, id, mask])).toEqual([
      ["/iommu@2000", 7, null],
      ["/iommu@1000", 0x800, 2],
      ["/iommu@3000", 9, null],
    ]);
  });
  test("an IOMMU without cells needs no id; the mask of the IOMMU counts where the device gives none", () => {
    const plain = { reg: [0x4000, 0x1000], "#iommu-cells": [0], phandle: [7] };
    const masked = {
      compatible: "arm,smmu-v2",
      reg: [0x5000, 0x1000],
      "#iommu-cells": [1],
      "stream-match-mask": [0x7c00],
      phandle: [8],
    };
    const bytes = board({ "iommu@4000": plain, "iommu@5000": masked, ...device(7, 8, 3) });
    expect(read(bytes).consumers[0]!.streams).toMatchObject([
      { id: null, mask: null },
      { id: 3, mask: 0x7c00 },
    ]);
    expect(inspectTable(bytes, "test").facts).toMatchObject({
      masters: [{ ids: [{ iommu: "/iommu@4000" }, { iommu: "/iommu@5000", id: "0x3", mask: "0x7c00" }] }],
    });
  });
  test("the legacy binding lists devices at the SMMU", () => {
    const smmu = {
      compatible: "arm,mmu-401",
      reg: [0x4000, 0x1000],
      "mmu-masters": [7, 0x10, 0x11, 8, 0x20],
    };
    const dma = { phandle: [7], "#stream-id-cells": [2], reg: [0x6000, 0x10] };
    const off = { phandle: [8], "#stream-id-cells": [1], status: "disabled" };
    const table = read(tree({ ...CELLS, "smmu@4000": smmu, "dma@6000": dma, off }));
    expect(table.consumers).toMatchObject([
      {
        path: "/dma@6000",
        binding: "mmu-masters",
        reg: [{ base: 0x6000n }],
        streams: [{ id: 0x10 }, { id: 0x11 }],
      },
    ]);
  });
  test("what is not in use is listed as such and nowhere else, with all that is below it", () => {
    const bytes = board({
      bus: { status: "disabled", device: { iommus: [V3, 1] } },
      off: { status: "fail", iommus: [V3, 2] },
      on: { status: "okay", iommus: [V3, 3] },
      old: { status: "ok", iommus: [V3, 4] },
    });
    const table = read(bytes);
    expect(table.disabled).toEqual(["/bus", "/off"]);
    expect(table.consumers.map(({ path }) => path)).toEqual(["/on", "/old"]);
  });
  test("properties of a device that later stages need", () => {
    const properties = {
      iommus: [V3, 1],
      "pasid-num-bits": [16],
      "dma-can-stall": null,
      "dma-coherent": null,
    };
    const bytes = board({ ...region({ phandle: [7] }), device: { ...properties, "memory-region": [7] } });
    expect(read(bytes).consumers).toMatchObject([
      { pasidBits: 16, dmaCanStall: true, dmaCoherent: true, memoryRegions: ["/reserved-memory/fb@9000"] },
    ]);
  });
  test("a device on a bus of numbered or PCI children has no address, without a finding", () => {
    const i2c = { "#address-cells": [1], "#size-cells": [0], chip: { reg: [0x50], iommus: [V3, 1] } };
    const pci = { "#address-cells": [3], "#size-cells": [2], fn: { reg: [0, 0, 0, 0, 0], iommus: [V3, 2] } };
    const bytes = board({ i2c, pci });
    check(bytes);
    expect(read(bytes).consumers.map(({ reg }) => reg)).toEqual([[], []]);
  });
});

describe("lookups", () => {
  test("iommu-map: mask first, then the range whose length is a count", () => {
    const map = { "iommu-map": [0, V3, 0, 0x1000, 0x1000, V3, 0x8000, 0x100], "iommu-map-mask": [0x1fff] };
    const [pcie] = read(board({ pcie: map })).maps;
    const stream = (rid: number) => resolveIommuMap(pcie!, rid)?.streamId ?? null;
    expect([0, 0xfff, 0x1000, 0x10ff, 0x1100].map(stream)).toEqual([0, 0xfff, 0x8000, 0x80ff, null]);
    expect(stream(0xe001)).toBe(1);
    expect(resolveIommuMap(pcie!, 0)!.provider.path).toBe("/iommu@3000");
  });
  test("iommu-map without a mask compares all 16 bits", () => {
    const [pcie] = read(board(host(0, V3, 0x100, 0x10))).maps;
    expect(resolveIommuMap(pcie!, 0xf)).toMatchObject({ streamId: 0x10f });
    expect(resolveIommuMap(pcie!, 0x10)).toBeNull();
    expect(resolveIommuMap(pcie!, 0x1000f)).toMatchObject({ streamId: 0x10f });
  });
  test("a specifier takes the ids that differ from it in masked bits only", () => {
    const [stream] = read(board(device(SMMU, 0x800, 2))).consumers[0]!.streams;
    expect([0x800, 0x802, 0x801, 0x900].map((id) => specifierTakes(stream!, id))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
  test("I/O addresses that reserved memory keeps for a device, 1:1 where the region is the same", () => {
    const table = read(fixture("fdt/board-a.dtb"));
    expect(takenAddresses(table).get("/soc/display@ae00000")).toMatchObject([
      { base: 0x9c000000n, identity: true },
    ]);
    expect(takenAddresses(table).get("/soc/dsp@3000000")).toMatchObject([
      { base: 0n, size: 0x10000n, identity: false },
      { base: 0x1_0000_0000n, size: 0x1000n, identity: false },
    ]);
    expect(takenAddresses(table).get("/soc")).toBeUndefined();
  });
});
