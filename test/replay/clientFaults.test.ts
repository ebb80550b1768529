import { describe, expect, test } from "vitest";
import { clientFaults } from "../../replay/clientFaults.ts";
import { replayBoot, stateAt } from "../../replay/replayBoot.ts";
import { stateJson } from "../../replay/stateJson.ts";
import { bootFrom } from "../support/boots.ts";
import { clientRecordOf } from "../support/clientNotation.ts";

function tell(family: string, story: string) {
  const lines = story
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return bootFrom(lines.map(clientRecordOf), family);
}

const storm = (page: string, times: number) =>
  Array.from({ length: times }, () => `dma 00:12.0 ${page}+4 w`).join("\n");

describe("what the hardware had against what clients could learn (FLT-*)", () => {
  test("fetched, waiting, dropped and left behind, by client; the rest is the blind spot", () => {
    const told = clientFaults(
      tell(
        "vtd",
        `unit u0
         device 00:12.0 u0
         client c1 attach
         client c2 attach
         c1: smmu_init(0)
         c2: smmu_init(0)
         ${storm("0x1234", 66)}
         c1: smmu_xfer_status()
         exit c2
         exit c1
         ${storm("0x5000", 2)}`,
      ),
    )!;
    expect(told).toMatchObject({
      refused: 68,
      learnt: 1,
      waiting: 0,
      blind: { gone: 63, dropped: 2, "nobody-connected": 2, merged: 0, overflow: 0, silent: 0 },
      hidden: { "page-offset": 1 },
      clients: [
        { client: "c1", fetched: 1, waiting: 0, dropped: 2, gone: 63 },
        { client: "c2", fetched: 0, waiting: 0, dropped: 2, gone: 64 },
      ],
    });
  });
});

test("what a service kept is lost when it ends, and nobody reads what the units record afterwards (DSS-1, FLT-2)", () => {
  const told = clientFaults(
    tell(
      "ideal",
      `unit u0
       device 00:12.0 u0
       client c1 attach
       c1: smmu_init(0)
       ${storm("0x1000", 3)}
       c1: smmu_xfer_status()
       {"kind":"service.start","service":"smmuman","arguments":[]}
       {"kind":"fail","what":"signal","name":"SIGTERM"}
       ${storm("0x1000", 2)}`,
    ),
  )!;
  expect(told).toMatchObject({
    refused: 5,
    learnt: 1,
    waiting: 0,
    blind: { lost: 2, "no-service": 2, "nobody-connected": 0, gone: 0 },
    clients: [{ client: "c1", fetched: 1, waiting: 0, lost: 2 }],
  });
});

describe("the units' part in it (hardware 1.6, 2.2, 3.1, 3.5)", () => {
  test("what a unit lost nobody learns; what it never records neither", () => {
    const told = clientFaults(
      tell(
        "smmuv3",
        `{"kind":"unit","unit":"u0","faultRecords":2}
         device 00:12.0 u0
         device 00:14.0 u0
         client c1 attach
         c1: smmu_init(0)
         c1: o1 = smmu_obj_create()
         c1: smmu_device_add_pci(o1, 0, 18, 0)
         ${storm("0x1000", 5)}
         dma 00:14.0 0x1000+4 r`,
      ),
    )!;
    expect(told).toMatchObject({ refused: 6, waiting: 2, blind: { overflow: 3, silent: 1 } });
    expect(told.byFault.get(9)).toEqual({ unit: "overflow", clients: [], hidden: [] });
  });

  test("a boot in which no client ever connects has no such account", () => {
    expect(clientFaults(tell("vtd", `attach 00:12.0 o1\n${storm("0x1000", 3)}`))).toBeNull();
  });
});

describe("calls in a replay and in a state (contract 1, 5)", () => {
  const STORY = `
    device 00:12.0
    client c1 attach
    {"kind":"call","client":"c1","function":"smmu_init","returns":0}
    {"kind":"call","client":"c1","function":"smmu_obj_create","as":"o1","returns":"o1"}
    {"kind":"call","client":"c1","function":"smmu_device_add_pci","args":{"sop":"o1","pbus":0,"pdev":18,"pfunc":0},"returns":-1,"errno":"EBUSY"}
    {"kind":"call","client":"c1","function":"smmu_fini","returns":-1,"errno":"EIO"}
    {"kind":"call","client":"c1","function":"smmu_safety","returns":"SMMUMAN_SAFETY_ERROR"}
    dma 00:12.0 0x1000+4 r saw denied
  `;

  test("a return that is not the recorded one is a divergence, counted beside those of transfers", () => {
    const { conformance } = replayBoot(tell("vtd", STORY));
    expect(conformance).toMatchObject({
      compared: 6,
      agreed: 4,
      diverged: 2,
      divergences: [
        {
          seq: 4,
          expected: { function: "smmu_device_add_pci", returns: -1, errno: "EBUSY" },
          actual: { function: "smmu_device_add_pci", returns: 0, errno: null },
        },
        { seq: 5, expected: { returns: -1, errno: "EIO" }, actual: { returns: 0 } },
      ],
    });
  });

  test("divergences of calls are findings of the boot", () => {
    expect([...tell("vtd", STORY).findings()].map(({ seq, conformance }) => [seq, conformance])).toEqual([
      [4, "diverged"],
      [5, "diverged"],
    ]);
  });

  test("a state tells its clients: abilities, objects, records that wait (contract 1)", () => {
    const boot = tell(
      "vtd",
      `client c1 attach
       c1: smmu_init(0)
       c1: o1 = smmu_obj_create()
       device 00:12.0
       attach 00:12.0 o1
       dma 00:12.0 0x1234+4 w`,
    );
    expect(stateJson(stateAt(boot))["clients"]).toEqual([
      {
        client: "c1",
        abilities: ["smmu/attach"],
        vm: null,
        connected: true,
        objects: ["o1"],
        pendingFaults: [{ seq: 5, device: "pci:0000:00:12.0", address: "0x1000" }],
        droppedFaults: false,
        notify: false,
      },
    ]);
  });

  test("any number that is not negative is success of smmu_init (VER-5)", () => {
    const story = (returns: number) => `
      client c1 attach
      {"kind":"call","client":"c1","function":"smmu_init","returns":${returns}}
    `;
    expect(replayBoot(tell("vtd", story(7))).conformance).toMatchObject({ agreed: 1, diverged: 0 });
    expect(replayBoot(tell("vtd", story(-1))).conformance).toMatchObject({ agreed: 0, diverged: 1 });
  });

  test("a recorder that saw nothing written agrees that there was no record, however that was told (G-30)", () => {
    const story = (args: string, returns: number) => `
      client c1 attach
      c1: smmu_init(0)
      {"kind":"call","client":"c1","function":"smmu_xfer_status","args":${args},"returns":${returns}}
    `;
    expect(replayBoot(tell("vtd", story('{"ssp":{}}', 0))).conformance.diverged).toBe(0);
    expect(replayBoot(tell("vtd", story("{}", 0))).conformance.diverged).toBe(1);
    expect(replayBoot(tell("vtd", story("{}", -1))).conformance.diverged).toBe(0);
  });
});
