import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { start, verdicts } from "../../support/startup.ts";

const LIB = [
  { name: "smmu-vtd.so" },
  { name: "smmu-armsmmu.so" },
  { name: "smmu-rcar3.so" },
  { name: "smmu-cfg-imx8.so" },
];
const DMAR0 = {
  name: "dmar0",
  family: "vtd",
  base: "0xfed90000",
  addressWidth: 39,
  devices: ["pci:0000:00:02.0"],
};
const DMAR1 = { name: "dmar1", family: "vtd", base: "0xfed91000", includeAll: true };
const VTD = { units: [DMAR0, DMAR1], files: LIB };

/** `unit name from [instead of board's]`, one a unit. */
function unitsOf(story: Parameters<typeof start>[0]): string[] {
  return start(story)
    .all("UnitResolved")
    .map(({ unit, from, overrides }) => `${unit} ${from}${overrides === null ? "" : ` for ${overrides}`}`);
}

/** `device unit by`, one a device. */
function devicesOf(story: Parameters<typeof start>[0]): string[] {
  return start(story)
    .all("DeviceResolved")
    .map(({ device, unit, by }) => `${device} ${unit} ${by}`);
}

describe("X86-1, X86-6: what the configuration makes of ACPI tables", () => {
  test("require, and no VT-d unit on the board: DSS", () => {
    const config = "smmu vtd require";
    expect(start({ config, board: { files: LIB } }).dss).toBe("board-error X86-6");
    const other = { units: [{ ...DMAR1, family: "amdvi" }], files: LIB };
    expect(start({ config, board: other }).dss).toBe("board-error X86-6");
  });

  test("require: a unit of the configuration does not make up for it", () => {
    const config = "smmu vtd require\nunit vt0 0xfed90000";
    expect(start({ config, board: { files: LIB } }).dss).toBe("board-error X86-6");
  });

  test("ignore, and no unit given by hand: DSS", () => {
    expect(start({ config: "smmu vtd ignore", board: VTD }).dss).toBe("configuration-error X86-6");
  });

  test("ignore: only the units given by hand, and it is told", () => {
    const config = "smmu vtd ignore\nunit vt0 0xfed90000";
    expect(unitsOf({ config, board: VTD })).toEqual(["vt0 configuration"]);
    const relaxed = start({ config, board: VTD }).all("ProtectionRelaxed");
    expect(relaxed.map(({ what, requirement }) => `${what} ${requirement}`)).toEqual(["acpi-ignored G-10"]);
  });

  test("ignore: what ACPI reserves is ignored with it: access is not widened by a table nobody trusts", () => {
    const reserved = [{ start: "0x1000", length: "0x1000", devices: ["pci:0000:00:01.0"] }];
    const config = "smmu vtd ignore\nunit vt0 0xfed90000\ndevice pci:0:1.0 use vt0";
    const run = start({ config, board: { ...VTD, reserved } });
    expect(run.all("StartupGranted")).toEqual([]);
    expect(run.said.join("\n")).toContain("1 reserved region with it");
  });

  test("neither: used if present; and with nothing at all there is no unit (G-1)", () => {
    expect(unitsOf({ config: "smmu vtd", board: VTD })).toEqual(["dmar0 board", "dmar1 board"]);
    expect(start({ config: "smmu vtd", board: { files: LIB } }).dss).toBe("board-error G-1");
    expect(unitsOf({ config: "smmu vtd\nunit vt0 0xfed90000", board: { files: LIB } })).toEqual([
      "vt0 configuration",
    ]);
  });

  test("a damaged table: DSS, unless the configuration ignores ACPI", () => {
    const bytes = new Uint8Array(readFileSync("fixtures/acpi/dmar-synthetic-a.bin"));
    // The length of its first structure, 0: nothing behind it can be read.
    bytes[50] = 0;
    const damaged = [{ name: "dmar.bin", bytes }];
    const config = "smmu vtd require";
    expect(start({ config, board: VTD, tables: damaged }).dss).toBe("board-error X86-6");
    expect(start({ config: "smmu vtd", board: VTD, tables: damaged }).dss).toBe("board-error DSS-1");
    const byHand = { config: "smmu vtd ignore\nunit vt0 0xfed90000", board: VTD, tables: damaged };
    expect(start(byHand).phase).toBe("running");
  });
});

describe("LANG-9, G-10: the configuration overrides the board item by item", () => {
  test("a unit at the same address takes its place; the others stay", () => {
    const config = "smmu vtd\nunit graphics 0xfed90000";
    expect(unitsOf({ config, board: VTD })).toEqual(["graphics configuration for dmar0", "dmar1 board"]);
  });

  test("what the board says of its devices goes over to it", () => {
    const config = "smmu vtd\nunit graphics 0xfed90000\ndevice pci:0:2.0";
    expect(devicesOf({ config, board: VTD })).toEqual(["pci:0000:00:02.0 graphics board"]);
  });

  test("a unit of the same name at another address takes its place: broken firmware data is replaced", () => {
    const config = "smmu vtd\nunit dmar0 0xfed80000";
    expect(unitsOf({ config, board: VTD })).toEqual(["dmar0 configuration for dmar0", "dmar1 board"]);
    const run = start({ config, board: VTD });
    expect(run.all("UnitAdded").map(({ unit, base }) => `${unit} ${base?.page.toString(16)}`)).toEqual([
      "dmar0 fed80",
      "dmar1 fed91",
    ]);
  });

  test("a reserved region of the board stays, whatever the configuration reserves", () => {
    const reserved = [{ start: "0x4000", length: "0x1000", devices: ["pci:0000:00:02.0"] }];
    const config = "smmu vtd\ndevice pci:0:2.0 reserved 0x8000,0x1000";
    const grants = start({ config, board: { ...VTD, reserved } }).all("StartupGranted");
    expect(grants.map(({ firstPage, by, name }) => `${firstPage} ${by} ${name}`)).toEqual([
      "4 reserved board file",
      "8 reserved configuration",
    ]);
  });
});

describe("G-1: each configured device resolves to a unit", () => {
  test("by its use, by the board, by what a unit covers", () => {
    const config = `
smmu vtd
unit vt0 0xfed92000
device pci:0:3.0 use vt0
device pci:0:2.0
device pci:7:0.0
`;
    expect(devicesOf({ config, board: VTD })).toEqual([
      "pci:0000:00:03.0 vt0 use",
      "pci:0000:00:02.0 dmar0 board",
      "pci:0000:07:00.0 dmar1 covers",
    ]);
  });

  test("the only unit, where nobody says whom it covers: on VT-d there is no doubt", () => {
    const config = "smmu vtd ignore\nunit vt0 0xfed90000\ndevice pci:0:1.0";
    expect(devicesOf({ config, board: VTD })[0]).toBe("pci:0000:00:01.0 vt0 only-unit");
  });

  test("two units and no way to tell: DSS", () => {
    const config = "smmu vtd ignore\nunit a 0xfed90000\nunit b 0xfed91000\ndevice pci:0:1.0";
    const run = start({ config, board: VTD });
    expect(run.dss).toBe("configuration-error G-1");
    expect(run.all("DssEntered")[0]!.told).toMatchObject({ file: "a.smmu", line: 4 });
  });

  test("a device that the board says no unit covers: DSS", () => {
    const board = { units: [DMAR0], files: LIB };
    const run = start({ config: "smmu vtd\ndevice pci:0:9.0", board });
    expect(run.dss).toBe("configuration-error G-1");
    expect(run.said.at(-1)).toContain("the board says that none is in front of it");
  });

  test("ARM-5: without a StreamID the configuration library knows it; without a library nobody does", () => {
    const files = LIB;
    const bare = "smmu armsmmu\nunit mmu500 0x51400000,64,66,0\ndevice mem:0x5b010000";
    expect(start({ config: bare, board: { files } }).dss).toBe("configuration-error G-1");
    const withLibrary = "smmu armsmmu\nunit mmu500 0x51400000,64,66,0,,imx8\ndevice mem:0x5b010000";
    expect(devicesOf({ config: withLibrary, board: { files } })).toEqual(["mmio:0x5b010000 mmu500 library"]);
  });
});

describe("ARM-6, G-19: bypass", () => {
  const config = (bypass: number) => `
smmu armsmmu
unit mmu500 0x51400000,64,66,${bypass}
allow a 0x1000,0x1000
device mem:0x5b010000 a use mmu500 7
device mem:0x5b020000 use mmu500 8
`;
  const dma = (device: string) => ({ kind: "dma", device, address: "0x9000", length: 4, access: "r" });
  const scenario = [dma("mmio:0x5b010000"), dma("mmio:0x5b020000"), dma("mmio:0x5b030000")];

  test("0: a stream that is not identified is stopped", () => {
    expect(verdicts(start({ config: config(0), board: { files: LIB }, scenario }))).toEqual([
      "denied unmapped",
      "denied no-object",
      "denied no-object",
    ]);
  });

  test("1: it reaches all memory; what is configured does not", () => {
    const run = start({ config: config(1), board: { files: LIB }, scenario });
    expect(verdicts(run)).toEqual(["denied unmapped", "denied no-object", "permitted bypass"]);
    expect(run.all("ProtectionRelaxed").map(({ what, requirement }) => `${what} ${requirement}`)).toEqual([
      "bypass G-19",
    ]);
    expect(run.said.some((line) => line.startsWith("warning"))).toBe(true);
  });

  test("1 under smmuman-safety: refused", () => {
    const run = start({ config: config(1), service: "smmuman-safety", board: { files: LIB } });
    expect(run.dss).toBe("configuration-error G-7");
    expect(run.said.join("\n")).toContain("CFG413");
  });
});

describe("ARM-7: a StreamID that is reserved for the system", () => {
  test("named in the configuration: refused as the configuration is read", () => {
    const config = "smmu armsmmu\nunit u 0x51400000,64,66,0,4:5\ndevice mem:0x5b010000 use u 4";
    const run = start({ config, board: { files: LIB } });
    expect(run.dss).toBe("configuration-error G-7");
    expect(run.said.join("\n")).toContain("CFG411");
  });
});

describe("RCR-6, G-22: the chips that a configuration is limited to", () => {
  const config = (socs: string) => `smmu rcar3 0xe67b0000,228,18${socs}\nunit vi0 0xfebd0000,0`;
  const board = (soc: object | null) => ({ files: LIB, soc });

  test("this chip is among them: matched, and recorded", () => {
    const run = start({
      config: config(",0x4e.0x10,0x4f.0x20"),
      board: board({ id: "0x4f", revision: "0x20" }),
    });
    expect(run.phase).toBe("running");
    expect(run.all("SocMatched").map(({ soc }) => soc)).toEqual([{ id: "0x4f", revision: "0x20" }]);
  });

  test.each([
    ["another revision", { id: "0x4f", revision: "0x11" }],
    ["another chip", { id: "0x52", revision: "0x20" }],
    ["a chip that nobody names", null],
  ])("%s: DSS", (_, soc) => {
    expect(start({ config: config(",0x4f.0x20"), board: board(soc) }).dss).toBe("board-error G-22");
  });

  test("no list: it goes on, and tells that no check was made", () => {
    const run = start({ config: config(""), board: board({ id: "0x4f", revision: "0x20" }) });
    expect(run.phase).toBe("running");
    expect(run.steps.some(({ ask }) => ask === "soc")).toBe(false);
    expect(run.all("ProtectionRelaxed").map(({ what, requirement }) => `${what} ${requirement}`)).toEqual([
      "soc-unchecked G-22",
    ]);
  });
});

describe("G-14, G-23: devices that a unit cannot tell apart", () => {
  const config = (second: string) => `
smmu rcar3 0xe67b0000,228,18
unit vi0 0xfebd0000,0
allow a 0x1000,0x1000
allow b 0x8000,0x1000
device mem:0xe6ef0000 a use vi0 0
device mem:0xe6ef1000 ${second} use vi0 0
`;

  test("the same micro-TLB and the same grants: accepted", () => {
    expect(start({ config: config("a"), board: { files: LIB } }).phase).toBe("running");
  });

  test("the same micro-TLB and other grants: refused", () => {
    const run = start({ config: config("b"), board: { files: LIB } });
    expect(run.dss).toBe("configuration-error G-7");
    expect(run.said.join("\n")).toContain("CFG410");
  });

  test("one device, several uses: all of them are its identifiers", () => {
    const several = `
smmu rcar3 0xe67b0000,228,18
unit vi0 0xfebd0000,0
device mem:0xe6ef0000 use vi0 0 use vi0 1
`;
    expect(start({ config: several, board: { files: LIB } }).all("DeviceResolved")[0]!.identifiers).toEqual([
      "vi0 0",
      "vi0 1",
    ]);
  });
});
