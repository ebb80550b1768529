import { describe, expect, test } from "vitest";
import { type StartupStory, start, verdicts } from "../../support/startup.ts";

const BOARD = {
  pci: [{ device: "pci:0000:00:01.0" }, { device: "pci:0000:00:02.0" }, { device: "pci:0000:00:03.0" }],
  units: [
    {
      name: "dmar0",
      family: "vtd",
      base: "0xfed90000",
      devices: ["pci:0000:00:01.0", "pci:0000:00:02.0"],
    },
  ],
  files: [{ name: "smmu-vtd.so" }],
};
const CONFIG = "smmu vtd\nallow a 0x1000,0x1000\ndevice pci:0:1.0 a";

function dma(device: string, address = "0x1000") {
  return { kind: "dma", device: `pci:0000:00:0${device}`, address, length: 4, access: "r" };
}

describe("PUR-5: the unprotected window", () => {
  test("opens when a device is known, and closes when its unit is enabled", () => {
    const run = start({ config: CONFIG, board: BOARD });
    const enabled = run.events.findIndex((event) => event.kind === "answer" && event.answer.to === "enable");
    const windows = ["pci:0000:00:01.0", "pci:0000:00:02.0", "pci:0000:00:03.0"].map(
      (device) => run.state.devices.get(device as never)!.window,
    );
    expect(windows).toEqual([
      { openedAt: 0, closedAt: enabled },
      { openedAt: 2, closedAt: enabled },
      { openedAt: 4, closedAt: null },
    ]);
    expect(run.all("DeviceConfined").map(({ device, since }) => `${device} ${since}`)).toEqual([
      "pci:0000:00:01.0 0",
      "pci:0000:00:02.0 2",
    ]);
  });

  test("while it is open, nothing restricts the device", () => {
    const scenario = [dma("1.0", "0x9000"), { kind: "service.start" }, dma("1.0", "0x9000")];
    expect(verdicts(start({ config: CONFIG, board: BOARD, scenario }))).toEqual([
      "permitted undescribed",
      "denied unmapped",
    ]);
  });
});

describe("who is denied and who is not, once translation is on", () => {
  test("G-33: a device that nobody mentioned, behind a unit: denied", () => {
    expect(verdicts(start({ config: CONFIG, board: BOARD, scenario: [dma("2.0")] }))).toEqual([
      "denied no-object",
    ]);
  });

  test("a device that no unit is in front of: unrestricted, and the start-up says so", () => {
    const run = start({ config: CONFIG, board: BOARD, scenario: [dma("3.0")] });
    expect(verdicts(run)).toEqual(["permitted no-unit"]);
    expect(run.said.join("\n")).toContain("no unit controls pci:0000:00:03.0: nothing restricts its DMA");
  });

  test("a device that the board does not know: denied where a unit covers it, else unrestricted", () => {
    const all = { ...BOARD, units: [{ ...BOARD.units[0]!, includeAll: true }] };
    expect(verdicts(start({ config: CONFIG, board: all, scenario: [dma("7.0")] }))).toEqual([
      "denied no-object",
    ]);
    expect(verdicts(start({ config: CONFIG, board: BOARD, scenario: [dma("7.0")] }))).toEqual([
      "permitted no-unit",
    ]);
  });

  test("where nobody says whom a unit covers, doubt denies (G-33)", () => {
    const units = [{ name: "dmar0", family: "vtd", base: "0xfed90000" }];
    const run = start({ config: CONFIG, board: { ...BOARD, units }, scenario: [dma("3.0"), dma("7.0")] });
    expect(verdicts(run)).toEqual(["denied no-object", "denied no-object"]);
  });
});

describe("G-34: all tables first, then every unit, then translation", () => {
  const config = `${CONFIG}\nallow b 0x8000,0x1000\ndevice pci:0:2.0 b`;
  const units = [
    ...BOARD.units,
    { name: "dmar1", family: "vtd", base: "0xfed91000", devices: ["pci:0000:00:03.0"] },
  ];

  test("no unit is enabled before the last is programmed, nor programmed before the last table is built", () => {
    const { steps } = start({ config, board: { ...BOARD, units } });
    const words = steps.map(({ ask }) => ask).filter((ask) => ["memory", "program", "enable"].includes(ask));
    expect(words).toEqual(["memory", "memory", "memory", "memory", "program", "program", "enable", "enable"]);
  });

  test("G-3, G-4: ready only then; the identity changes after initialization and before clients are served", () => {
    const run = start({ config: `${config}\nuser 100:100`, board: { ...BOARD, units } });
    const kinds = run.events.map(({ kind }) => kind);
    expect(kinds.lastIndexOf("UnitEnabled")).toBeLessThan(kinds.indexOf("UserChanged"));
    expect(kinds.indexOf("UserChanged")).toBeLessThan(kinds.indexOf("ServiceReady"));
    expect(run.all("UserChanged")).toEqual([{ kind: "UserChanged", user: "100:100" }]);
  });

  test("PRV-1: the abilities exist before anybody is served", () => {
    const run = start({ config, board: BOARD });
    expect(run.all("AbilitiesCreated")[0]!.abilities).toEqual(["smmu/attach", "smmu/target"]);
  });
});

describe("FG-1, FG-2, G-3: when the launching command returns", () => {
  const ready = (story: StartupStory) => start(story).all("ServiceReady")[0];

  test("in the background, the default: with 0, once the service is ready", () => {
    expect(ready({ config: CONFIG, board: BOARD })).toMatchObject({ foreground: false, exitStatus: 0 });
  });

  test("in the foreground it stays", () => {
    expect(ready({ config: `foreground\n${CONFIG}`, board: BOARD })).toMatchObject({
      foreground: true,
      exitStatus: null,
    });
  });

  test("on any failure with another status, in both modes", () => {
    for (const mode of ["", "foreground\n"]) {
      const run = start({ config: `${mode}smmu vtd`, board: {} });
      expect(run.all("ServiceReady")).toEqual([]);
      expect(run.all("DssEntered")[0]!.exitStatus).toBe(1);
    }
  });
});

describe("OUT-1, DBG-1: what the service says, and where", () => {
  test("while it starts: stderr and slog2; afterwards slog2 alone", () => {
    const scenario = [{ kind: "fail", what: "signal", name: "SIGTERM" }];
    const { said } = start({ config: `debug 1\n${CONFIG}`, board: BOARD, scenario });
    expect(said.at(-1)).toMatch(/^error slog2: the service was stopped by SIGTERM/);
    expect(said.slice(0, -1).every((line) => line.includes(" stderr+slog2: "))).toBe(true);
  });

  test("debugging output only where it is asked for, and more of it at 2", () => {
    const debugging = (level: string) =>
      start({ config: `${level}\n${CONFIG}`, board: BOARD }).said.filter((line) => line.startsWith("debug"))
        .length;
    expect(debugging("")).toBe(0);
    expect(debugging("debug 1")).toBeGreaterThan(0);
    expect(debugging("debug 2")).toBeGreaterThan(debugging("debug 1"));
  });
});

describe("LANG-8: options that are repeated", () => {
  test("each option read is an event with its place; a replaced one says by which", () => {
    const run = start({ config: "debug 1\nsmmu vtd\ndebug 2", board: BOARD });
    expect(run.all("ConfigOptionRead").map(({ index, option }) => `${index} ${option}`)).toEqual([
      "1 smmu",
      "2 debug",
    ]);
    expect(run.all("ConfigOptionReplaced")).toEqual([
      { kind: "ConfigOptionReplaced", index: 0, option: "debug", by: 2, requirement: "LANG-8" },
    ]);
    expect(run.state.service!.config!.debug).toBe(2);
  });
});

describe("G-7: a configuration that is refused", () => {
  test("tells every mistake with its file and position, and enables nothing", () => {
    const run = start({ config: "smmu vtd\nalow a 1,2\ndevice pci:0:99.0 b", board: BOARD });
    expect(run.dss).toBe("configuration-error G-7");
    expect(run.all("ConfigRefused").map(({ place }) => `${place.file}:${place.line}`)).toEqual([
      "a.smmu:2",
      "a.smmu:3",
    ]);
    expect(run.all("DssEntered")[0]!.told).toMatchObject({ file: "a.smmu", line: 2, column: 1 });
    expect(run.all("TranslationSwitched")).toEqual([]);
    expect(run.all("StartupGranted")).toEqual([]);
  });
});
