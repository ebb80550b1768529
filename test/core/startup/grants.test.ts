import { describe, expect, test } from "vitest";
import { formatAccess } from "../../../events/vocabulary/access.ts";
import { formatRange, pageRange } from "../../../events/vocabulary/byteRange.ts";
import { type StartupStory, start, verdicts } from "../../support/startup.ts";

const FILES = [{ name: "smmu-vtd.so" }, { name: "smmu-rcar3.so" }];
const BOARD = {
  pci: [{ device: "pci:0000:00:01.0" }, { device: "pci:0000:00:02.0" }],
  units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true }],
  files: FILES,
};

/** `device pages access by`, one a grant. */
function grantsOf(story: StartupStory): string[] {
  return start(story)
    .all("StartupGranted")
    .map(({ device, firstPage, lastPage, access, by }) => {
      return `${device} ${formatRange(pageRange(firstPage, lastPage))} ${formatAccess(access)} ${by}`;
    });
}

function dma(device: string, address: string, access: "r" | "w") {
  return { kind: "dma", device, address, length: 4, access };
}

describe("ALW-1 to ALW-4: allow", () => {
  test("s is reading, t is writing, neither is both; lines of one name are one set", () => {
    const config = `
smmu vtd
allow a 0x1000,0x1000,s
allow a 0x3000,0x1000,t
allow a 0x5000,0x1000
device pci:0:1.0 a
`;
    expect(grantsOf({ config, board: BOARD })).toEqual([
      "pci:0000:00:01.0 0x1000-0x1fff r allow",
      "pci:0000:00:01.0 0x3000-0x3fff w allow",
      "pci:0000:00:01.0 0x5000-0x5fff rw allow",
    ]);
  });

  test("a device gets the sets that its lines name, and no other", () => {
    const config = `
smmu vtd
allow a 0x1000,0x1000
allow b 0x8000,0x1000
device pci:0:1.0 a
device pci:0:2.0 b
device pci:0:1.0 b
`;
    expect(grantsOf({ config, board: BOARD })).toEqual([
      "pci:0000:00:01.0 0x1000-0x1fff rw allow",
      "pci:0000:00:01.0 0x8000-0x8fff rw allow",
      "pci:0000:00:02.0 0x8000-0x8fff rw allow",
    ]);
  });

  test("G-26: two sets that touch one page give it the rights of both", () => {
    const config =
      "smmu vtd\nallow a 0x1000,16,s\nallow b 0x1800,16,t\ndevice pci:0:1.0 a\ndevice pci:0:1.0 b";
    const scenario = [dma("pci:0000:00:01.0", "0x1000", "r"), dma("pci:0000:00:01.0", "0x1000", "w")];
    expect(verdicts(start({ config, board: BOARD, scenario }))).toEqual([
      "permitted grant",
      "permitted grant",
    ]);
  });

  test("SM-7: no mappings at all is a good configuration, and grants nothing", () => {
    const scenario = [dma("pci:0000:00:01.0", "0x1000", "r")];
    const run = start({ config: "smmu vtd", board: BOARD, scenario });
    expect(run.phase).toBe("running");
    expect(verdicts(run)).toEqual(["denied no-object"]);
  });
});

describe("CM-12, G-26: rounding is told", () => {
  test("a range inside two pages opens both, and the log says so", () => {
    const config = "smmu vtd\nallow a 0x1800,0x1000\ndevice pci:0:1.0 a";
    const run = start({ config, board: BOARD });
    const [widened] = run.all("GrantWidened");
    expect(widened).toMatchObject({ firstPage: 1, lastPage: 2, requirement: "CM-12" });
    expect(run.said.join("\n")).toContain("0x1800-0x27ff becomes the whole pages 0x1000-0x2fff");
  });

  test("whole pages are not widened", () => {
    const config = "smmu vtd\nallow a 0x1000,0x2000\ndevice pci:0:1.0 a";
    expect(start({ config, board: BOARD }).all("GrantWidened")).toEqual([]);
  });

  test("RCR-5, G-37: R-Car cannot grant writing alone: the device reads as well, and the log says so", () => {
    const config =
      "smmu rcar3 0xe67b0000,228,18\nunit vi0 0xfebd0000,0\nallow a 0x1000,0x1000,t\ndevice mem:0xe6ef0000 a use vi0 0";
    const run = start({
      config,
      board: { files: FILES },
      scenario: [dma("mmio:0xe6ef0000", "0x1000", "r")],
    });
    expect(run.all("GrantWidened").map(({ requirement }) => requirement)).toEqual(["RCR-5"]);
    expect(verdicts(run)).toEqual(["permitted grant"]);
  });
});

describe("RSV-1, G-16: reserved regions", () => {
  const reserved = [{ start: "0x4000", length: "0x1000", devices: ["pci:0000:00:02.0"] }];

  test("of the board: for the devices named, configured or not, before translation is on", () => {
    const run = start({ config: "smmu vtd", board: { ...BOARD, reserved } });
    expect(grantsOf({ config: "smmu vtd", board: { ...BOARD, reserved } })).toEqual([
      "pci:0000:00:02.0 0x4000-0x4fff rw reserved",
    ]);
    const kinds = run.events.map(({ kind }) => kind);
    expect(kinds.indexOf("StartupGranted")).toBeLessThan(kinds.indexOf("UnitProgrammed"));
  });

  test("of the configuration: for the current device, read and write, and for no other", () => {
    const config = "smmu vtd\ndevice pci:0:1.0 reserved 0x8000,0x1000\ndevice pci:0:2.0";
    expect(grantsOf({ config, board: BOARD })).toEqual(["pci:0000:00:01.0 0x8000-0x8fff rw reserved"]);
  });

  test("of the configuration, in memory of the OS image: refused", () => {
    const asinfo = [{ name: "imagefs", start: "0x8000", length: "0x4000" }];
    const config = "smmu vtd\ndevice pci:0:1.0 reserved 0x9000,0x1000";
    const run = start({ config, board: { ...BOARD, asinfo } });
    expect(run.dss).toBe("configuration-error G-16");
    expect(run.all("DssEntered")[0]!.told).toMatchObject({ line: 2 });
  });

  test("in memory of the OS image, and the board reserves it too: accepted", () => {
    const asinfo = [{ name: "imagefs", start: "0x8000", length: "0x4000" }];
    const own = [{ start: "0x9000", length: "0x2000", devices: ["pci:0000:00:01.0"] }];
    const config = "smmu vtd\ndevice pci:0:1.0 reserved 0x9000,0x1000";
    expect(start({ config, board: { ...BOARD, asinfo, reserved: own } }).phase).toBe("running");
  });

  test("of a device that no unit is in front of: there is nothing to grant", () => {
    const units = [{ name: "dmar0", family: "vtd", base: "0xfed90000", devices: ["pci:0000:00:01.0"] }];
    expect(grantsOf({ config: "smmu vtd", board: { ...BOARD, units, reserved } })).toEqual([]);
  });
});
