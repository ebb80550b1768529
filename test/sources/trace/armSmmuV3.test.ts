import { describe, expect, test } from "vitest";
import { smmuv3Event } from "../../../events/vocabulary/faultCodes.ts";
import { onlyFault, readLog, text } from "./readLog.ts";

const UNIT = "arm-smmu-v3 490d0000.iommu";

/** The lines of a raw event of one unit. */
function raw(number: string, words: readonly string[], unit = UNIT): string[] {
  return [`${unit}: event 0x${number} received:`, ...words.map((word) => `${unit}: \t0x${word}`)];
}

const WORDS = ["0000001100000010", "0000020a00000000", "000000009b0cc000", "0000000000000000"];
const EVENT = `${UNIT}: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x11 ssid: 0x0 iova: 0x9b0cc000 ipa: 0x0`;
const ACCESS = `${UNIT}: priv data read s1 "Input address caused fault" stag: 0x0`;
const FAULT = {
  format: "linux-arm-smmu-v3",
  kind: "dma-fault",
  unit: UNIT,
  code: "F_TRANSLATION",
  event: "0x10",
  eventName: "F_TRANSLATION",
  streamId: "0x11",
  substreamId: null,
  address: "0x9b0cc000",
  access: "read",
  stage: 1,
  stall: false,
  stag: 0,
  ipa: "0x0",
  privileged: true,
  class: "IN",
  reason: "not-mapped",
};

describe("raw and decoded lines are one fault (logs 5, 11.1)", () => {
  test("raw alone", () => {
    expect(onlyFault("linux-dmesg", ...raw("10", WORDS))).toMatchObject({
      ...FAULT,
      line: 1,
      lastLine: 5,
      client: null,
      device: "stream:0x11",
    });
  });

  test("decoded alone", () => {
    expect(onlyFault("linux-dmesg", EVENT, ACCESS)).toMatchObject({
      ...FAULT,
      line: 1,
      lastLine: 2,
      client: "0000:01:00.0",
      device: "pci:0000:01:00.0",
    });
  });

  test("both, with lines of others and of another unit between", () => {
    const other = raw("10", WORDS, "arm-smmu-v3 1.iommu");
    const lines = raw("10", WORDS).flatMap((line, index) => [
      line,
      other[index]!,
      "nvme 0000:01:00.0: timeout",
    ]);
    const read = readLog("linux-dmesg", text(...lines, EVENT, ACCESS));
    expect(read.diagnostics).toEqual([]);
    expect(read.faults).toMatchObject([
      { ...FAULT, line: 1, lastLine: 17, client: "0000:01:00.0" },
      { line: 2, lastLine: 14, unit: "arm-smmu-v3 1.iommu" },
    ]);
  });

  test("but a decoded line of another stream is another fault", () => {
    const read = readLog("linux-dmesg", text(...raw("10", WORDS), EVENT.replace("0x11", "0x12"), ACCESS));
    expect(read.faults).toMatchObject([
      { line: 1, lastLine: 5, streamId: "0x11" },
      { line: 6, lastLine: 7, streamId: "0x12" },
    ]);
  });

  test("of Xen, by the unit's path", () => {
    const lines = raw("10", WORDS, "(XEN) SMMUv3: /smmu@9050000");
    expect(onlyFault("xen-console", ...lines)).toMatchObject({
      ...FAULT,
      format: "xen-arm-smmu-v3",
      unit: "/smmu@9050000",
    });
  });

  test("where a paste lost the prefix, the words go to the latest head", () => {
    const words = WORDS.map((word) => `   0x${word}`);
    expect(onlyFault("linux-dmesg", `${UNIT}: event 0x10 received:`, ...words)).toMatchObject({
      ...FAULT,
      lastLine: 5,
    });
    expect(onlyFault("linux-dmesg", "event 0x10 received:", ...words)).toMatchObject({
      ...FAULT,
      unit: null,
    });
  });
});

describe("the raw words (hardware 3.3)", () => {
  test("a substream where bit 11 says so", () => {
    const [, ...rest] = WORDS;
    expect(onlyFault("linux-dmesg", ...raw("10", ["0000001112345810", ...rest]))).toMatchObject({
      substreamId: "0x12345",
    });
    expect(onlyFault("linux-dmesg", ...raw("10", ["0000001112345010", ...rest]))).toMatchObject({
      substreamId: null,
    });
  });

  test("stage 2 with its intermediate address; stage 1 has none", () => {
    const words = ["0000001100000013", "0000018480001234", "ffffffff9b0cc123", "000fedcba9876fff"];
    expect(onlyFault("linux-dmesg", ...raw("13", words))).toMatchObject({
      eventName: "F_PERMISSION",
      stage: 2,
      class: "TTD",
      stall: true,
      stag: 0x1234,
      privileged: false,
      instruction: true,
      access: "write",
      address: "0xffffffff9b0cc123",
      ipa: "0xfedcba9876000",
    });
    const stage1 = ["0000001100000010", "0000020000000000", "000000009b0cc000", "000000009b0cc000"];
    expect(onlyFault("linux-dmesg", ...raw("10", stage1))).toMatchObject({ stage: 1, ipa: null });
  });

  test("of an event without an address, nothing but the stream", () => {
    expect(onlyFault("linux-dmesg", ...raw("02", ["0000020600000002", ...WORDS.slice(1)]))).toMatchObject({
      kind: "config-fault",
      eventName: "C_BAD_STREAMID",
      streamId: "0x206",
      address: null,
      access: "unknown",
      stage: null,
      class: null,
      reason: "unidentified-stream",
    });
  });

  test("of a failed fetch, the fetch address, which is no address of a transfer", () => {
    const words = ["0000020600000003", "0000000000000000", "0000000000000000", "00000000fedc1000"];
    expect(onlyFault("linux-dmesg", ...raw("03", words))).toMatchObject({
      address: null,
      fetchAddress: "0xfedc1000",
    });
  });

  test("of an event without a name, the number and the words (logs 11.3)", () => {
    const words = ["00000206000000e0", ...WORDS.slice(1)];
    expect(onlyFault("linux-dmesg", ...raw("e0", words))).toMatchObject({
      kind: "hardware-fault",
      event: "0xe0",
      eventName: null,
      code: "0xe0",
      reason: null,
      words: words.map((word) => `0x${word}`),
    });
  });

  test("as far as they go, where they are cut off (logs 5)", () => {
    for (let count = 0; count < 4; count++) {
      const read = readLog("linux-dmesg", text(...raw("10", WORDS.slice(0, count)), "x"));
      expect(read.faults).toMatchObject([
        {
          event: "0x10",
          streamId: count > 0 ? "0x11" : null,
          access: count > 1 ? "read" : "unknown",
          address: count > 2 ? "0x9b0cc000" : null,
        },
      ]);
      expect(read.diagnostics).toMatchObject([{ code: "LOG003", line: 1 }]);
    }
  });
});

describe("decoded lines (logs 5)", () => {
  test.each([
    [
      [`${UNIT}: event: F_STE_FETCH client: (unassigned sid) sid: 0x0 ssid: 0x0 fetch_addr: 0xfedc1000`],
      {
        event: "0x03",
        client: null,
        streamId: "0x0",
        fetchAddress: "0xfedc1000",
        address: null,
        access: "unknown",
      },
    ],
    [
      [`${UNIT}: event: C_BAD_STE client: 1c000000.pcie sid: 0x20 ssid: 0x0`],
      { event: "0x04", kind: "config-fault", client: "1c000000.pcie", device: "mmio:0x1c000000" },
    ],
    [
      [`${UNIT}: event: (null) client: 0000:01:00.0 sid: 0x11 ssid: 0x0`],
      { event: null, eventName: null, kind: "hardware-fault", code: null },
    ],
    [
      [
        `${UNIT}: event: F_PERMISSION client: 0000:01:00.0 sid: 0x11 ssid: 0x5 iova: 0x1000 ipa: 0x2000`,
        `${UNIT}: unpriv inst write s2 "Stage 1 translation table fetch" ttd_read stall stag: 0x7f`,
      ],
      {
        substreamId: "0x5",
        stage: 2,
        ipa: "0x2000",
        class: "TTD",
        stall: true,
        stag: 0x7f,
        privileged: false,
        access: "write",
      },
    ],
    [
      [
        `${UNIT}: event: F_ACCESS client: 0000:01:00.0 sid: 0x11 ssid: 0x0 iova: 0x1000 ipa: 0x0`,
        `${UNIT}: priv data read s1 "CD fetch" stag: 0x0`,
      ],
      { event: "0x12", class: "CD", stall: false },
    ],
  ])("%j", (lines, fields) => {
    expect(onlyFault("linux-dmesg", ...lines)).toMatchObject(fields);
  });

  test("an access line and a raw word without a head are orphans (logs 11.4)", () => {
    for (const line of [ACCESS, `${UNIT}: \t0x${WORDS[0]}`]) {
      const read = readLog("linux-dmesg", text(line));
      expect(read.faults).toEqual([]);
      expect(read.losses).toMatchObject([{ stimulus: { what: "orphan", unit: UNIT } }]);
      expect(read.diagnostics).toMatchObject([{ code: "LOG002", line: 1 }]);
    }
  });

  test("a word that does not continue the head is an orphan", () => {
    const read = readLog(
      "linux-dmesg",
      text(`${UNIT}: event 0x10 received:`, `${UNIT}: \t0x0000001100000012`),
    );
    expect(read.diagnostics.map(({ code }) => code)).toEqual(["LOG002", "LOG003"]);
  });
});

describe("trouble of the unit itself (logs 1, 5)", () => {
  test.each([
    ["EVTQ overflow detected -- events lost", "evtq"],
    ["PRIQ overflow detected -- requests lost", "priq"],
    ["EVTQ write aborted -- events may have been lost", "evtq"],
  ])("%s is a loss", (words, queue) => {
    const read = readLog("linux-dmesg", text(`${UNIT}: ${words}`));
    expect(read.losses).toMatchObject([
      { stimulus: { what: "queue-overflow", unit: UNIT }, at: { extra: { queue } } },
    ]);
    expect(read.diagnostics).toEqual([]);
  });

  test("a global error is a global fault", () => {
    const line = `${UNIT}: unexpected global error reported (0x00000004), this could be serious`;
    expect(onlyFault("linux-dmesg", line)).toMatchObject({
      kind: "global-fault",
      gerror: "0x00000004",
      reason: "event-queue-abort",
      access: "unknown",
    });
  });

  test("a timeout of the driver is a note, no fault", () => {
    const read = readLog(
      "linux-dmesg",
      text(`${UNIT}: CMD_SYNC timeout at 0x00000012 [hwprod 0x12, hwcons 0x11]`),
    );
    expect(read.faults).toEqual([]);
    expect(read.told).toMatchObject([{ stimulus: { kind: "mark" } }]);
  });
});

describe("a damaged line is reported (logs 11.7)", () => {
  test.each([
    [`${UNIT}: event 0x10 rec`],
    [`${UNIT}: event 0x received:`],
    [`${UNIT}: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x11 ssid: 0x0 iova: 0x9b0`],
    [`${UNIT}: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x1`],
    [`${UNIT}: \t0x000000110000`],
    [`${UNIT}: \t0x00000011000000100`],
    [`${UNIT}: priv data read s1 "Input address`],
    [`${UNIT}: unexpected global error reported (0x0000`],
  ])("%j", (line) => {
    const read = readLog("linux-dmesg", text(line));
    expect(read.faults).toEqual([]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG001", line: 1 }]);
  });

  test("one that the file's end cuts, too; a whole word ends itself", () => {
    const read = readLog("linux-dmesg", raw("10", WORDS).join("\n"));
    expect(read.faults).toMatchObject([FAULT]);
    const cut = readLog("linux-dmesg", `${EVENT}\n${ACCESS}`.slice(0, -1));
    expect(cut.diagnostics).toMatchObject([{ code: "LOG004", line: 2 }]);
    expect(cut.faults).toMatchObject([{ address: "0x9b0cc000", access: "unknown" }]);
  });
});

test("0x07 is F_TRANSL_FORBIDDEN, 0x02 is C_BAD_STREAMID (hardware 3.2)", () => {
  expect(smmuv3Event(0x07)?.name).toBe("F_TRANSL_FORBIDDEN");
  expect(smmuv3Event(0x02)?.name).toBe("C_BAD_STREAMID");
  expect(smmuv3Event(0x22)).toBeNull();
});

test("what else its driver prints is no event", () => {
  const read = readLog(
    "linux-dmesg",
    text(
      `${UNIT}: allocated 65536 entries for cmdq`,
      `${UNIT}: msi_domain absent - falling back to wired irqs`,
      `${UNIT}: no evtq irq - events will not be reported!`,
      `${UNIT}: initialised-it`,
      "usb 1-1: event 0x10 happened",
    ),
  );
  expect(read.told).toEqual([]);
  expect(read.diagnostics).toEqual([]);
});
