import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stateDigest } from "../../core/stateDigest.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { SERVICE_NAMES } from "../../events/vocabulary/service.ts";
import { printConfig } from "../../sources/config/printConfig.ts";
import { CONFIG_ASINFO, CONFIG_ENV, configLines } from "../sources/config/configTexts.ts";
import { assemble, type StartupResult, type StartupStory, start } from "../support/startup.ts";

const FILES = ["smmu-vtd", "smmu-armsmmu", "smmu-rcar3", "smmu-cfg-imx8"].flatMap((name) => [
  { name: `${name}.so`, certified: false },
  { name: `${name}-safety.so`, certified: true },
]);

// What the configurations look up.
const LOOKED_UP = {
  env: CONFIG_ENV,
  asinfo: CONFIG_ASINFO.map(({ name, start, length }) => ({
    name,
    start: `0x${start.toString(16)}`,
    length: `0x${length.toString(16)}`,
  })),
};

const boards = fc.constantFrom<NonNullable<StartupStory["board"]>>(
  { ...LOOKED_UP, files: FILES },
  { ...LOOKED_UP, files: FILES, soc: { id: "0x4f", revision: "0x20" } },
  {
    ...LOOKED_UP,
    files: FILES,
    pci: [{ device: "pci:0000:00:01.0" }, { device: "pci:0000:00:02.0" }],
    units: [
      { name: "dmar0", family: "vtd", base: "0xfed90000", devices: ["pci:0000:00:02.0"] },
      { name: "dmar1", family: "vtd", base: "0xfed91000", includeAll: true },
      { name: "mmu500", family: "smmuv2", base: "0x51400000" },
      { name: "vi0", family: "ipmmu", base: "0xfebd0000", devices: ["mmio:0xe6ef0000"] },
    ],
    reserved: [{ start: "0x7000", length: "0x2000", devices: ["pci:0000:00:01.0", "mmio:0xe6ef0000"] }],
  },
  "example:guest",
);

const stories: fc.Arbitrary<StartupStory> = fc.record(
  {
    config: configLines.map((lines) => lines.join("\n")),
    board: boards,
    service: fc.constantFrom(...SERVICE_NAMES),
    guest: fc.boolean(),
    failStep: fc.integer({ min: 1, max: 20 }),
  },
  { requiredKeys: ["config", "board", "service"] },
);

function check(run: (story: StartupStory, result: StartupResult) => void, numRuns = 250): void {
  fc.assert(
    fc.property(stories, (story) => run(story, start(story))),
    { numRuns },
  );
}

describe("every start-up, whatever it is given", () => {
  test("ends ready or in the DSS, never between", () => {
    const ends = new Set<string>();
    check((_, { phase, all }) => {
      ends.add(phase);
      expect(["running", "dss"]).toContain(phase);
      expect(all("ServiceReady").length + all("DssEntered").length).toBe(1);
    });
    // Guards against a property that holds because nothing ever starts.
    expect([...ends].sort()).toEqual(["dss", "running"]);
  });

  test("asks its questions one at a time, numbered from 1", () => {
    check((_, { events, steps }) => {
      let open = 0;
      let step = 0;
      for (const event of events) {
        if (event.kind === "Asked") {
          expect(open).toBe(0);
          open = 1;
          step += 1;
          expect(event.step).toBe(step);
        }
        if (event.kind === "answer" || event.kind === "config.end") open = 0;
      }
      expect(steps.length).toBe(step);
    });
  });

  test("says nothing and grants nothing after the DSS", () => {
    check((_, { events }) => {
      const end = events.findIndex(({ kind }) => kind === "DssEntered");
      if (end >= 0) expect(events.slice(end + 1).map(({ kind }) => kind)).toEqual(["SystemDssRequested"]);
    });
  });

  test("enables no unit before every table is built and every unit is programmed (G-34)", () => {
    check((_, { events }) => {
      const order = events.flatMap(({ kind }) =>
        kind === "TablesBuilt" || kind === "UnitProgrammed" || kind === "UnitEnabled" ? [kind] : [],
      );
      const rank = { TablesBuilt: 0, UnitProgrammed: 1, UnitEnabled: 2 } as const;
      expect(order).toEqual([...order].sort((a, b) => rank[a] - rank[b]));
    });
  });

  test("grants a device what its sets and its regions hold, page by page, and nothing else (CM-12)", () => {
    const sets = fc.array(
      fc.record({
        name: fc.constantFrom("a", "b", "c"),
        start: fc.nat(0x8000),
        length: fc.integer({ min: 1, max: 0x3000 }),
        permissions: fc.constantFrom("s", "t", "st"),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const devices = fc.array(
      fc.record({ fn: fc.nat(3), set: fc.constantFrom("a", "b", "c"), reserved: fc.option(fc.nat(0x8000)) }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(sets, devices, (allow, lines) => {
        const named = new Set(allow.map(({ name }) => name));
        const used = lines.filter(({ set }) => named.has(set));
        const config = [
          "smmu vtd",
          ...allow.map((e) => `allow ${e.name} 0x${e.start.toString(16)},${e.length},${e.permissions}`),
          ...used.map(
            ({ fn, set, reserved }) =>
              `device pci:0:1.${fn} ${set}${reserved === null ? "" : ` reserved 0x${reserved.toString(16)},16`}`,
          ),
        ].join("\n");
        const board = {
          files: FILES,
          units: [{ name: "u", family: "vtd", base: "0xfed90000", includeAll: true }],
        };
        const { state, phase } = start({ config, board });
        expect(phase).toBe("running");
        for (let fn = 0; fn <= 3; fn++) {
          const device = state.devices.get(`pci:0000:00:01.${fn}` as DeviceName);
          const own = used.filter((line) => line.fn === fn);
          for (let page = 0; page <= 16; page++) {
            const holds = (from: number, length: number) =>
              from >> 12 <= page && page <= (from + length - 1) >> 12;
            const rights = allow
              .filter((e) => own.some(({ set }) => set === e.name) && holds(e.start, e.length))
              .reduce(
                (sum, { permissions }) =>
                  sum | (permissions.includes("s") ? 1 : 0) | (permissions.includes("t") ? 2 : 0),
                0,
              );
            const region = own.some(({ reserved }) => reserved !== null && holds(reserved, 16)) ? 3 : 0;
            expect(device?.startup?.at(page)?.value.access ?? 0).toBe(rights);
            expect(device?.reserved?.at(page)?.value.access ?? 0).toBe(region);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("closes the window of a device exactly when the translation of its unit is on", () => {
    check((_, { state }) => {
      for (const [name, { unit, window, identified }] of state.devices) {
        if (window === null) continue;
        const bypasses = state.service!.units?.some((each) => each.unit === unit && each.bypass) ?? false;
        const enabled = unit !== null && state.units.get(unit)?.translation === true;
        expect([name as DeviceName, window.closedAt !== null]).toEqual([
          name,
          enabled && (identified || !bypasses),
        ]);
      }
    });
  });
});

test("the effective configuration, printed and started again, comes to the same state", () => {
  let accepted = 0;
  check((story, first) => {
    if (first.state.service!.config === null) return;
    accepted += 1;
    const { placement } = first.state.service!;
    const { effective } = assemble(story).config(placement!);
    const again = start({ ...story, config: printConfig(effective) });
    expect(again.dss).toBe(first.dss);
    expect(stateDigest(again.state)).toBe(stateDigest(first.state));
  }, 400);
  expect(accepted).toBeGreaterThan(40);
});
