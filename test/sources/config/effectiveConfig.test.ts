import { describe, expect, test } from "vitest";
import { toConfigJson } from "../../../sources/config/configJson.ts";
import { effectiveConfig } from "../../../sources/config/effectiveConfig.ts";
import { readOptions } from "../../../sources/config/readOptions.ts";
import { read, readerOf } from "./reading.ts";

const ARM = "smmu armsmmu unit u 0x51400000,64,66,0,,imx8\n";

describe("names", () => {
  test("G-9: a set may be named before it is defined, but must be defined", () => {
    expect(read("smmu vtd device pci:0:1.0 a allow a 0x1000,4K").errors).toEqual([]);
    expect(read("smmu vtd device pci:0:1.0 a").errors).toEqual(["CFG404"]);
  });

  test("a set whose own line is wrong is not missed as well", () => {
    expect(read("allow a 0x1000,0 device pci:0:1.0 a").errors).toEqual(["CFG304"]);
    expect(read("allow a\ndevice pci:0:1.0 a").errors).toEqual(["CFG202"]);
    expect(read('allow "a" 0x1000,4K device pci:0:1.0 a').errors).toEqual(["CFG008"]);
  });

  test("a unit whose own line is wrong is not missed as well", () => {
    expect(read("smmu armsmmu unit u 0x1000 device mem:0x1000 use u 1").errors).toEqual(["CFG207"]);
  });
});

describe("devices behind one identifier", () => {
  const two = (first: string, second: string, sets = "allow a 0,4K allow b 4K,4K") =>
    read(`${ARM}${sets}\ndevice mem:0x1000 ${first} use u 7\ndevice mem:0x2000 ${second} use u 7`).errors;

  test("G-14, G-23: the same grants are accepted, different ones refused", () => {
    expect(two("a", "a")).toEqual([]);
    expect(two("", "")).toEqual([]);
    expect(two("a", "b")).toEqual(["CFG410"]);
    expect(two("a", "")).toEqual(["CFG410"]);
  });

  test("grants are compared as pages and access, not as names or lines", () => {
    const sets = "allow a 0,8K allow b 0,4K allow b 4K,4K allow c 0,8K,s";
    expect(two("a", "b", sets)).toEqual([]);
    expect(two("a", "c", sets)).toEqual(["CFG410"]);
    expect(two("a", "b", "allow a 0,1 allow b 5,9")).toEqual([]);
  });

  test("a region reserved for one of them only is a difference", () => {
    expect(two("a use u 8 reserved 0x8000,4K", "a")).toEqual(["CFG410"]);
    expect(two("a reserved 0x8000,4K", "a reserved 0x8000,4K")).toEqual([]);
  });
});

describe("what the variants refuse", () => {
  const BYPASS = "smmu armsmmu unit u 0x51400000,64,66,1";
  const WRITE_ONLY =
    "smmu rcar3 0xe67b0000,228,18 unit v 0xfebd0000,14 allow a 0x80000000,4K,t device mem:0x1000 a use v 0";

  test("G-19: bypass 1 is a warning for smmuman and an error for smmuman-safety", () => {
    expect(read(BYPASS).codes).toEqual(["CFG604", "CFG611"]);
    expect(read(BYPASS, { service: "smmuman-safety" }).codes).toEqual(["CFG413"]);
  });

  test("G-37: a write-only grant on R-Car likewise, and not where no device uses it", () => {
    expect(read(WRITE_ONLY).codes).toEqual(["CFG606", "CFG611"]);
    expect(read(WRITE_ONLY, { service: "smmuman-safety" }).codes).toEqual(["CFG414"]);
    const unused = WRITE_ONLY.replace("mem:0x1000 a", "mem:0x1000");
    expect(read(unused, { service: "smmuman-safety" }).errors).toEqual([]);
  });

  test("G-18: an MMIO device under VT-d is refused by both", () => {
    expect(read("device mem:0x1000 smmu vtd").errors).toEqual(["CFG412"]);
    expect(read("device mem:0x1000 smmu vtd", { service: "smmuman-safety" }).errors).toEqual(["CFG412"]);
  });
});

describe("in a guest", () => {
  const TEXT = `
    smmu armsmmuv3
    unit u nonsense
    allow a 0x1000,4K
    device pci:0:1.0 a use nosuch 9 reserved 0,0
    debug 1 foreground user 5 safety none`;

  test("HG-3.2: reserved, smmu, unit and use leave no trace and one diagnostic each, whatever their arguments", () => {
    const reading = read(TEXT, { placement: "guest", service: "smmuman-safety" });
    expect(reading.diagnostics.map(({ code }) => code)).toEqual(["CFG501", "CFG501", "CFG501", "CFG501"]);
    expect(reading.effective).toMatchObject({
      placement: "guest",
      smmu: null,
      units: [],
      devices: [{ device: "pci:0000:00:01.0", uses: [], reserved: [], allow: [{ name: "a" }] }],
      debug: 1,
      foreground: true,
      user: "5",
      safety: "none",
    });
    expect(JSON.stringify(toConfigJson(reading.effective))).not.toMatch(/armsmmu|nosuch|nonsense/);
    const ignored = reading.steps.filter(({ outcome }) => outcome === "ignored-in-guest");
    expect(ignored.map(({ word, requirement }) => `${word} ${requirement}`)).toEqual([
      "smmu HG-3.2",
      "unit HG-3.2",
      "use HG-3.2",
      "reserved HG-3.2",
    ]);
  });

  test("what is wrong with the language itself is wrong in a guest as well", () => {
    expect(read("smmu", { placement: "guest" }).errors).toEqual(["CFG202"]);
    expect(read("smmu $env{X}", { placement: "guest" }).errors).toEqual(["CFG106"]);
    expect(read("use u 1 2 3", { placement: "guest" }).errors).toEqual(["CFG203"]);
  });

  test("options are read once; host or guest may be decided after", () => {
    const sources = [{ kind: "file", path: "a.smmu" }] as const;
    const input = {
      sources,
      readFile: readerOf({ "a.smmu": "smmu vtd device mem:0x1000" }),
      asinfo: [],
      env: {},
    };
    const { options, diagnostics } = readOptions(input);
    expect(diagnostics).toEqual([]);
    const codes = (placement: "hardware" | "guest") =>
      effectiveConfig(options, { service: "smmuman", placement }).diagnostics.map(({ code }) => code);
    expect(codes("hardware")).toEqual(["CFG412"]);
    expect(codes("guest")).toEqual(["CFG501"]);
  });
});

describe("steps", () => {
  test("there is one for each option, in order, with its place", () => {
    const reading = read("debug 1\nallow a 0x1000,0\ndebug 2\nuse x");
    expect(
      reading.steps.map(({ index, word, outcome, origin }) => [index, word, outcome, origin.line]),
    ).toEqual([
      [0, "debug", "replaced-by-later", 1],
      [1, "allow", "refused", 2],
      [2, "debug", "read", 3],
      [3, "use", "read", 4],
    ]);
  });
});

describe("the configuration as JSON", () => {
  test("contract 3: names, nulls, hexadecimal, and the first use of a device", () => {
    const text = `smmu smmu-armsmmu.so
unit u 0x51400000,64,66,0,4:5,imx8
allow smbs0 1000,8192
device mem:0x5b010000 smbs0 use u 7 use u 8 reserved 0x9000,4K
device pci:0:18.0`;
    expect(toConfigJson(read(text).effective)).toEqual({
      service: "smmuman",
      placement: "hardware",
      debug: 0,
      foreground: false,
      safety: "none",
      user: null,
      smmu: {
        type: "armsmmu",
        parameters: [],
        library: "smmu-armsmmu.so",
        origin: { file: "a.smmu", line: 1, column: 1 },
      },
      units: [
        {
          name: "u",
          base: "0x51400000",
          parameters: { NScIrpt: 64, NSgIrpt: 66, bypass: 0, res_sid: [4, 5], cfg_dll: "imx8" },
          origin: { file: "a.smmu", line: 2, column: 1 },
        },
      ],
      allow: [
        {
          name: "smbs0",
          start: "0x1000",
          length: "0x2000",
          source: true,
          target: true,
          origin: { file: "a.smmu", line: 3, column: 1 },
        },
      ],
      devices: [
        {
          device: "mmio:0x5b010000",
          length: null,
          allow: ["smbs0"],
          unit: "u",
          use: "7",
          uses: [
            { unit: "u", use: "7" },
            { unit: "u", use: "8" },
          ],
          reserved: [{ start: "0x9000", length: "0x1000", access: "rw" }],
          origin: { file: "a.smmu", line: 4, column: 1 },
        },
        {
          device: "pci:0000:00:12.0",
          length: null,
          allow: [],
          unit: null,
          use: null,
          uses: [],
          reserved: [],
          origin: { file: "a.smmu", line: 5, column: 1 },
        },
      ],
    });
  });

  test("SAF-1, G-5: the library is given where only one file can be meant", () => {
    const library = (name: string) => toConfigJson(read(`smmu ${name}`).effective)["smmu"];
    expect(library("vtd")).toMatchObject({ type: "vtd", library: null });
    expect(library("vtd-safety.so")).toMatchObject({ type: "vtd", library: "vtd-safety.so" });
    expect(library("vtd-safety")).toMatchObject({ type: "vtd", library: "smmu-vtd-safety.so" });
  });

  test("the parameters of smmu are one string each", () => {
    const json = (text: string) => toConfigJson(read(text).effective)["smmu"];
    expect(json("smmu vtd require")).toMatchObject({ type: "vtd", parameters: ["require"], library: null });
    expect(json("smmu rcar3 0xE67B0000,228,18,0x4F.32")).toMatchObject({
      type: "rcar3",
      parameters: ["0xe67b0000", "228", "18", "0x4f.0x20"],
    });
  });
});
