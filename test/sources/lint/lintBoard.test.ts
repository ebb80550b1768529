import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { type Board, readBoard } from "../../../sources/board/board.ts";
import { EXAMPLE_BOARDS } from "../../../sources/board/exampleBoards.ts";
import { LINT_CODES } from "../../../sources/lint/codes.ts";
import { lintBoard } from "../../../sources/lint/lintBoard.ts";
import { acpiTable, le } from "../board/acpiBuilder.ts";
import { tree } from "../board/fdtBuilder.ts";
import { type Given, read } from "../config/reading.ts";

function boardOf(json: object, ...tables: string[]): Board {
  const read = (name: string) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url));
  return boardWith(json, ...tables.map(read));
}

function boardWith(json: object, ...tables: Uint8Array[]): Board {
  const bytes = new TextEncoder().encode(JSON.stringify({ format: "smmu-board", version: 1, ...json }));
  const inputs = tables.map((table, at) => ({ name: `table-${at}`, bytes: table }));
  const { board } = readBoard([{ name: "board.json", bytes }, ...inputs]);
  if (board === null) throw new Error("the test's own board is refused");
  return board;
}

function lint(text: string, board: Board, given: Given = {}): readonly Diagnostic[] {
  const asinfo = board.json.asinfo.map(({ name, start, length }) => {
    return { name, start: BigInt(start), length: BigInt(length) };
  });
  const { effective, options } = read(text, { asinfo, env: board.json.env, ...given });
  return lintBoard(effective, options, board).diagnostics;
}

const codes = (...args: Parameters<typeof lint>) => lint(...args).map(({ code }) => code);

const UNIT = { name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true };
const FILES = [{ name: "smmu-vtd.so" }, { name: "smmu-armsmmu.so" }];
const MCFG = acpiTable("MCFG", [...le(0, 8), ...le(0xe0000000, 8), ...le(0, 2), 0, 0x3f, ...le(0, 4)]);
const MADT = acpiTable("APIC", [
  ...le(0xfee00000, 4),
  ...le(1, 4),
  ...[0, 8, 0, 0, ...le(1, 4)],
  ...[1, 12, 2, 0, ...le(0xfec00000, 4), ...le(0, 4)],
]);
const granting = (range: string, more = "") => `smmu vtd\nallow a ${range}\ndevice pci:0:2.0 a ${more}\n`;

describe("a grant on what no device may reach", () => {
  const board = boardOf({
    units: [UNIT],
    files: FILES,
    memory: [
      { name: "ram", start: "0x0", length: "0x80000000" },
      { name: "pcie-config", start: "0xe0000000", length: "0x1000000" },
      { name: "gic_its", start: "0xf0000000", length: "0x1000" },
    ],
    asinfo: [{ name: "startup", start: "0x100000", length: "0x1000" }],
  });

  test.each([
    ["the image, by its name", "0x100000,4K", ["LNT101"]],
    ["its last byte", "0x100fff,1", ["LNT101"]],
    ["the page before it", "0xff000,4K", []],
    ["the page behind it", "0x101000,4K", []],
    ["configuration space", "0xe0fff000,4K", ["LNT102"]],
    ["a unit", "0xfed90000,4K", ["LNT103", "LNT106"]],
    ["an interrupt controller", "0xf0000000,4K", ["LNT104"]],
  ])("%s", (_, range, expected) => {
    expect(
      codes(granting(`${range},st`), board).filter((code) => code !== "LNT106" || expected.includes(code)),
    ).toEqual(expected.filter((code) => code !== "LNT106"));
  });

  test("is an error where it can be written, a warning where it can be read", () => {
    expect(lint(granting("0x100000,4K,s"), board)[0]!.severity).toBe("warning");
    expect(lint(granting("0x100000,4K,t"), board)[0]!.severity).toBe("error");
  });

  test("is none where no device uses it", () => {
    expect(codes("smmu vtd\nallow a 0x100000,4K\n", board)).toEqual([]);
  });

  test("a reserved region of the configuration is a grant, too", () => {
    expect(codes("smmu vtd\ndevice pci:0:2.0 reserved 0x100000,4K", board)).toContain("LNT101");
  });
});

describe("firmware", () => {
  test("an RMRR of the DMAR table must be covered by its device's grants, and may be in parts", () => {
    const board = boardOf({ files: FILES }, "acpi/dmar-188eb681251a.bin");
    expect(codes(granting("0x70000000,4K"), board)).toContain("LNT111");
    expect(codes(granting("0x70000000,4K", "reserved 0x7c000000,0x4800000"), board)).not.toContain("LNT111");
    const parts = "smmu vtd\nallow a 0x7c000000,0x2000000\nallow a 0x7e000000,0x2800000\ndevice pci:0:2.0 a";
    expect(codes(parts, board)).not.toContain("LNT111");
    expect(codes(granting("0x7c000000,0x4800000,s"), board)).toContain("LNT111");
  });

  test("what another device of the configuration may write of it is told", () => {
    const board = boardOf({ files: FILES }, "acpi/dmar-188eb681251a.bin");
    expect(codes("smmu vtd\nallow a 0x7c000000,4K\ndevice pci:0:7.0 a", board)).toContain("LNT114");
    expect(codes("smmu vtd\nallow a 0x7c000000,4K,s\ndevice pci:0:7.0 a", board)).not.toContain("LNT114");
  });

  test("a device tree says where units and reserved memory are", () => {
    const board = boardOf({ files: FILES }, "fdt/board-a.dtb");
    const config =
      "smmu armsmmu\nunit mmu 0x15000000,64,66,0\nallow a 0x15000000,64K\ndevice mem:0xae00000 a use mmu 2048\n";
    expect(codes(config.replace("0x15000000,64K", "0x15010000,64K"), board)).toContain("LNT103");
    expect(codes(config, board)).toContain("LNT111");
  });

  test("a reserved region is the host's matter: a guest is told nothing of it (RSV-5)", () => {
    const board = boardOf(
      { files: FILES, vdev: { hostService: true, attached: true } },
      "acpi/dmar-188eb681251a.bin",
    );
    expect(codes(granting("0x70000000,4K"), board, { placement: "guest" })).not.toContain("LNT111");
  });
});

describe("the tables of a machine that say nothing of IOMMUs", () => {
  const board = boardWith({ units: [UNIT], files: FILES }, MCFG, MADT);
  test.each([
    ["the first bus of configuration space", "0xe0000000,4K", ["LNT102"]],
    ["its last page", "0xe3fff000,4K", ["LNT102"]],
    ["the page behind it", "0xe4000000,4K", []],
    ["an I/O APIC", "0xfec00000,4K", ["LNT104"]],
    ["the page before it", "0xfebff000,4K", []],
    ["the local APIC, which lies in the interrupt range besides", "0xfee00000,4K", ["LNT104", "LNT115"]],
  ])("%s", (_, range, expected) => {
    expect(codes(granting(`${range},st`), board).sort()).toEqual(expected);
  });

  test("what they say is no longer skipped", () => {
    const skipped = (given: Board) => {
      const { effective, options } = read("smmu vtd\n");
      return lintBoard(effective, options, given).skipped.map(({ check }) => check);
    };
    const without = skipped(boardOf({ units: [UNIT], files: FILES }));
    expect(without).toContain("grants on PCI configuration space");
    expect(without).toContain("grants on interrupt controllers");
    expect(skipped(board)).not.toContain("grants on PCI configuration space");
    expect(skipped(board)).not.toContain("grants on interrupt controllers");
  });
});

describe("a device tree tells what no device may reach", () => {
  const cells = { "#address-cells": [1], "#size-cells": [1] };
  const board = boardWith(
    { files: FILES },
    tree({
      ...cells,
      "memory@80000000": { device_type: "memory", reg: [0x80000000, 0x10000000] },
      "iommu@1000": { compatible: "arm,mmu-500", reg: [0x1000, 0x1000], "#iommu-cells": [1], phandle: [1] },
      "dma@3000": { reg: [0x3000, 0x1000], iommus: [1, 5], phandle: [2], "memory-region": [3] },
      "pcie@5000": {
        device_type: "pci",
        reg: [0x5000, 0x1000, 0x40000000, 0x1000],
        "reg-names": Uint8Array.from(Buffer.from("dbi\0config\0")),
      },
      "reserved-memory": {
        ...cells,
        ranges: null,
        "tee@84000000": { reg: [0x84000000, 0x100000], "no-map": null },
        "dma@85000000": { reg: [0x85000000, 0x100000], "no-map": null, phandle: [3] },
        "cma@86000000": { reg: [0x86000000, 0x100000], reusable: null },
      },
    }),
  );
  test.each([
    ["a secure world's memory", "0x840ff000,4K", ["LNT116"]],
    ["the page behind it", "0x84100000,4K", []],
    ["a device's own memory", "0x85000000,4K", []],
    ["memory that may be used again", "0x86000000,4K", []],
    ["configuration space that a host names", "0x40000000,4K", ["LNT102"]],
    ["its other registers, which are no memory either", "0x5000,4K", ["LNT106"]],
  ])("%s", (_, range, expected) => {
    const text = `smmu armsmmu\nunit u 0x1000,64,66,0\nallow a ${range}\ndevice mem:0x3000 a use u 5\n`;
    expect(codes(text, board)).toEqual(expected);
  });
});

describe("hints hold a corrected line", () => {
  const hintOf = (code: string, ...args: Parameters<typeof lint>) =>
    lint(...args).find((each) => each.code === code)?.hint;
  const board = boardOf({
    units: [UNIT],
    files: FILES,
    asinfo: [{ name: "imagefs", start: "0x100000", length: "0x100000" }],
    pci: [{ device: "pci:0000:00:12.0", note: "sdhci" }],
    reserved: [{ start: "0x7b000000", length: "0x1800", devices: ["pci:0000:00:12.0"] }],
  });

  test.each([
    ["LNT101", granting("0xff000,0x2000"), "allow a 0xff000,0x1000,st"],
    ["LNT101", granting("0x1ff000,0x2000"), "allow a 0x200000,0x1000,st"],
    [
      "LNT111",
      "smmu vtd\nallow a 0x7000000,4K\ndevice pci:0:18.0 a",
      "device pci:0:18.0 reserved 0x7b000000,0x2000",
    ],
    ["LNT202", "smmu vtd\nallow a 0x7000000,4K\ndevice pci:0:12.0 a", "is device pci:0:18.0"],
    ["LNT301", "smmu vtd\nunit dmar0 0xfed80000", "unit dmar0 0xfed90000"],
  ])("%s", (code, text, line) => {
    expect(hintOf(code, text, board)).toContain(line);
  });

  test("a line of the hint, written instead, takes the finding away", () => {
    const text = "smmu vtd\nallow a 0xff000,0x2000\ndevice pci:0:18.0 a reserved 0x7b000000,0x2000\n";
    const fixed = text.replace(
      "allow a 0xff000,0x2000",
      /allow a \S+/.exec(hintOf("LNT101", text, board)!)![0],
    );
    expect(codes(fixed, board)).not.toContain("LNT101");
  });
});

describe("hostile boards and configurations", () => {
  const hex = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => `0x${value.toString(16)}`);
  const near = fc.constantFrom("0x0", "0x1000", "0xfed90000", "0x7b000000", "0xfffffffffffff000");
  const start = fc.oneof(near, hex);
  const length = fc.constantFrom("0x1", "0x1000", "0x1800", "0x100000");
  const device = fc.constantFrom("pci:0000:00:02.0", "pci:0000:00:12.0", "mmio:0xfe000000", "stream:0x5");
  const name = fc.constantFrom("ram", "imagefs", "ecam", "ioapic", "smbs0", "x");
  const unit = fc.record(
    {
      name: fc.constantFrom("dmar0", "u0"),
      family: fc.constantFrom("vtd", "smmuv2", "smmuv3", "ipmmu", "amdvi", "ideal"),
      base: start,
      addressWidth: fc.integer({ min: 12, max: 64 }),
      includeAll: fc.boolean(),
      devices: fc.array(device, { maxLength: 2 }),
    },
    { requiredKeys: ["name", "family"] },
  );
  const region = fc
    .record({ start, length, devices: fc.array(device, { maxLength: 2 }) })
    .filter(({ start: at, length: bytes }) => BigInt(at) + BigInt(bytes) <= 1n << 64n);
  const json = fc.record(
    {
      asinfo: fc.array(fc.record({ name, start, length }), { maxLength: 4 }),
      memory: fc.array(fc.record({ name, start: near, length: fc.constant("0x1000") }), { maxLength: 4 }),
      pci: fc.array(fc.record({ device: fc.constant("pci:0000:00:12.0") }), { maxLength: 1 }),
      mmio: fc.array(fc.record({ device: fc.constant("mmio:0xfe000000"), length }), { maxLength: 1 }),
      units: fc.array(unit, { maxLength: 1 }),
      reserved: fc.array(region, { maxLength: 3 }),
      files: fc.constant(FILES),
      services: fc.array(fc.constantFrom("smmuman", "pps"), { maxLength: 1 }),
    },
    { requiredKeys: [] },
  );
  const line = fc.constantFrom(
    "smmu vtd",
    "smmu vtd ignore",
    "smmu armsmmu",
    "smmu rcar3 0xe67b0000,228,18,0x4f.0x20",
    "smmu other",
    "unit dmar0 0xfed90000",
    "unit u0 0x51400000,64,66,0,5,imx8",
    "allow a 0x0,1G",
    "allow a $asinfo_start{smbs0},4K",
    "allow b 0xfffffffffffff000,0x1000,t",
    "device pci:0:2.0 a",
    "device pci:0:18.0 a reserved 0x7b000000,0x1000",
    "device mem:0xfe000000 b use u0 5",
    "device pci:0:18.0 b use dmar0",
    "safety required",
    "nonsense",
  );

  test("nothing throws, and each finding has a code, a hint, and a message that can be shown", () => {
    const services = fc.constantFrom("smmuman" as const, "smmuman-safety" as const);
    const placements = fc.constantFrom("hardware" as const, "guest" as const);
    fc.assert(
      fc.property(
        json,
        fc.array(line, { maxLength: 8 }),
        services,
        placements,
        (data, lines, service, placement) => {
          for (const { code, hint, message } of lint(lines.join("\n"), boardOf(data), {
            service,
            placement,
          })) {
            expect(Object.keys(LINT_CODES)).toContain(code);
            expect(hint).toBeTruthy();
            expect(message.length).toBeLessThan(2000);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test("no firmware table of the samples is too much", () => {
    for (const folder of ["acpi", "fdt"]) {
      const names = readdirSync(new URL(`../../../fixtures/${folder}/`, import.meta.url)).filter((each) =>
        /\.(bin|dtb)$/.test(each),
      );
      for (const each of names)
        expect(() => lint(granting("0x0,4G"), boardOf({}, `${folder}/${each}`))).not.toThrow();
    }
  });

  test("a board of many overlapping entries is looked through in bounded time, and says what was left out", {
    timeout: 30_000,
  }, () => {
    const memory = Array.from({ length: 20_000 }, (_, at) => ({
      name: "ioapic",
      start: `0x${at.toString(16)}000`,
      length: "0x10000000",
    }));
    const text = `smmu vtd\n${Array.from({ length: 2000 }, (_, at) => `allow a 0x${(at + 4000).toString(16)}000,4K`).join("\n")}\ndevice pci:0:2.0 a`;
    expect(codes(text, boardOf({ memory, units: [UNIT], files: FILES }))).toContain("LNT002");
  });
});

test("the built-in boards are told apart from what is no mistake on them", () => {
  for (const name of EXAMPLE_BOARDS.keys()) {
    const { board } = readBoard([{ name: `example:${name}`, bytes: new Uint8Array() }]);
    const smmu = name.startsWith("x86")
      ? "smmu vtd"
      : name.startsWith("imx8")
        ? "smmu armsmmu"
        : "smmu rcar3 0xe67b0000,228,18";
    const errors = lint(name === "guest" ? "safety none" : smmu, board!, {
      placement: name === "guest" ? "guest" : "hardware",
    });
    expect(errors.filter(({ severity }) => severity === "error")).toEqual([]);
  }
});
