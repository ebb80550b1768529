import { describe, expect, test } from "vitest";
import { isCertified } from "../../../core/startup/certification.ts";
import { type StartupStory, start } from "../../support/startup.ts";

const UNITS = [{ name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true }];
const FILES = [
  { name: "smmu-vtd.so", certified: false },
  { name: "smmu-vtd-safety.so", certified: true },
];
const KERNEL = { name: "procnto-smp-instr", certified: false };
const HARDWARE = { units: UNITS, files: FILES, components: [KERNEL] };

function guest(...components: { name: string; certified: boolean }[]) {
  return { vdev: { hostService: true, attached: true, answers: true, components } };
}

function responses(story: StartupStory): string[] {
  return start(story)
    .all("ComponentReported")
    .map(({ component, response }) => `${component.name} ${response}`);
}

describe("SAF-8: what the service makes of a component that is not certified", () => {
  const story = { service: "smmuman-safety", board: HARDWARE } as const;

  test("required, the default of smmuman-safety: DSS (G-6)", () => {
    const run = start({ ...story, config: "smmu vtd" });
    expect(run.dss).toBe("component-not-certified G-6");
    expect(run.said.at(-1)).toContain("procnto-smp-instr is not safety-certified");
  });

  test("warn: accepted, with a warning", () => {
    const run = start({ ...story, config: "safety warn smmu vtd" });
    expect(run.phase).toBe("running");
    expect(run.said).toContain("warning stderr+slog2: procnto-smp-instr is not safety-certified");
  });

  test("none: accepted in silence", () => {
    const run = start({ ...story, config: "safety none smmu vtd" });
    expect(run.phase).toBe("running");
    expect(run.said.join("\n")).not.toContain("procnto");
    expect(responses({ ...story, config: "safety none smmu vtd" })).toContain(
      "procnto-smp-instr accepted-silently",
    );
  });

  test("none is the default of smmuman", () => {
    expect(start({ config: "smmu vtd", board: HARDWARE }).phase).toBe("running");
  });

  test("several: the last one decides", () => {
    expect(start({ ...story, config: "safety none safety required smmu vtd" }).dss).toBe(
      "component-not-certified G-6",
    );
    expect(start({ ...story, config: "safety required smmu vtd safety none" }).phase).toBe("running");
  });

  test("smmuman with safety required: its own plain library does not do (SAF-1, SAF-8)", () => {
    expect(start({ config: "safety required smmu vtd", board: { units: UNITS, files: FILES } }).dss).toBe(
      "component-not-certified SAF-8",
    );
    const forced = start({
      config: "safety required smmu vtd-safety.so",
      board: { units: UNITS, files: FILES },
    });
    expect(forced.phase).toBe("running");
  });

  test("SAF-6, G-6: a relaxation of the safety service is told and logged", () => {
    const run = start({ ...story, config: "safety none smmu vtd" });
    expect(run.all("ProtectionRelaxed").map(({ what, requirement }) => `${what} ${requirement}`)).toEqual([
      "safety SAF-6",
    ]);
    expect(run.said.some((line) => line.startsWith("warning stderr+slog2: safety none"))).toBe(true);
    expect(start({ config: "safety none smmu vtd", board: HARDWARE }).all("ProtectionRelaxed")).toEqual([]);
  });
});

describe("SAF-5, DSS-3.6: a guest's default", () => {
  const story = { service: "smmuman-safety", config: "" } as const;

  test.each(["procnto-smp-instr", "smmuman", "smmu-vtd.so", "qvm", "vdev-smmu.so"])(
    "%s is not certified: DSS",
    (name) => {
      const board = guest({ name: "libsmmu.a", certified: true }, { name, certified: false });
      expect(start({ ...story, board }).dss).toBe("component-not-certified DSS-3.6");
    },
  );

  test("all are: it runs", () => {
    expect(start({ ...story, board: guest({ name: "smmuman-safety", certified: true }) }).phase).toBe(
      "running",
    );
  });

  test("G-2: a status that the vdev does not report at all counts as not certified; an empty report as one", () => {
    const vdev = { hostService: true, attached: true, answers: true };
    expect(start({ ...story, board: { vdev } }).dss).toBe("component-not-certified DSS-3.6");
    expect(start({ ...story, board: { vdev: { ...vdev, components: [] } } }).phase).toBe("running");
    expect(start({ config: "", board: { vdev } }).phase).toBe("running");
  });

  test("SAF-6: the default can be changed", () => {
    const board = guest({ name: "qvm", certified: false });
    expect(start({ ...story, config: "safety warn", board }).phase).toBe("running");
  });

  test("the guest's own components are judged as the host's are (SAF-9)", () => {
    const components = [{ name: "procnto-smp-instr", certified: false }];
    const board = { ...guest({ name: "smmuman-safety", certified: true }), components };
    expect(start({ ...story, board }).dss).toBe("component-not-certified DSS-3.6");
    expect(start({ ...story, config: "safety warn", board }).said).toContain(
      "warning stderr+slog2: procnto-smp-instr is not safety-certified",
    );
  });

  test("smmuman in a guest asks, and requires nothing", () => {
    const run = start({ config: "", board: guest({ name: "qvm", certified: false }) });
    expect(run.phase).toBe("running");
    expect(run.all("ComponentReported").length).toBe(1);
  });
});

describe("SAF-8a: a name is no certificate", () => {
  test("a plain file renamed to -safety does not count", () => {
    const files = [{ name: "smmu-vtd-safety.so", certified: false }];
    const run = start({ config: "smmu vtd", service: "smmuman-safety", board: { units: UNITS, files } });
    expect(run.dss).toBe("component-not-certified SAF-8a");
    expect(run.said.at(-1)).toContain("bears the name of a safety variant but is not certified");
  });

  test("nor does a certificate without the safety name: only -safety files may be used (CMP-1)", () => {
    const files = [{ name: "smmu-vtd.so", certified: true }];
    const run = start({ config: "smmu vtd", service: "smmuman-safety", board: { units: UNITS, files } });
    expect(run.dss).toBe("component-not-certified G-6");
  });

  test("nor does a component that a vdev reports under a safety name", () => {
    const board = guest({ name: "vdev-smmu-safety.so", certified: false });
    expect(start({ config: "", service: "smmuman-safety", board }).dss).toBe(
      "component-not-certified SAF-8a",
    );
  });
});

describe("SAF-9: what the service can say of itself", () => {
  const good = { units: UNITS, files: FILES, components: [{ ...KERNEL, certified: true }] };

  test("all certified: yes; one dependency not, or the plain service: no", () => {
    const certified = (story: StartupStory) => isCertified(start(story).state.service!);
    expect(certified({ config: "smmu vtd", service: "smmuman-safety", board: good })).toBe(true);
    expect(certified({ config: "safety warn smmu vtd", service: "smmuman-safety", board: HARDWARE })).toBe(
      false,
    );
    expect(certified({ config: "smmu vtd", board: good })).toBe(false);
  });

  test("a status that cannot be told counts as not certified (G-2)", () => {
    const step = start({ config: "smmu vtd", service: "smmuman-safety", board: good }).steps.findIndex(
      ({ ask }) => ask === "components",
    );
    const failed = { service: "smmuman-safety", board: good, failStep: step + 1 } as const;
    expect(start({ ...failed, config: "smmu vtd" }).dss).toBe("component-not-certified G-6");
    const relaxed = start({ ...failed, config: "safety none smmu vtd" });
    expect(isCertified(relaxed.state.service!)).toBe(false);
  });
});
