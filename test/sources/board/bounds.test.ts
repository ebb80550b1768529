import { describe, expect, test } from "vitest";
import { DMAR_PARTS_MAX } from "../../../sources/board/acpi/dmarReader.ts";
import { IORT_PARTS_MAX } from "../../../sources/board/acpi/iortReader.ts";
import { readBoard } from "../../../sources/board/board.ts";
import { surroundings } from "../../../sources/board/surroundings.ts";
import {
  dmar,
  drhd,
  entry,
  iort,
  ivhd,
  ivrs,
  mapping,
  node,
  rmrr,
  rootComplex,
  scope,
} from "./acpiBuilder.ts";
import { type NodeSource, tree } from "./fdtBuilder.ts";

const SECONDS_MAX = 10;

/** Reads a table and asks it for everything that a service would; the codes it gives, once each. */
function ask(bytes: Uint8Array): string[] {
  const started = process.cpuUsage().user;
  const { board, diagnostics } = readBoard([{ name: "hostile", bytes }]);
  surroundings(board!, []);
  expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(SECONDS_MAX);
  return [...new Set(diagnostics.map(({ code }) => code))];
}

describe("a table of more parts than any machine has is refused there, and costs little", () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => at);
  test("DMAR: regions of as many devices", () => {
    const regions = many(DMAR_PARTS_MAX + 9).map((at) =>
      rmrr(at * 4096, at * 4096 + 4095, [scope(1, at >> 8, [[(at >> 3) & 31, at & 7]])]),
    );
    expect(ask(dmar([drhd(0x1000, { flags: 1 }), ...regions]))).toContain("DMAR032");
  });
  test("DMAR: bridges, of which nobody knows what is behind", () => {
    const regions = many(1300).map((at) =>
      rmrr(at * 4096, at * 4096 + 4095, [scope(1, 0, [[at & 31, 0]]), scope(2, 0, [[at & 31, 1]])]),
    );
    expect(ask(dmar([drhd(0x1000, { flags: 1 }), ...regions]))).toEqual([]);
  });
  test("IVRS: device entries", () => {
    const entries = many(8000).map((at) => entry(2, at));
    const blocks = many(4).map((at) => ivhd(0x10, entries, { deviceId: at, base: 0x1000 * (at + 1) }));
    expect(ask(ivrs(blocks))).toContain("IVRS027");
  });
  test("IORT: id mappings", () => {
    const mappings = many(3000).map((at) => mapping(at * 16, 15, 0, 48));
    expect(ask(iort(many(IORT_PARTS_MAX / 3000 + 2).map(() => node(2, rootComplex(0), mappings))))).toContain(
      "IORT031",
    );
  });
});

describe("a device tree of many of everything costs little", () => {
  const cells = { "#address-cells": [1], "#size-cells": [1] };
  const smmu = (at: number) => ({
    compatible: "arm,mmu-500",
    reg: [at * 4096, 4096],
    "#iommu-cells": [1],
    phandle: [at + 1],
  });
  const nodes = (count: number, of: (at: number) => [string, NodeSource]) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => of(at)));
  test("IOMMUs", () => {
    expect(ask(tree({ ...cells, ...nodes(20_000, (at) => [`iommu@${at}`, smmu(at)]) }))).toEqual([]);
  });
  test("devices with memory of their own", () => {
    const devices = nodes(2500, (at) => [
      `d${at}`,
      { reg: [at * 16, 16], iommus: [1, at & 0x7fff], phandle: [at + 2] },
    ]);
    const regions = nodes(2500, (at) => [`r${at}`, { "iommu-addresses": [at + 2, at * 4096, 4096] }]);
    const memory = { "reserved-memory": { ...cells, ...regions } };
    expect(ask(tree({ ...cells, "iommu@0": smmu(0), ...devices, ...memory }))).toEqual([]);
  });
  test("PCI hosts with masks", () => {
    const iommus = nodes(300, (at) => [`iommu@${at}`, smmu(at)]);
    const hosts = nodes(300, (at) => [
      `pcie@${at}`,
      { "iommu-map": [0, at + 1, 0, 1], "iommu-map-mask": [0x5555] },
    ]);
    expect(ask(tree({ ...cells, ...iommus, ...hosts }))).toEqual([]);
  });
});
