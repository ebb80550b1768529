import { describe, expect, test } from "vitest";
import { failEach } from "../../replay/failEach.ts";
import { assemble, type StartupStory } from "../support/startup.ts";

const VTD = `
smmu vtd require
allow smbs0 $asinfo_start{smbs0},$asinfo_length{smbs0},st
device pci:0:18.0 smbs0
user 100:100
`;
const ARM = `
smmu armsmmu
unit mmu500 0x51400000,64,66,0,4:5:16,imx8
allow usdhc1 $asinfo_start{usdhc1},$asinfo_length{usdhc1},st
device mem:0x5b010000 usdhc1 use mmu500 7
`;
const RCAR = `
smmu rcar3 0xe67b0000,228,18,0x4f.0x20
unit vi0 0xfebd0000,0
allow vin0 $asinfo_start{vin0},$asinfo_length{vin0},st
device mem:0xe6ef0000 vin0 use vi0 0
`;
const GUEST = `
allow smbs0 $asinfo_start{smbs0},$asinfo_length{smbs0},st
device pci:0:18.0 smbs0
`;
const STORIES: readonly (readonly [string, StartupStory])[] = (
  [
    ["x86-vtd", VTD],
    ["imx8-mmu500", ARM],
    ["rcar-h3", RCAR],
    ["guest", GUEST],
  ] as const
).flatMap(([name, config]) =>
  (["smmuman", "smmuman-safety"] as const).map((service): readonly [string, StartupStory] => [
    `${service} on example:${name}`,
    { config, service, board: `example:${name}`, guest: name === "guest" },
  ]),
);

function run(story: StartupStory) {
  const { simulation, family } = assemble(story);
  return failEach(simulation, family);
}

describe("each step of a start-up may fail", () => {
  test.each(STORIES)("%s: every failure ends in the DSS or in a documented harmless way", (_, story) => {
    const steps = run(story);
    expect(steps.length).toBeGreaterThan(8);
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(steps.map(({ step }) => step)).toEqual(steps.map((_, index) => index + 1));
  });

  test.each(STORIES)(
    "%s: what is harmless is so by a rule, and only libraries and certificates are",
    (_, story) => {
      for (const { dss, harmless, question } of run(story)) {
        if (dss !== null) continue;
        expect(["library", "components"]).toContain(question.ask);
        expect(["SAF-1", "SAF-8"]).toContain(harmless);
      }
    },
  );

  test("smmuman-safety: a failed library leaves nothing certified to fall back on", () => {
    const [, story] = STORIES.find(([name]) => name === "smmuman-safety on example:x86-vtd")!;
    const library = run(story).find(({ question }) => question.ask === "library")!;
    expect(library.dss).toEqual({ reason: "component-not-certified", requirement: "G-6" });
  });

  test("smmuman-safety with safety none: the plain library takes over, and devices reach the same", () => {
    const story = {
      config: `safety none\n${VTD}`,
      service: "smmuman-safety",
      board: "example:x86-vtd",
    } as const;
    const library = run(story).find(({ question }) => question.ask === "library")!;
    expect(library).toMatchObject({ phase: "running", dss: null, harmless: "SAF-1", ok: true });
  });

  test("a start-up that ends in the DSS anyway has only the steps up to there", () => {
    const steps = run({ config: "smmu vtd", board: {} });
    expect(steps.map(({ question }) => question.ask)).toEqual([
      "second-instance",
      "vdev",
      "configuration",
      "library",
    ]);
    expect(steps.every(({ ok }) => ok)).toBe(true);
  });
});
