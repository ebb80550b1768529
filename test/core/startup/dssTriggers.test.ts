import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { IommuEvent } from "../../../events/recordedEvent.ts";
import { fixture } from "../../support/cli.ts";
import { type StartupStory, start } from "../../support/startup.ts";

const X86 = {
  pci: [{ device: "pci:0000:00:01.0" }, { device: "pci:0000:00:02.0" }],
  units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true }],
  files: [{ name: "smmu-vtd.so" }, { name: "smmu-vtd-safety.so", certified: true }],
  asinfo: [{ name: "imagefs", start: "0x1000000", length: "0x1000000" }],
};
const VTD: StartupStory = { config: "smmu vtd\nallow a 0x1000,0x2000\ndevice pci:0:1.0 a", board: X86 };
const UNIT = "unit mmu500 0x51400000,64,66,0,4:5:16,imx8";
const ARM: StartupStory = {
  config: `smmu armsmmu\n${UNIT}\nallow u 0xb0000000,1M\ndevice mem:0x5b010000 u use mmu500 8`,
  board: "example:imx8-mmu500",
};
const RCAR: StartupStory = {
  config: "smmu rcar3 0xe67b0000,228,18,0x4f.0x20\nunit vi0 0xfebd0000,14\ndevice mem:0xe6ef0000 use vi0 0",
  board: "example:rcar-h3",
};
const GUEST: StartupStory = { config: "allow a 0x1000,4K\ndevice pci:0:18.0 a", board: "example:guest" };
const VDEV = { hostService: true, attached: true, answers: true, components: [] };
const damaged = (): Uint8Array => {
  const bytes = Uint8Array.from(readFileSync(fixture("acpi/dmar-5949ea99a04b.bin")));
  bytes[50] = 0;
  return bytes;
};
const fails = (story: StartupStory, ...records: object[]): StartupStory => ({
  ...story,
  scenario: records.map((record) => ({ kind: "fail", ...record })),
});
const config = (story: StartupStory, text: string): StartupStory => ({ ...story, config: text });
const safe = (story: StartupStory): StartupStory => ({ ...story, service: "smmuman-safety" });
const x86With = (more: object, text = "smmu vtd"): StartupStory => ({
  config: text,
  board: { ...X86, ...more },
});

/** What leads there, the reason and requirement, and what kind of event is to blame; a word of the answer where it is one. */
const TRIGGERS: readonly (readonly [string, StartupStory, string, string])[] = [
  // 1. Any unknown or undefined condition (DSS-1).
  [
    "nobody says whether another instance runs",
    { ...VTD, failStep: 1 },
    "undefined-condition DSS-3.1",
    "answer second-instance",
  ],
  [
    "nobody says whether there is a vdev-smmu",
    { ...VTD, failStep: 2 },
    "undefined-condition DSS-3.1",
    "answer vdev",
  ],
  [
    "the abilities cannot be created",
    fails(VTD, { what: "procnto", name: "abilities" }),
    "undefined-condition DSS-3.1",
    "answer abilities",
  ],
  [
    "the name cannot be attached",
    fails(VTD, { what: "procnto", name: "name" }),
    "undefined-condition DSS-3.1",
    "answer name",
  ],
  [
    "the kernel refuses while it runs",
    fails(VTD, { what: "procnto", at: "run" }),
    "undefined-condition DSS-3.1",
    "fail",
  ],
  [
    "an unknown interrupt while it runs",
    fails(ARM, { what: "interrupt", name: 57 }),
    "undefined-condition DSS-3.1",
    "fail",
  ],
  [
    "an interrupt before any unit is ours",
    fails(ARM, { what: "interrupt", name: 64, at: 3 }),
    "undefined-condition DSS-3.1",
    "fail",
  ],
  ["the board's description cannot be read", { ...VTD, failStep: 6 }, "board-error DSS-1", "answer board"],
  [
    "a firmware table is damaged",
    { ...VTD, tables: [{ name: "DMAR.bin", bytes: damaged() }] },
    "board-error DSS-1",
    "answer board",
  ],
  // 2. No vdev-smmu, and the named library cannot be loaded.
  ["the library is not there", x86With({ files: [] }), "hardware-absent DSS-3.2", "answer library"],
  [
    "the library cannot be loaded",
    x86With({ files: [{ name: "smmu-vtd.so", loadable: false }] }),
    "hardware-absent DSS-3.2",
    "answer library",
  ],
  [
    "the library fails",
    fails(VTD, { what: "library", name: "vtd" }),
    "hardware-absent DSS-3.2",
    "answer library",
  ],
  ["neither variant can be had", safe(x86With({ files: [] })), "hardware-absent DSS-3.2", "answer library"],
  [
    "a named plain file is not there",
    x86With({ files: [] }, "smmu smmu-vtd.so"),
    "hardware-absent DSS-3.2",
    "answer library",
  ],
  [
    "the board's configuration library is not there",
    { ...ARM, board: { files: [{ name: "smmu-armsmmu.so" }] } },
    "hardware-absent G-20",
    "answer library",
  ],
  // 3. No vdev-smmu, and no library named.
  ["no library is named", config(VTD, "debug 2"), "hardware-absent DSS-3.3", "config.end"],
  ["nothing is configured", config(VTD, ""), "hardware-absent DSS-3.3", "config.end"],
  // 4. In a guest, no vdev-smmu.
  ["a guest without vdev-smmu", { ...VTD, guest: true }, "hardware-absent DSS-3.4", "answer vdev"],
  // 5. A required safety component is absent.
  [
    "a named safety file is not there",
    safe(config(x86With({ files: [{ name: "smmu-vtd.so" }] }), "smmu smmu-vtd-safety.so")),
    "safety-component-missing DSS-3.5",
    "answer library",
  ],
  [
    "a named safety configuration library is not there",
    safe(
      config(
        { ...ARM, board: { files: [{ name: "smmu-armsmmu-safety.so", certified: true }] } },
        `smmu armsmmu\n${UNIT}-safety`,
      ),
    ),
    "safety-component-missing DSS-3.5",
    "answer library",
  ],
  // 6. smmuman-safety in a guest, and a component that is not certified.
  [
    "a component of the host is not certified",
    safe({ config: "", board: { vdev: { ...VDEV, components: [{ name: "qvm", certified: false }] } } }),
    "component-not-certified DSS-3.6",
    "answer vdev-components",
  ],
  [
    "the vdev reports no status",
    safe({ config: "", board: { vdev: { ...VDEV, components: undefined } } }),
    "component-not-certified DSS-3.6",
    "answer vdev-components",
  ],
  [
    "a component of the guest is not certified",
    safe({ config: "", board: { vdev: VDEV, components: [{ name: "procnto", certified: false }] } }),
    "component-not-certified DSS-3.6",
    "answer components",
  ],
  // Certification on hardware (G-6, SAF-8, SAF-8a).
  [
    "only the plain library is there",
    safe(x86With({ files: [{ name: "smmu-vtd.so" }] })),
    "component-not-certified G-6",
    "answer library",
  ],
  [
    "a renamed plain library",
    safe(x86With({ files: [{ name: "smmu-vtd-safety.so", certified: false }] })),
    "component-not-certified SAF-8a",
    "answer library",
  ],
  [
    "the kernel is not certified",
    safe(x86With({ components: [{ name: "procnto", certified: false }] })),
    "component-not-certified G-6",
    "answer components",
  ],
  [
    "smmuman is told to require what it has not",
    config(VTD, "safety required smmu vtd"),
    "component-not-certified SAF-8",
    "answer library",
  ],
  // DSS-4: configuration (G-7 and what the board shows to be wrong with it).
  ["an unknown option", config(VTD, "smmu vtd\nalow a 0,1"), "configuration-error G-7", "config.problem"],
  [
    "an @ file that is not there",
    config(VTD, "smmu vtd @missing.smmu"),
    "configuration-error G-7",
    "config.problem",
  ],
  [
    "the configuration cannot be read at all",
    { ...VTD, failStep: 3 },
    "configuration-error G-7",
    "answer configuration",
  ],
  [
    "an unknown safety response",
    config(VTD, "smmu vtd safety maybe"),
    "configuration-error G-7",
    "config.problem",
  ],
  [
    "an MMIO device under VT-d",
    config(VTD, "smmu vtd device mem:0xfe000000"),
    "configuration-error G-7",
    "config.problem",
  ],
  [
    "bypass under the safety variant",
    safe(config(ARM, "smmu armsmmu\nunit u 0x51400000,64,66,1")),
    "configuration-error G-7",
    "config.problem",
  ],
  [
    "a write-only grant on R-Car under the safety variant",
    safe(config(RCAR, `${RCAR.config} allow w 0x70000000,4K,t device mem:0xe6ef0000 w`)),
    "configuration-error G-7",
    "config.problem",
  ],
  [
    "a reserved StreamID is used",
    config(ARM, `smmu armsmmu\n${UNIT}\ndevice mem:0x5b010000 use mmu500 5`),
    "configuration-error G-7",
    "config.problem",
  ],
  [
    "a device that no unit controls",
    config(ARM, `smmu armsmmu\nunit a 0x51400000,64,66,0\nunit b 0x52400000,65,67,0\ndevice mem:0x99990000`),
    "configuration-error G-1",
    "answer board",
  ],
  [
    "a reserved region over the OS image",
    config(VTD, "smmu vtd device pci:0:1.0 reserved 0x1000000,4K"),
    "configuration-error G-16",
    "answer board",
  ],
  ["ACPI ignored and no unit", config(VTD, "smmu vtd ignore"), "configuration-error X86-6", "answer board"],
  // The board.
  [
    "ACPI required and none there",
    x86With({ units: [] }, "smmu vtd require"),
    "board-error X86-6",
    "answer board",
  ],
  ["no unit at all", x86With({ units: [] }), "board-error G-1", "answer board"],
  [
    "another chip",
    config(RCAR, "smmu rcar3 0xe67b0000,228,18,0x52.0x10\nunit vi0 0xfebd0000,14"),
    "board-error G-22",
    "answer soc",
  ],
  ["a chip that cannot be identified", { ...RCAR, failStep: 6 }, "board-error G-22", "answer soc"],
  // Units and memory.
  [
    "a unit cannot be programmed",
    fails(VTD, { what: "unit", name: "dmar0" }),
    "unit-failure DSS-4",
    "answer program",
  ],
  [
    "translation cannot be enabled",
    fails(VTD, { what: "unit", name: "enable" }),
    "unit-failure DSS-4",
    "answer enable",
  ],
  [
    "a unit stops answering while it runs",
    fails(VTD, { what: "unit", name: "dmar0", at: "run" }),
    "unit-failure DSS-3.1",
    "fail",
  ],
  [
    "no memory for a unit",
    fails(VTD, { what: "memory", name: "dmar0" }),
    "resource-exhausted DSS-4",
    "answer memory",
  ],
  [
    "no memory for a device",
    fails(VTD, { what: "memory", name: "pci:0000:00:01.0" }),
    "resource-exhausted DSS-4",
    "answer memory",
  ],
  [
    "no memory while it runs",
    fails(VTD, { what: "memory", at: "run" }),
    "resource-exhausted DSS-3.1",
    "fail",
  ],
  // The vdev.
  [
    "no service in the host",
    { config: "", board: { vdev: { ...VDEV, hostService: false } } },
    "vdev-not-confirmed HG-4",
    "answer vdev-host-service",
  ],
  [
    "the VM is not attached",
    { config: "", board: { vdev: { ...VDEV, attached: false } } },
    "vdev-not-confirmed HG-4",
    "answer vdev-attached",
  ],
  [
    "the vdev never answers",
    { config: "", board: { vdev: { ...VDEV, answers: false } } },
    "vdev-not-confirmed G-2",
    "answer vdev-host-service",
  ],
  [
    "the vdev does not tell of components",
    fails(GUEST, { what: "vdev", name: "components" }),
    "vdev-not-confirmed G-2",
    "answer vdev-components",
  ],
  [
    "the vdev stops answering while it runs",
    fails(GUEST, { what: "vdev", at: "run" }),
    "vdev-not-confirmed G-2",
    "fail",
  ],
  // The process.
  [
    "a second instance",
    x86With({ services: ["smmuman-safety"] }),
    "second-instance G-44",
    "answer second-instance",
  ],
  ["a signal while it runs", fails(VTD, { what: "signal", name: "SIGTERM" }), "terminated G-8", "fail"],
  [
    "a signal while it starts",
    fails(VTD, { what: "signal", name: "SIGHUP", at: 5 }),
    "terminated G-8",
    "fail",
  ],
  [
    "the change of user fails",
    { ...config(VTD, "smmu vtd user 100:100"), failStep: 12 },
    "undefined-condition G-4",
    "answer user",
  ],
];

/** What clients, devices and people do afterwards. */
const AFTERWARDS: readonly object[] = [
  { kind: "mark", text: "afterwards" },
  { kind: "client", client: "devb", abilities: ["smmu/attach"] },
  { kind: "call", client: "devb", function: "smmu_init", args: { flags: 0 }, returns: -1, errno: "EBADF" },
  { kind: "call", client: "devb", function: "smmu_obj_create", args: { flags: [] }, as: "o1", returns: null },
  { kind: "object.create", object: "o2" },
  { kind: "attach", device: "pci:0000:00:01.0", object: "o2" },
  { kind: "map", object: "o2", address: "0x5000", length: 4096, access: "rw" },
  { kind: "translation", enabled: false },
  { kind: "fail", what: "signal", at: "run" },
];
const FORBIDDEN =
  /^(MessageEmitted|StartupGranted|MappingAdded|ClientConnected|ObjectCreated|DeviceAttached|TranslationSwitched|UnitEnabled|UnitProgrammed|ServiceReady|DssEntered)$/;

function causeOf(events: readonly IommuEvent[], seq: number): string {
  const event = events[seq]!;
  return event.kind === "answer" ? `answer ${event.answer.to}` : event.kind;
}

describe("section 4: every trigger, told by a configuration, a board or a scenario", () => {
  test.each(TRIGGERS)("%s", (_, story, dss, cause) => {
    const run = start(story);
    expect(run.dss).toBe(dss);
    expect(causeOf(run.events, run.state.service!.dss!.seq)).toBe(cause);
    // DSS-3: its triggers 2 to 4 report in these words.
    const [reason] = dss.split(" ");
    expect(run.said.at(-1)).toContain("entering the Design Safe State");
    if (reason === "hardware-absent") expect(run.said.at(-1)).toContain("required hardware is absent");
    expect(run.events.at(-1)).toEqual({ kind: "SystemDssRequested", requirement: "DSS-2" });
  });

  test.each(TRIGGERS)(
    "%s: afterwards no grant, no client, no message, and units as they were",
    (_, story) => {
      const run = start({ ...story, scenario: [...(story.scenario ?? []), ...AFTERWARDS] });
      const end = run.events.findIndex(({ kind }) => kind === "DssEntered");
      const after = run.events.slice(end + 2);
      expect(after.some(({ kind }) => kind === "mark")).toBe(true);
      expect(after.filter(({ kind }) => FORBIDDEN.test(kind))).toEqual([]);
      expect([...run.state.clients.values()].filter(({ connected }) => connected)).toEqual([]);
      const before = start(story).state;
      expect([...run.state.units]).toEqual([...before.units]);
      // The board is asked about the devices that the scenario names, too.
      expect({ ...run.state.service, board: null }).toEqual({ ...before.service, board: null });
    },
  );
});
