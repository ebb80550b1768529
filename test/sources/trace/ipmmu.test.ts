import { describe, expect, test } from "vitest";
import { onlyFault, readLog, text } from "./readLog.ts";

const UNIT = "ipmmu-vmsa eed40000.iommu";

describe("IPMMU faults; all but the first line are made from the grammar (logs 6)", () => {
  test.each([
    [
      `${UNIT}: Unhandled fault: status 0x00001502 iova 0xfe000000`,
      {
        status: "0x00001502",
        code: "0x00001502",
        errorCode: 5,
        errorLevel: 1,
        reason: "permission",
        address: "0xfe000000",
      },
    ],
    [
      `${UNIT}: Unhandled fault: status 0x00002101 iova 0x12fe000123`,
      { errorLevel: 2, errorCode: 1, reason: "not-mapped", address: "0x12fe000123" },
    ],
    [`${UNIT}: Multiple TLB hits @0xfe000000`, { status: null, errorCode: null, reason: "multiple-hits" }],
    [`${UNIT}: Page Table Walk Abort @0xfe000000`, { status: null, code: null, reason: "walk-abort" }],
  ])("%s", (line, fields) => {
    expect(onlyFault("linux-dmesg", line)).toMatchObject({
      format: "linux-ipmmu",
      kind: "dma-fault",
      unit: UNIT,
      streamId: null,
      bdf: null,
      device: null,
      access: "unknown",
      addressGranule: 1,
      ...fields,
    });
  });

  test.each([
    ["Unhandled fault: status 0x00001502 iova 0xfe000000", "permission"],
    ["Multiple TLB hits @0xfe000000", "multiple-hits"],
    ["Page Table Walk Abort @0xfe000000", "walk-abort"],
  ])("of Xen, with its domain (logs 9): %s", (words, reason) => {
    expect(onlyFault("xen-console", `(XEN) ipmmu: /soc/iommu@eed40000: d3: ${words}`)).toMatchObject({
      format: "xen-ipmmu",
      unit: "/soc/iommu@eed40000",
      domain: "d3",
      address: "0xfe000000",
      reason,
    });
  });
});

describe("the driver's lines about one fault are one record (logs 11.1)", () => {
  const hits = `${UNIT}: Multiple TLB hits @0xfe000000`;
  const abort = `${UNIT}: Page Table Walk Abort @0xfe000000`;
  const fault = (status: string) => `${UNIT}: Unhandled fault: status 0x${status} iova 0xfe000000`;

  test("a fatal bit, then the fault with that bit", () => {
    expect(onlyFault("linux-dmesg", hits, "x", fault("00000011"))).toMatchObject({
      line: 1,
      lastLine: 3,
      reason: "not-mapped",
    });
    expect(onlyFault("linux-dmesg", hits, abort, fault("00000015"))).toMatchObject({ line: 1, lastLine: 3 });
    expect(onlyFault("linux-dmesg", hits, abort)).toMatchObject({
      line: 1,
      lastLine: 2,
      reason: "multiple-hits",
    });
  });

  test("but not of another unit, another address, or without the bit; and a repeated line is a storm (logs 11.6)", () => {
    for (const second of [
      fault("00000011").replace("eed4", "eed8"),
      fault("00000011").replace("0xfe0", "0xfd0"),
      fault("00000001"),
      hits,
    ]) {
      expect(readLog("linux-dmesg", text(hits, second)).faults).toHaveLength(2);
    }
  });
});

test.each([
  [`${UNIT}: Unhandled fault: status 0x0000150 iova 0xfe000000`],
  [`${UNIT}: Unhandled fault: status 0x00001502 iova `],
  [`${UNIT}: Unhandled fault: status 0x00001502 iova 0x123456781234567812`],
  [`${UNIT}: Multiple TLB hits @`],
])("a damaged line is reported: %s", (line) => {
  const read = readLog("linux-dmesg", text(line));
  expect(read.faults).toEqual([]);
  expect(read.diagnostics).toMatchObject([{ code: "LOG001", line: 1 }]);
});

test("an address that the file's end may have cut is not believed (logs 11.7)", () => {
  const read = readLog("linux-dmesg", `${UNIT}: Unhandled fault: status 0x00001502 iova 0xfe0000`);
  expect(read.faults).toEqual([]);
  expect(read.diagnostics).toMatchObject([{ code: "LOG004" }]);
});
