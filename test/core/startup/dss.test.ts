import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, viewOf } from "../../../core/decide.ts";
import { evolve } from "../../../core/evolve.ts";
import { stateDigest } from "../../../core/stateDigest.ts";
import { type IommuEvent, isOutcome } from "../../../events/recordedEvent.ts";
import { isStartupOutcome } from "../../../events/startupEvents.ts";
import { DSS_REASONS } from "../../../events/vocabulary/service.ts";
import { deepFreeze } from "../../support/deepFreeze.ts";
import { recordedEvents } from "../../support/recordedEvents.ts";
import { type StartupStory, start, verdicts } from "../../support/startup.ts";

const BOARD = {
  pci: [{ device: "pci:0000:00:01.0" }, { device: "pci:0000:00:02.0" }],
  units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", includeAll: true }],
  files: [{ name: "smmu-vtd.so" }],
};
const GOOD: StartupStory = {
  config: "smmu vtd\nallow a 0x1000,0x2000\ndevice pci:0:1.0 a",
  board: BOARD,
};
const VDEV = { hostService: true, attached: true, answers: true, components: [] };
const IN_REACH = { kind: "dma", device: "pci:0000:00:01.0", address: "0x1000", length: 4, access: "w" };
const OUT_OF_REACH = { ...IN_REACH, address: "0x9000" };

/** Every trigger of section 4, and those that section 13 adds. */
const TRIGGERS: readonly (readonly [string, StartupStory, string])[] = [
  [
    "DSS-3.1: an interrupt that nobody knows",
    { ...GOOD, scenario: [{ kind: "fail", what: "interrupt", name: "57" }] },
    "undefined-condition DSS-3.1",
  ],
  ["DSS-3.2: the library cannot be loaded", { config: "smmu vtd" }, "hardware-absent DSS-3.2"],
  ["DSS-3.3: no library named", { config: "debug 2", board: BOARD }, "hardware-absent DSS-3.3"],
  ["DSS-3.4: a guest without vdev", { config: "", guest: true }, "hardware-absent DSS-3.4"],
  [
    "DSS-3.5: a forced safety file is missing",
    { ...GOOD, config: "smmu vtd-safety.so", service: "smmuman-safety" },
    "safety-component-missing DSS-3.5",
  ],
  [
    "DSS-3.6: a guest's component is not certified",
    {
      config: "",
      service: "smmuman-safety",
      board: { vdev: { ...VDEV, components: [{ name: "qvm", certified: false }] } },
    },
    "component-not-certified DSS-3.6",
  ],
  ["DSS-4, G-7: an unknown option", { ...GOOD, config: "smmu vtd\nalow a 0,1" }, "configuration-error G-7"],
  [
    "DSS-4: a unit cannot be programmed",
    { ...GOOD, scenario: [{ kind: "fail", what: "unit", name: "dmar0" }] },
    "unit-failure DSS-4",
  ],
  [
    "DSS-4: translation cannot be enabled",
    { ...GOOD, scenario: [{ kind: "fail", what: "unit", name: "enable" }] },
    "unit-failure DSS-4",
  ],
  ["DSS-4: no memory", { ...GOOD, scenario: [{ kind: "fail", what: "memory" }] }, "resource-exhausted DSS-4"],
  [
    "DSS-4: no memory for a unit's own tables, where no device is granted anything",
    { config: "smmu vtd", board: BOARD, scenario: [{ kind: "fail", what: "memory" }] },
    "resource-exhausted DSS-4",
  ],
  [
    "DSS-3.1: the kernel refuses",
    { ...GOOD, scenario: [{ kind: "fail", what: "procnto" }] },
    "undefined-condition DSS-3.1",
  ],
  [
    "HG-4: the vdev does not confirm",
    { config: "", board: { vdev: { ...VDEV, attached: false } } },
    "vdev-not-confirmed HG-4",
  ],
  [
    "G-2: the vdev never replies",
    { config: "", board: { vdev: VDEV }, scenario: [{ kind: "fail", what: "vdev" }] },
    "vdev-not-confirmed G-2",
  ],
  [
    "G-44: a second instance",
    { ...GOOD, board: { ...BOARD, services: ["smmuman"] } },
    "second-instance G-44",
  ],
  ["G-1: no unit", { config: "smmu vtd", board: { files: BOARD.files } }, "board-error G-1"],
  [
    "G-4: the change of user fails",
    { ...GOOD, config: `${GOOD.config}\nuser 100:100`, failStep: 13 },
    "undefined-condition G-4",
  ],
  [
    "G-8: SIGTERM",
    { ...GOOD, scenario: [{ kind: "fail", what: "signal", name: "SIGTERM" }] },
    "terminated G-8",
  ],
  [
    "G-8: a signal while it starts",
    { ...GOOD, scenario: [{ kind: "fail", what: "signal", name: "SIGINT", at: 3 }] },
    "terminated G-8",
  ],
  [
    "a unit that stops answering while the service runs",
    { ...GOOD, scenario: [IN_REACH, { kind: "fail", what: "unit", name: "dmar0" }] },
    "unit-failure DSS-3.1",
  ],
];

describe("section 4: what leads to the Design Safe State", () => {
  test.each(TRIGGERS)("%s", (_, story, dss) => {
    const run = start(story);
    expect(run.dss).toBe(dss);
    expect(run.phase).toBe("dss");
  });

  test("every reason that the contract names is among them", () => {
    const reached = new Set(TRIGGERS.map(([, , dss]) => dss.split(" ")[0]));
    expect(DSS_REASONS.filter((reason) => !reached.has(reason))).toEqual([]);
  });

  test.each(TRIGGERS)("%s: it is told before it exits, and the system is told (DSS-1, DSS-2)", (_, story) => {
    const { events } = start(story);
    const at = events.findIndex(({ kind }) => kind === "DssEntered");
    const before = events[at - 1]!;
    expect(before).toMatchObject({ kind: "MessageEmitted", level: "error" });
    expect(events[at]).toMatchObject({ exitStatus: 1 });
    expect(events[at + 1]).toEqual({ kind: "SystemDssRequested", requirement: "DSS-2" });
  });

  test("its seq is that of the event that caused it", () => {
    const { state, events } = start(TRIGGERS[0]![1]);
    expect(events[state.service!.dss!.seq]).toMatchObject({ kind: "fail", what: "interrupt" });
  });

  test("a signal that a process ignores by itself ends nothing", () => {
    expect(start({ ...GOOD, scenario: [{ kind: "fail", what: "signal", name: "SIGCHLD" }] }).phase).toBe(
      "running",
    );
  });

  test("ARM-2, RCR-1: a unit's own interrupt is not unknown, however its number is written", () => {
    const arm = "smmu armsmmu\nunit mmu500 0x51400000,64,66,0,4:5:16,imx8";
    const rcar = "smmu rcar3 0xe67b0000,228,18,0x4f.0x20\nunit vi0 0xfebd0000,14";
    const phaseAt = (config: string, board: string, name: string) =>
      start({ config, board, scenario: [{ kind: "fail", what: "interrupt", name }] }).phase;
    for (const name of ["64", "66", "0x40"])
      expect(phaseAt(arm, "example:imx8-mmu500", name)).toBe("running");
    expect(phaseAt(rcar, "example:rcar-h3", "228")).toBe("running");
    expect(phaseAt(arm, "example:imx8-mmu500", "228")).toBe("dss");
    expect(phaseAt(rcar, "example:rcar-h3", "18")).toBe("dss");
  });

  test("a unit that the service does not have fails nobody", () => {
    const fail = (name: string) => [IN_REACH, { kind: "fail", what: "unit", name }];
    expect(start({ ...GOOD, scenario: fail("dmar7") }).phase).toBe("running");
    expect(start({ ...GOOD, scenario: fail("dmar0") }).phase).toBe("dss");
  });

  test("a library that fails when all are loaded ends nothing", () => {
    const scenario = [IN_REACH, { kind: "fail", what: "library", at: "run" }];
    expect(start({ ...GOOD, scenario }).phase).toBe("running");
  });
});

describe("G-8: units go on as they were programmed", () => {
  const TERM = { kind: "fail", what: "signal", name: "SIGTERM" };

  test("translation stays enabled, and transfers are judged by the tables in force", () => {
    const run = start({ ...GOOD, scenario: [TERM, IN_REACH, OUT_OF_REACH] });
    expect(run.phase).toBe("dss");
    expect(verdicts(run)).toEqual(["permitted grant", "denied unmapped"]);
    expect([...run.state.units.values()].map(({ translation }) => translation)).toEqual([true]);
  });

  test("a start-up that fails before its units are enabled leaves them as firmware left them", () => {
    const run = start({ ...GOOD, scenario: [{ kind: "fail", what: "unit" }, OUT_OF_REACH] });
    expect(verdicts(run)).toEqual(["permitted translation-off"]);
  });

  test("of two units one enabled: it stays enabled", () => {
    const units = [
      ...BOARD.units,
      { name: "dmar1", family: "vtd", base: "0xfed91000", devices: ["pci:0000:00:02.0"] },
    ];
    const run = start({
      ...GOOD,
      board: { ...BOARD, units },
      scenario: [
        { kind: "fail", what: "unit", name: "enable", at: 2 },
        OUT_OF_REACH,
        { ...OUT_OF_REACH, device: "pci:0000:00:02.0" },
      ],
    });
    expect(run.dss).toBe("unit-failure DSS-4");
    expect(verdicts(run)).toEqual(["denied unmapped", "permitted translation-off"]);
  });
});

describe("the DSS is absorbing", () => {
  const inDss = deepFreeze(
    start({ ...GOOD, scenario: [{ kind: "fail", what: "signal", name: "SIGTERM" }] }).state,
  );
  // A guest's configuration that is never told to its end leaves its service asking for it: no reader tells one so.
  const isWhole = (event: IommuEvent): boolean =>
    event.kind !== "vm" || event.service === null || event.service.config.at(-1)?.kind === "config.end";
  const stimuli = recordedEvents
    .map(({ event }) => event)
    .filter((event) => !isOutcome(event) && isWhole(event));

  test("no stimulus brings a grant, a connected client, a message, a switch of translation, or a way out", () => {
    fc.assert(
      fc.property(fc.array(stimuli, { maxLength: 12 }), (sequence) => {
        let state = inDss;
        for (const [seq, stimulus] of sequence.entries()) {
          if (isOutcome(stimulus)) return;
          const outcomes = decide(viewOf(state), stimulus);
          for (const outcome of outcomes) {
            expect(isStartupOutcome(outcome)).toBe(false);
            expect([
              "MappingAdded",
              "MappingRemoved",
              "DeviceAttached",
              "ObjectCreated",
              "ClientConnected",
              "TranslationSwitched",
              "PassthroughSwitched",
              "UnitAdded",
            ]).not.toContain(outcome.kind);
            state = evolve(state, outcome, 1000 + seq);
          }
        }
        expect(state.service).toEqual(inDss.service);
        expect([...state.units]).toEqual([...inDss.units]);
        expect([...state.clients.values()].some(({ connected }) => connected)).toBe(false);
        for (const [name, device] of inDss.devices) {
          expect(state.devices.get(name)!.startup).toEqual(device.startup);
          expect(state.devices.get(name)!.object).toBe(device.object);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("sometimes there is something to refuse: a mapping, an answer, a second start", () => {
    const refused = (["map", "service.start", "answer", "translation"] as const).map((kind) => {
      const [stimulus] = fc.sample(
        stimuli.filter((event) => event.kind === kind),
        { numRuns: 1, seed: 1 },
      );
      return decide(viewOf(inDss), stimulus as Parameters<typeof decide>[1]);
    });
    for (const outcomes of refused) expect(outcomes).toEqual([{ kind: "Ignored", why: "dss" }]);
    expect(stateDigest(inDss)).toMatch(/^[0-9a-f]{64}$/);
  });
});
