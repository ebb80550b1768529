import { describe, expect, test } from "vitest";
import { type StartupResult, start } from "../../support/startup.ts";

const UNITS = [{ name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true }];
const PLAIN = { name: "smmu-vtd.so", certified: false };
const SAFETY = { name: "smmu-vtd-safety.so", certified: true };

function tried({ events }: StartupResult): string[] {
  return events.flatMap((event) => {
    if (event.kind === "LibraryLoaded") return [`${event.name} loaded`];
    return event.kind === "LibraryRefused" ? [`${event.name} ${event.because}`] : [];
  });
}

describe("SAF-1: which support library is tried, in order", () => {
  test("smmuman, base name: the plain file only", () => {
    const run = start({ config: "smmu vtd", board: { units: UNITS, files: [SAFETY] } });
    expect(tried(run)).toEqual(["smmu-vtd.so not-found"]);
    expect(run.dss).toBe("hardware-absent DSS-3.2");
  });

  test("smmuman-safety, base name: the safety file first, and it is enough", () => {
    const run = start({
      config: "smmu vtd",
      service: "smmuman-safety",
      board: { units: UNITS, files: [PLAIN, SAFETY] },
    });
    expect(tried(run)).toEqual(["smmu-vtd-safety.so loaded"]);
    expect(run.phase).toBe("running");
  });

  test("smmuman-safety, base name, no safety file: then the plain one, which counts as not certified (G-6)", () => {
    const story = { service: "smmuman-safety", board: { units: UNITS, files: [PLAIN] } } as const;
    const strict = start({ ...story, config: "smmu vtd" });
    expect(tried(strict)).toEqual(["smmu-vtd-safety.so not-found", "smmu-vtd.so loaded"]);
    expect(strict.dss).toBe("component-not-certified G-6");
    expect(start({ ...story, config: "safety none smmu vtd" }).phase).toBe("running");
  });

  test("smmuman-safety: a safety file that cannot be loaded is passed over like one that is not there", () => {
    const run = start({
      config: "safety warn smmu vtd",
      service: "smmuman-safety",
      board: { units: UNITS, files: [PLAIN, { ...SAFETY, loadable: false }] },
    });
    expect(tried(run)).toEqual(["smmu-vtd-safety.so not-loadable", "smmu-vtd.so loaded"]);
  });

  test.each(["smmuman", "smmuman-safety"] as const)("%s, file name: that file only", (service) => {
    const board = { units: UNITS, files: [PLAIN, SAFETY] };
    expect(tried(start({ config: "smmu smmu-vtd-safety.so", service, board }))).toEqual([
      "smmu-vtd-safety.so loaded",
    ]);
    expect(tried(start({ config: "safety none smmu smmu-vtd.so", service, board }))).toEqual([
      "smmu-vtd.so loaded",
    ]);
  });

  test("a forced file that is not there is not replaced by another", () => {
    const run = start({
      config: "smmu smmu-vtd.so",
      service: "smmuman-safety",
      board: { units: UNITS, files: [SAFETY] },
    });
    expect(tried(run)).toEqual(["smmu-vtd.so not-found"]);
    expect(run.dss).toBe("hardware-absent DSS-3.2");
  });

  test("G-5: a forced name is tried as written, then with smmu- in front, and nothing else", () => {
    const run = start({ config: "smmu vtd-safety.so", board: { units: UNITS, files: [SAFETY] } });
    expect(tried(run)).toEqual(["vtd-safety.so not-found", "smmu-vtd-safety.so loaded"]);
    const none = start({ config: "smmu vtd-safety.so", board: { units: UNITS, files: [PLAIN] } });
    expect(tried(none)).toEqual(["vtd-safety.so not-found", "smmu-vtd-safety.so not-found"]);
    const base = start({ config: "smmu vtd-safety", board: { units: UNITS, files: [PLAIN] } });
    expect(tried(base)).toEqual(["smmu-vtd-safety.so not-found"]);
  });
});

describe("SAF-2: safety components required and the named safety file missing", () => {
  test("smmuman-safety: a required safety component is absent, DSS-3.5", () => {
    const run = start({
      config: "smmu vtd-safety.so",
      service: "smmuman-safety",
      board: { units: UNITS, files: [PLAIN] },
    });
    expect(run.dss).toBe("safety-component-missing DSS-3.5");
    expect(run.said.at(-1)).not.toContain("required hardware is absent");
  });

  test("smmuman with safety required: the same", () => {
    const run = start({
      config: "safety required smmu vtd-safety.so",
      board: { units: UNITS, files: [PLAIN] },
    });
    expect(run.dss).toBe("safety-component-missing DSS-3.5");
  });

  test("smmuman as it is, which requires nothing: a library like any other, DSS-3.2", () => {
    const run = start({ config: "smmu vtd-safety.so", board: { units: UNITS, files: [PLAIN] } });
    expect(run.dss).toBe("hardware-absent DSS-3.2");
  });

  test("the file is there and cannot be loaded: it is not absent, DSS-3.2", () => {
    const run = start({
      config: "smmu vtd-safety.so",
      service: "smmuman-safety",
      board: { units: UNITS, files: [{ ...SAFETY, loadable: false }] },
    });
    expect(run.dss).toBe("hardware-absent DSS-3.2");
  });
});

describe("SAF-4: configuration libraries", () => {
  const CONFIG = `
smmu armsmmu
unit mmu500 0x51400000,64,66,0,4:5:16,imx8
device mem:0x5b010000 use mmu500 7
`;

  test("i.MX8 under smmuman-safety: both safety variants", () => {
    const run = start({ config: CONFIG, service: "smmuman-safety", board: "example:imx8-mmu500" });
    expect(tried(run)).toEqual(["smmu-armsmmu-safety.so loaded", "smmu-cfg-imx8-safety.so loaded"]);
    expect(run.phase).toBe("running");
  });

  test("i.MX8 under smmuman: both plain ones", () => {
    const run = start({ config: CONFIG, board: "example:imx8-mmu500" });
    expect(tried(run)).toEqual(["smmu-armsmmu.so loaded", "smmu-cfg-imx8.so loaded"]);
  });

  test("ARM-3, G-20: one that cannot be loaded ends in the DSS", () => {
    const files = [{ name: "smmu-armsmmu.so" }];
    const run = start({ config: CONFIG, board: { files } });
    expect(tried(run)).toEqual(["smmu-armsmmu.so loaded", "smmu-cfg-imx8.so not-found"]);
    expect(run.dss).toBe("hardware-absent G-20");
  });

  test("G-6: a plain configuration library under smmuman-safety counts as not certified", () => {
    const files = [{ name: "smmu-armsmmu-safety.so", certified: true }, { name: "smmu-cfg-imx8.so" }];
    const run = start({ config: CONFIG, service: "smmuman-safety", board: { files } });
    expect(run.dss).toBe("component-not-certified G-6");
  });

  test.each(["smmuman", "smmuman-safety"] as const)(
    "G-5: %s: a base name that says -safety means that file, and no plain one takes its place",
    (service) => {
      const config = CONFIG.replace("imx8", "imx8-safety");
      expect(tried(start({ config, service, board: "example:imx8-mmu500" })).at(-1)).toBe(
        "smmu-cfg-imx8-safety.so loaded",
      );
      const files = [
        { name: "smmu-armsmmu.so" },
        { name: "smmu-armsmmu-safety.so", certified: true },
        { name: "smmu-cfg-imx8.so" },
      ];
      const without = start({ config, service, board: { files } });
      expect(tried(without).at(-1)).toBe("smmu-cfg-imx8-safety.so not-found");
      expect(without.phase).toBe("dss");
    },
  );

  test("two units that name one library load it once", () => {
    const config = `${CONFIG}unit second 0x52400000,65,67,0,,imx8\n`;
    expect(tried(start({ config, board: "example:imx8-mmu500" })).length).toBe(2);
  });
});
