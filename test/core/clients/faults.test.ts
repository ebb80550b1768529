import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../events/outcome.ts";
import { checkClients, clientRecordOf } from "../../support/clientNotation.ts";
import { run, stimuliOf } from "../../support/machine.ts";

const BEGUN = `
  device 00:12.0
  client c1 attach
  client c2 attach
  c1: smmu_init(0)
  c2: smmu_init(0)
  c1: o1 = smmu_obj_create()
  c1: smmu_device_add_pci(o1, 0, 18, 0)
`;

function outcomesOf(family: "vtd" | "smmuv2" | "smmuv3" | "ipmmu" | "amdvi", story: string): Outcome[] {
  const lines = story
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return run(family, stimuliOf(lines.map(clientRecordOf))).steps.flatMap(({ outcomes }) => [...outcomes]);
}

const fates = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap((outcome) => (outcome.kind === "FaultLogged" ? [outcome.fate] : []));

describe("records (FLT-1 to FLT-4, FLT-7, FLT-8, FLT-11)", () => {
  test("the hardware refuses, the service records, and each connected client may fetch it once (FLT-1, FLT-2, FLT-3, FLT-7)", () => {
    checkClients(`
      ${BEGUN}
      dma 00:12.0 0x1004+4 w         => denied unmapped
      c1: smmu_xfer_status()         => 0 00:12.0 0x1004
      c1: smmu_xfer_status()         => -1 EAGAIN
      c2: smmu_xfer_status()         => 0 00:12.0 0x1004
      dma 00:12.0 0x1004+4 w         => denied unmapped
    `);
  });

  test("records come oldest first, whoever owns the device (FLT-3, FLT-7)", () => {
    checkClients(`
      ${BEGUN}
      dma 00:12.0 0x1000+4 w
      dma 00:12.0 0x2000+4 w
      c2: smmu_xfer_status()         => 0 00:12.0 0x1000
      c2: smmu_xfer_status()         => 0 00:12.0 0x2000
      c2: smmu_xfer_status()         => -1 EAGAIN
    `);
  });

  test("64 are kept, newer ones are dropped, and the next record fetched says so (FLT-3, G-31)", () => {
    const storm = Array.from(
      { length: 66 },
      (_, i) => `dma 00:12.0 0x${(0x1000 * (i + 1)).toString(16)}+4 w`,
    );
    const drain = Array.from(
      { length: 63 },
      (_, i) => `c1: smmu_xfer_status()   => 0 00:12.0 0x${(0x1000 * (i + 2)).toString(16)}`,
    );
    checkClients(`
      ${BEGUN}
      ${storm.join("\n")}
      c1: smmu_xfer_status()         => 0 00:12.0 0x1000 SSF_DROPPED_FAULTS
      ${drain.join("\n")}
      c1: smmu_xfer_status()         => -1 EAGAIN
      dma 00:12.0 0x1000+4 w
      c1: smmu_xfer_status()         => 0 00:12.0 0x1000
    `);
  });

  test("one who is not connected when it happens never gets a record (FLT-11)", () => {
    checkClients(`
      ${BEGUN}
      client c3 attach
      dma 00:12.0 0x1000+4 w
      c3: smmu_init(0)
      c3: smmu_xfer_status()         => -1 EAGAIN
      c2: smmu_fini()
      c2: smmu_init(0)
      c2: smmu_xfer_status()         => -1 EAGAIN
    `);
  });

  test("nothing is done to a device that was refused: what it may do it still may (FLT-1, G-42)", () => {
    checkClients(`
      ${BEGUN}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      dma 00:12.0 0x5000+4 w         => denied
      dma 00:12.0 0x1000+4 r         => permitted
    `);
  });

  test("a fault that is told without its transfer can be fetched, and is not told twice", () => {
    checkClients(`
      ${BEGUN}
      {"kind":"fault","device":"pci:0000:00:12.0","address":"0x7000","access":"w"}
      c1: smmu_xfer_status()         => 0 00:12.0 0x7000
      c1: smmu_xfer_status()         => -1 EAGAIN
      dma 00:12.0 0x9010+4 w         => denied
      {"kind":"fault","device":"pci:0000:00:12.0","address":"0x9000","access":"w"}
      c1: smmu_xfer_status()         => 0 00:12.0 0x9010
      c1: smmu_xfer_status()         => -1 EAGAIN
    `);
  });
});

describe("what the hardware tells (FLT-4, LIM-1, LIM-4, LIM-5)", () => {
  test("VT-d drops the low 12 bits of the address (FLT-4)", () => {
    checkClients(`
      family vtd
      ${BEGUN}
      dma 00:12.0 0x1abc+4 w         => denied 0x05
      c1: smmu_xfer_status()         => 0 00:12.0 0x1000
    `);
  });

  test("an IPMMU names no device (FLT-4, LIM-1)", () => {
    checkClients(`
      family ipmmu
      ${BEGUN}
      dma 00:12.0 0x1abc+4 w         => denied 0x1
      c1: smmu_xfer_status()         => 0 no-device 0x1abc
    `);
  });

  test("of devices that share an identifier the record does not tell which it was (LIM-4, LIM-5)", () => {
    checkClients(`
      family smmuv3
      {"kind":"device","device":"pci:0000:00:13.0","identifiers":["0x8"]}
      {"kind":"device","device":"pci:0000:00:13.1","identifiers":["0x8"]}
      ${BEGUN}
      c1: smmu_device_add_pci(o1, 0, 19, 0)
      dma 00:13.1 0x1abc+4 w         => denied F_TRANSLATION
      c1: smmu_xfer_status()         => 0 no-device 0x1abc
    `);
    const delivered = outcomesOf(
      "smmuv3",
      `{"kind":"device","device":"pci:0000:00:13.0","identifiers":["0x8"]}
       {"kind":"device","device":"pci:0000:00:13.1","identifiers":["0x8"]}
       client c1 attach
       c1: smmu_init(0)
       c1: o1 = smmu_obj_create()
       c1: smmu_device_add_pci(o1, 0, 19, 0)
       dma 00:13.1 0x1abc+4 w`,
    ).find((outcome) => outcome.kind === "FaultDelivered");
    expect(delivered).toMatchObject({ candidates: ["pci:0000:00:13.0", "pci:0000:00:13.1"], hardware: 0x10 });
  });

  test("some refusals leave no record: a stream that is set to abort leaves no event (hardware 3.1, 7)", () => {
    checkClients(`
      family smmuv3
      device 00:14.0
      ${BEGUN}
      dma 00:14.0 0x1000+4 w         => denied no-object no-code
      c1: smmu_xfer_status()         => -1 EAGAIN
    `);
  });

  test("an unidentified SMMUv2 stream is a global fault, and that has no address (hardware 2.3)", () => {
    checkClients(`
      family smmuv2
      device 00:14.0
      ${BEGUN}
      dma 00:14.0 0x1000+4 w         => denied no-object
      c1: smmu_xfer_status()         => 0 00:14.0 0x0
    `);
  });
});

describe("notification (API-10, FLT-5, FLT-6)", () => {
  const notified = (story: string) =>
    outcomesOf("vtd", story).flatMap((outcome) =>
      outcome.kind === "FaultDelivered" ? [outcome.notified] : [],
    );

  test("one event per registration, delivered to all who registered, and not queued (FLT-5, FLT-6, FLT-8)", () => {
    expect(
      notified(`
        ${BEGUN}
        dma 00:12.0 0x1000+4 w
        c1: smmu_xfer_notify()
        c2: smmu_xfer_notify()
        dma 00:12.0 0x2000+4 w
        dma 00:12.0 0x3000+4 w
        c2: smmu_xfer_notify()
        dma 00:12.0 0x4000+4 w
      `),
    ).toEqual([[], ["c1", "c2"], [], ["c2"]]);
  });

  test("a client that hears of a fault with 64 records waiting hears of one it cannot fetch (FLT-3, FLT-6)", () => {
    const storm = Array.from({ length: 64 }, () => "dma 00:12.0 0x1000+4 w").join("\n");
    expect(
      notified(`
        ${BEGUN}
        ${storm}
        c1: smmu_xfer_notify()
        dma 00:12.0 0x2000+4 w
      `).at(-1),
    ).toEqual(["c1"]);
  });

  test("a NULL event is EFAULT (G-27)", () => {
    checkClients(`
      ${BEGUN}
      {"kind":"call","client":"c1","function":"smmu_xfer_notify","args":{"evp":null}}   => -1 EFAULT
    `);
  });
});

describe("what a unit's own registers lose (hardware 1.6, 2.2, 3.5)", () => {
  const withUnit = (unit: object, transfers: string) => `
    ${JSON.stringify({ kind: "unit", unit: "u0", ...unit })}
    device 00:12.0 u0
    device 00:14.0 u0
    ${BEGUN.replace("device 00:12.0", "")}
    c1: smmu_device_add_pci(o1, 0, 20, 0)
    ${transfers}
  `;
  const burst = `
    dma 00:12.0 0x1000+4 w
    dma 00:12.0 0x2000+4 w
    dma 00:14.0 0x3000+4 w
    dma 00:12.0 0x4000+4 w
  `;

  test("VT-d with one record: the first fault of a burst is kept, the rest only set PFO (hardware 1.6)", () => {
    const outcomes = outcomesOf("vtd", withUnit({ faultRecords: 1 }, burst));
    expect(fates(outcomes)).toEqual(["recorded", "overflow", "overflow", "overflow"]);
    expect(outcomes.filter((outcome) => outcome.kind === "FaultDelivered")).toHaveLength(1);
  });

  test("VT-d that merges drops a requester's second fault without a sign, before it looks for room (hardware 1.6)", () => {
    const outcomes = outcomesOf("vtd", withUnit({ faultRecords: 2, faultMerging: true }, burst));
    expect(fates(outcomes)).toEqual(["recorded", "merged", "recorded", "merged"]);
  });

  test("once PFO is set everything is dropped, merging or not (hardware 1.6)", () => {
    const outcomes = outcomesOf("vtd", withUnit({ faultRecords: 1, faultMerging: true }, burst));
    expect(fates(outcomes)).toEqual(["recorded", "merged", "overflow", "overflow"]);
  });

  test("an SMMUv2 context bank keeps its first fault; later ones only set MULTI (hardware 2.2)", () => {
    checkClients(`
      family smmuv2
      ${withUnit({ faultRecords: 1 }, burst)}
      c1: smmu_xfer_status()         => 0 00:12.0 0x1000
      c1: smmu_xfer_status()         => -1 EAGAIN
    `);
    const outcomes = outcomesOf("smmuv2", withUnit({ faultRecords: 1 }, `${burst}\nc1: smmu_xfer_status()`));
    expect(fates(outcomes)).toEqual(["recorded", "merged", "merged", "merged"]);
    const status = outcomes.find((outcome) => outcome.kind === "CallReturned" && outcome.wrote !== null);
    expect(status).toMatchObject({ wrote: { hw_specific: "0x80000402" } });
  });

  test("a full SMMUv3 event queue loses events until it is read (hardware 3.5)", () => {
    const outcomes = outcomesOf(
      "smmuv3",
      withUnit({ faultRecords: 2 }, `${burst}\nmark later\ndma 00:14.0 0x9000+4 r`),
    );
    expect(fates(outcomes)).toEqual(["recorded", "recorded", "overflow", "overflow", "recorded"]);
    expect(outcomes.filter((outcome) => outcome.kind === "FaultRegistersRead")).toHaveLength(1);
  });

  test("where nobody tells of registers, the service is taken to read each record in time", () => {
    expect(fates(outcomesOf("vtd", withUnit({}, burst)))).toEqual([]);
  });
});
