import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../base/canonicalJson.ts";
import { toConfigJson } from "../../../sources/config/configJson.ts";
import type { Placement, ServiceName } from "../../../sources/config/effective.ts";
import { OPTION_WORDS } from "../../../sources/config/optionWords.ts";
import { printConfig } from "../../../sources/config/printConfig.ts";
import { CONFIG_ASINFO, CONFIG_ENV, configLines } from "./configTexts.ts";
import { read } from "./reading.ts";

// Everything but where it was written.
function meaning(value: Json): Json {
  return JSON.parse(JSON.stringify(value, (key, member) => (key === "origin" ? undefined : member)));
}

function roundTrip(text: string, given: Parameters<typeof read>[1] = {}) {
  const first = read(text, given);
  const printed = printConfig(first.effective);
  const second = read(printed, given);
  return { first, printed, second };
}

describe("printConfig", () => {
  test("the configurations it is tried on hold every option, family, substitution and notation", () => {
    const text = fc
      .sample(configLines, { numRuns: 400, seed: 3 })
      .map((lines) => lines.join("\n"))
      .join("\n");
    for (const word of OPTION_WORDS) expect(text).toMatch(new RegExp(`(^|\\s)${word}\\s`));
    for (const form of [
      ...["smmu vtd", "smmu armsmmu", "smmu rcar3", "smmu acme", "require", "ignore"],
      ...["$asinfo_start{", "$asinfo_length{", "$env{", "0d", "0x", ",st", ",s\n", ",t\n", "64K", ",,imx8"],
      ...["safety none", "safety warn", "safety required", "user root", "user 100:200,201", "use u1"],
    ])
      expect(text).toContain(form);
  });

  test("read again it gives the same effective configuration, for each variant and placement", () => {
    const service = fc.constantFrom<ServiceName>("smmuman", "smmuman-safety");
    const placement = fc.constantFrom<Placement>("hardware", "guest");
    fc.assert(
      fc.property(configLines, service, placement, (lines, service, placement) => {
        const given = { service, placement, asinfo: CONFIG_ASINFO, env: CONFIG_ENV };
        const { first, printed, second } = roundTrip(lines.join("\n"), given);
        expect(meaning(toConfigJson(second.effective))).toEqual(meaning(toConfigJson(first.effective)));
        expect(printConfig(second.effective)).toBe(printed);
        const languageErrors = second.errors.filter((code) => /^CFG[0-3]/.test(code));
        expect(languageErrors).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("what was accepted is accepted again", () => {
    let accepted = 0;
    fc.assert(
      fc.property(configLines, (lines) => {
        const { first, second } = roundTrip(lines.join("\n"), { asinfo: CONFIG_ASINFO, env: CONFIG_ENV });
        if (first.diagnostics.some(({ severity }) => severity === "error")) return;
        accepted += 1;
        expect(second.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  test("no number of it hangs on a default radix, PCI numbers and StreamIDs apart", () => {
    const { second } = roundTrip("smmu vtd allow a 4000,4096 device mem:5b010000,4096 device pci:0:9.0 a");
    expect(
      second.codes.filter((code) => code === "CFG607" || code === "CFG608" || code === "CFG609"),
    ).toEqual([]);
  });

  test("numbers that were not looked up stay as they were written", () => {
    const { first, printed, second } = roundTrip("allow a $asinfo_start{x},10M,s device pci:0:1.0 a", {
      asinfo: null,
    });
    expect(printed).toContain("allow a $asinfo_start{x},10M,s\n");
    expect(meaning(toConfigJson(second.effective))).toEqual(meaning(toConfigJson(first.effective)));
  });

  test("in a guest nothing of the host's options is printed", () => {
    const { printed } = roundTrip("smmu vtd require device pci:0:1.0 use x reserved 0,4K", {
      placement: "guest",
    });
    expect(printed).toBe("# effective configuration of smmuman, in a guest\nsafety none\ndevice pci:0:1.0\n");
  });
});
