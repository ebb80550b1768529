import { describe, expect, test } from "vitest";
import { start } from "../../support/startup.ts";

const VTD = {
  units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true }],
  files: [{ name: "smmu-vtd.so" }],
};
const VDEV = { hostService: true, attached: true, answers: true, components: [] };
const HOST_ONLY = `
smmu vtd
unit vt0 0xfed90000
allow a 0x1000,0x1000
device pci:0:1.0 a use vt0
reserved 0x8000,0x1000
`;

describe("HG-2: what is found decides, not what is configured", () => {
  test("a vdev-smmu: a guest, whatever library is named; none is loaded (HG-3.1)", () => {
    const run = start({ config: "smmu vtd", board: { ...VTD, vdev: VDEV } });
    expect(run.state.service?.placement).toBe("guest");
    expect(run.phase).toBe("running");
    expect(run.all("LibraryLoaded")).toEqual([]);
    expect(run.steps.filter(({ ask }) => ask === "library")).toEqual([]);
  });

  test("no vdev-smmu, and a library that loads: on hardware with it", () => {
    const run = start({ config: "smmu vtd", board: VTD });
    expect(run.state.service?.placement).toBe("hardware");
    expect(run.all("LibraryLoaded").map(({ name }) => name)).toEqual(["smmu-vtd.so"]);
    expect(run.phase).toBe("running");
  });

  test("no vdev-smmu, a library named that is not there: hardware absent, DSS-3.2, and it says so", () => {
    const run = start({ config: "smmu vtd", board: { units: VTD.units } });
    expect(run.dss).toBe("hardware-absent DSS-3.2");
    expect(run.said.at(-1)).toMatch(/^error stderr\+slog2: required hardware is absent/);
  });

  test("no vdev-smmu, a library named that cannot be loaded: DSS-3.2", () => {
    const board = { ...VTD, files: [{ name: "smmu-vtd.so", loadable: false }] };
    expect(start({ config: "smmu vtd", board }).dss).toBe("hardware-absent DSS-3.2");
  });

  test("no vdev-smmu, no library named: DSS-3.3, and it says so", () => {
    const run = start({ config: "debug 1", board: VTD });
    expect(run.dss).toBe("hardware-absent DSS-3.3");
    expect(run.said.at(-1)).toContain("required hardware is absent");
  });

  test("in a guest without a vdev-smmu: DSS-3.4, even where a library could be loaded", () => {
    const run = start({ config: "smmu vtd", board: VTD, guest: true });
    expect(run.dss).toBe("hardware-absent DSS-3.4");
    expect(run.said.at(-1)).toContain("required hardware is absent");
  });
});

describe("HG-3: what is different in a guest", () => {
  test("HG-3.2: reserved, smmu, unit and use are ignored, each with its reason; the rest counts", () => {
    const run = start({ config: HOST_ONLY, board: { vdev: VDEV } });
    const ignored = run.all("ConfigOptionIgnored");
    expect(ignored.map(({ option }) => option)).toEqual(["smmu", "unit", "use", "reserved"]);
    expect(ignored.every(({ requirement }) => requirement === "HG-3.2")).toBe(true);
    expect(run.all("ConfigOptionRead").map(({ option }) => option)).toEqual(["allow", "device"]);
    expect(run.all("StartupGranted").map(({ by, name }) => `${by} ${name}`)).toEqual(["allow a"]);
    expect(run.phase).toBe("running");
  });

  test("HG-3.2: on hardware the same options count", () => {
    const run = start({ config: HOST_ONLY, board: VTD });
    expect(run.all("ConfigOptionIgnored")).toEqual([]);
    expect(run.all("StartupGranted").map(({ by }) => by)).toEqual(["allow", "reserved"]);
  });

  test("HG-3.3: host service, attachment and certification are asked, in that order", () => {
    const run = start({ config: "", board: { vdev: VDEV } });
    const asked = run.steps.map(({ ask }) => ask).filter((ask) => ask.startsWith("vdev-"));
    expect(asked).toEqual(["vdev-host-service", "vdev-attached", "vdev-components"]);
  });

  test.each([
    ["no service runs in the host", { hostService: false }, "vdev-not-confirmed HG-4"],
    ["this VM is not attached", { attached: false }, "vdev-not-confirmed HG-4"],
    ["the vdev never replies", { answers: false }, "vdev-not-confirmed G-2"],
  ])("HG-4: %s: DSS", (_, answer, dss) => {
    expect(start({ config: "", board: { vdev: { ...VDEV, ...answer } } }).dss).toBe(dss);
  });

  test.each(["host-service", "attached", "components"])(
    "G-2: no reply about %s: DSS in every case",
    (name) => {
      const scenario = [{ kind: "fail", what: "vdev", name }];
      expect(start({ config: "safety none", board: { vdev: VDEV }, scenario }).dss).toBe(
        "vdev-not-confirmed G-2",
      );
    },
  );

  test("HG-5: devices are behind the vdev, which is programmed as a unit would be", () => {
    const run = start({ config: "allow a 0x1000,0x1000\ndevice pci:0:1.0 a", board: { vdev: VDEV } });
    expect(run.all("DeviceResolved").map(({ unit, by }) => `${unit} ${by}`)).toEqual(["vdev-smmu vdev"]);
    expect(run.all("UnitEnabled").map(({ unit }) => unit)).toEqual(["vdev-smmu"]);
  });

  test("HG-6: an ARM guest must load libfdt.so; certified or not", () => {
    const board = { vdev: VDEV, soc: { id: "0x4f", revision: "0x20" } };
    expect(start({ config: "", board }).dss).toBe("undefined-condition HG-6");
    const files = [{ name: "libfdt.so", certified: false }];
    const service = "smmuman-safety" as const;
    expect(start({ config: "", board: { ...board, files }, service }).phase).toBe("running");
  });

  test("HG-6: an x86 guest needs none", () => {
    expect(start({ config: "", board: { vdev: VDEV } }).steps.some(({ ask }) => ask === "library")).toBe(
      false,
    );
  });
});
