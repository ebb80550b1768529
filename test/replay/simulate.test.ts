import { describe, expect, test } from "vitest";
import { recordMembers } from "../../events/codec/eventJson.ts";
import type { IommuEvent } from "../../events/recordedEvent.ts";
import { isOutcome } from "../../events/recordedEvent.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { events } from "../../replay/bootEvents.ts";
import { BootRecorder } from "../../replay/bootRecorder.ts";
import { exposureOf } from "../../replay/exposure/exposure.ts";
import { replayBoot, stateAt } from "../../replay/replayBoot.ts";
import { simulate } from "../../replay/simulate.ts";
import { verifyBoot } from "../../replay/verifyBoot.ts";
import { memoryEventStore } from "../../store/memoryEventStore.ts";
import { readLines } from "../support/machine.ts";
import { assemble, type StartupStory, start, verdicts } from "../support/startup.ts";

const STORY: StartupStory = {
  config: `
debug 2
smmu vtd require
allow smbs0 $asinfo_start{smbs0},$asinfo_length{smbs0},st
device pci:0:18.0 smbs0 reserved 0x20000000,0x1000
`,
  board: "example:x86-vtd",
  scenario: [
    { kind: "dma", device: "pci:0000:00:12.0", address: "0x70000000", length: 64, access: "w" },
    { kind: "dma", device: "pci:0000:00:12.0", address: "0x60000000", length: 64, access: "w" },
    { kind: "fail", what: "signal", name: "SIGTERM" },
    { kind: "dma", device: "pci:0000:00:12.0", address: "0x70000000", length: 64, access: "r" },
  ],
};

/** A simulated boot in a store; `change` may falsify an event on its way into the log. */
function stored(story: StartupStory, change: (event: IommuEvent) => IommuEvent = (event) => event) {
  const { simulation, family } = assemble(story);
  const store = memoryEventStore();
  const header = { family, recorder: "test", note: null, outcomes: "recorded", extra: null } as const;
  const writer = store.create({ name: "b", source: "test", sourceDigest: null, header });
  const recorder = new BootRecorder(writer, header);
  const add = recorder.add.bind(recorder);
  recorder.add = (fact) => add({ ...fact, event: change(fact.event) });
  simulate(recorder, simulation);
  recorder.finish(0);
  return store.read("b");
}

describe("a simulated boot in the log", () => {
  test("each outcome is an event of its own that names its cause; grants bear the seq of their cause", () => {
    const all = [...events(stored(STORY))];
    let stimulus = -1;
    for (const { seq, cause, event } of all) {
      if (isOutcome(event)) expect(cause).toBe(stimulus);
      else {
        expect(cause).toBeNull();
        stimulus = seq;
      }
    }
    const granted = all.find(({ event }) => event.kind === "StartupGranted")!;
    const permitted = all.find(({ event }) => event.kind === "TransferPermitted")!.event;
    expect(permitted).toMatchObject({ via: "grant", grantedAt: granted.cause });
  });

  test("a grant tells the line of the configuration that asks for it", () => {
    const granted = [...events(stored(STORY))].find(({ event }) => event.kind === "StartupGranted")!;
    expect(granted.origin).toEqual({ file: "a.smmu", line: 4 });
  });

  test("its replay needs no environment and comes to the same state", () => {
    const reader = stored(STORY);
    const report = replayBoot(reader);
    expect(report.phase).toBe("dss");
    expect(report.stateDigest).toBe(reader.info.summary!.stateDigest);
    expect(report.transactions).toMatchObject({ total: 3, permitted: 2, denied: 1 });
    expect(report.conformance).toMatchObject({ compared: 0, diverged: 0 });
  });

  test("the phase at a point is that of the service", () => {
    const reader = stored(STORY);
    const kinds: string[] = [...events(reader)].map(({ event }) => event.kind);
    const phaseAfter = (kind: string) => replayBoot(reader, kinds.indexOf(kind)).phase;
    expect(replayBoot(reader, 0).phase).toBe("unstarted");
    expect(phaseAfter("ServiceStarted")).toBe("starting");
    expect(phaseAfter("ServiceReady")).toBe("running");
    expect(phaseAfter("DssEntered")).toBe("dss");
    expect(stateAt(reader).service!.dss).toMatchObject({ reason: "terminated", requirement: "G-8" });
  });

  test("each transfer through an open window counts once, though its verdict is an event as well", () => {
    const [, wild] = STORY.scenario!;
    const before = stored({ ...STORY, scenario: [wild!, { kind: "service.start" }, ...STORY.scenario!] });
    expect(exposureOf(before).totals.unrestrictedTransfers).toBe(1);
    expect(exposureOf(stored(STORY)).totals.unrestrictedTransfers).toBe(0);
  });

  test("it verifies", () => {
    const reader = stored(STORY);
    expect(verifyBoot(reader, { boot: "b", ok: true, firstBad: null })).toMatchObject({ ok: true });
  });

  test("recorded outcomes that today's rules would not decide are divergences", () => {
    const wider = stored(STORY, (event) =>
      event.kind === "StartupGranted" ? { ...event, lastPage: (event.lastPage + 1) as never } : event,
    );
    const { diverged, compared, agreed, stale, divergences } = replayBoot(wider).conformance;
    expect(diverged).toBeGreaterThan(0);
    expect(compared).toBe(agreed + stale + diverged);
    const [first] = divergences;
    expect(JSON.stringify(first!.expected)).not.toBe(JSON.stringify(first!.actual));
    const cause = [...events(wider)].find(({ event }) => event.kind === "StartupGranted")!.cause;
    expect(first!.seq).toBe(cause);
  });

  test("a replay that stops among the outcomes of a stimulus blames nobody", () => {
    const reader = stored(STORY);
    for (const { seq } of events(reader)) expect(replayBoot(reader, seq).conformance.diverged).toBe(0);
  });
});

describe("a start-up told as a trace", () => {
  const STORIES: readonly StartupStory[] = [
    STORY,
    { config: "smmu vtd\nalow x", board: "example:x86-vtd" },
    { config: "safety warn", board: "example:guest", service: "smmuman-safety" },
    {
      config: "smmu armsmmu\nunit mmu500 0x51400000,64,66,0,4:5:16,imx8\ndevice mem:0x5b010000 use mmu500 7",
      board: "example:imx8-mmu500",
    },
    {
      config:
        "smmu rcar3 0xe67b0000,228,18,0x4f.0x20\nunit vi0 0xfebd0000,0\ndevice mem:0xe6ef0000 use vi0 0",
      board: "example:rcar-h3",
    },
  ];

  test.each(STORIES)("story %#: every record is read back as it was told, without a remark", (story) => {
    const stimuli = start(story).events.filter((event): event is Stimulus => !isOutcome(event));
    const { stimuli: read, diagnostics } = readLines(stimuli.map((s) => JSON.stringify(recordMembers(s))));
    expect(diagnostics).toEqual([]);
    expect(read.map(({ stimulus }) => stimulus)).toEqual(stimuli);
  });

  test("records that are not what their kind has are refused, with their place", () => {
    const { stimuli, diagnostics } = readLines([
      '{"kind":"service.start","service":"smmu"}',
      '{"kind":"answer","step":1,"answer":{"to":"board","board":{}}}',
      '{"kind":"answer","step":0,"answer":{"to":"soc","soc":null}}',
      '{"kind":"config.end","config":{"service":"smmuman"}}',
      '{"kind":"config.option","index":-1}',
      '{"kind":"fail","what":"everything"}',
      '{"kind":"fail","what":"step","at":0}',
    ]);
    expect(stimuli).toEqual([]);
    expect(diagnostics.map(({ code, line }) => `${code}:${line}`)).toEqual([
      "TRC104:2",
      "TRC104:3",
      "TRC104:4",
      "TRC104:5",
      "TRC104:6",
      "TRC104:7",
      "TRC104:8",
    ]);
  });
});

describe("streams that a scenario names by their StreamID", () => {
  const config = (bypass: 0 | 1, more = "") => `smmu armsmmu
unit mmu500 0x51400000,64,66,${bypass},4:5:16,imx8
allow usdhc1 $asinfo_start{usdhc1},$asinfo_length{usdhc1},st
device mem:0x5b010000 usdhc1 use mmu500 8
${more}`;
  const dma = (id: number, address = "0xb0000000") => {
    return { kind: "dma", device: `stream:0x${id.toString(16)}`, address, length: 4, access: "w" };
  };
  const board = "example:imx8-mmu500";

  test("LIM-6: the stream of a configured device has that device's grants and no more", () => {
    const scenario = [dma(8), dma(8, "0xb0200000")];
    expect(verdicts(start({ config: config(0), board, scenario }))).toEqual([
      "permitted grant",
      "denied unmapped",
    ]);
  });

  test("G-33: a stream that nobody configured is behind the unit, and denied", () => {
    expect(verdicts(start({ config: config(0), board, scenario: [dma(9)] }))).toEqual(["denied no-object"]);
  });

  test("ARM-6: with bypass 1 the unknown stream passes, and the known one does not", () => {
    const scenario = [dma(9), dma(8), dma(8, "0xb0200000")];
    expect(verdicts(start({ config: config(1), board, scenario }))).toEqual([
      "permitted bypass",
      "permitted grant",
      "denied unmapped",
    ]);
  });

  test("of two units that both know the number, neither's grants are meant", () => {
    const second = "unit second 0x52400000,65,67,0\ndevice mem:0x5b020000 use second 8";
    const run = start({ config: config(0, second), board, scenario: [dma(8)] });
    expect(verdicts(run)).toEqual(["denied no-object"]);
  });

  test("PUR-5: no window is open of a device that appears when its unit is on", () => {
    const appears = { kind: "device", device: "pci:0000:00:03.0" };
    const run = start({ config: "smmu vtd", board: "example:x86-vtd", scenario: [appears, dma(1)] });
    expect(run.state.devices.get("pci:0000:00:03.0" as DeviceName)!.window).toBeNull();
  });
});
