import { describe, expect, test } from "vitest";
import { onlyFault, readLog, text } from "./readLog.ts";

describe("context faults of every kernel generation (logs 4)", () => {
  test.each([
    [
      "[ 1092.125040] arm-smmu 5000000.iommu: Unhandled context fault: iova=0x06030040, fsynr=0x12, cb=0",
      {
        address: "0x6030040",
        fsr: null,
        code: null,
        reason: null,
        streamId: null,
        access: "write",
        contextBank: 0,
      },
    ],
    [
      "arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xff3cf000, fsynr=0x2, cb=3",
      { fsr: "0x402", code: "0x402", reason: "not-mapped", streamId: null, access: "read" },
    ],
    [
      "arm-smmu 5000000.iommu: Unhandled context fault: iova=0xff3cf000, fsr=0x402, fsynr=0x2, cb=3",
      { fsr: "0x402", reason: "not-mapped" },
    ],
    [
      "arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xff3cf000, fsynr=0x300003, cbfrsynra=0x409, cb=10",
      { fsr: "0x402", fsynr: "0x300003", streamId: "0x409", device: "stream:0x409", contextBank: 10 },
    ],
    [
      "arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x80000408, iova=0xffffffffff3cf000, fsynr=0x11, cbfrsynra=0x7c0409, cb=127",
      {
        fsr: "0x80000408",
        reason: "permission",
        address: "0xffffffffff3cf000",
        streamId: "0x409",
        access: "write",
      },
    ],
    [
      "arm-smmu 15000000.apps-smmu: Unhandled context fault: iova=0xfd7ff000, cb=10, fsr=0x402, fsynr0=0x540003, fsynr1=0x0",
      { unit: "arm-smmu 15000000.apps-smmu", address: "0xfd7ff000", fsynr: "0x540003", contextBank: 10 },
    ],
    [
      "qcom-iommu-ctx 1f09000.iommu-ctx: Unhandled context fault: fsr=0x402, iova=0x00000000ff3cf000, fsynr=0x2, cb=3",
      { unit: "qcom-iommu-ctx 1f09000.iommu-ctx", streamId: null, device: null },
    ],
    [
      "Unhandled context fault: fsr=0x402, iova=0xff3cf000, fsynr=0x2, cb=3",
      { unit: null, address: "0xff3cf000" },
    ],
    [
      "(XEN) smmu: /soc/iommu@5000000: Unhandled context fault: fsr=0x402, iova=0xff3cf000, fsynr=0x2, cb=3",
      { format: "xen-arm-smmu", unit: "/soc/iommu@5000000" },
    ],
  ])("%s", (line, fields) => {
    const expected = { format: "linux-arm-smmu", kind: "dma-fault", addressGranule: 1, bdf: null, ...fields };
    expect(onlyFault("linux-dmesg", line)).toMatchObject(expected);
  });
});

test.each([
  ["0x402", "not-mapped"],
  ["0x40000402", "not-mapped"],
  ["0x404", "access-flag"],
  ["0x408", "permission"],
  ["0x410", "external-abort"],
  ["0x420", "tlb-conflict"],
  ["0x440", "tlb-locked"],
  ["0x480", "address-size"],
  ["0x500", "unsupported-transaction"],
  ["0x400", null],
])("FSR %s is %s (hardware 2.2)", (fsr, reason) => {
  const line = `arm-smmu 5.iommu: Unhandled context fault: fsr=${fsr}, iova=0x1000, fsynr=0x2, cbfrsynra=0x4, cb=3`;
  expect(onlyFault("linux-dmesg", line)).toMatchObject({ fsr, reason });
});

describe("decode lines join their fault (logs 4, 11.1)", () => {
  const unit = "arm-smmu 15000000.iommu";
  const head = `[    0.561287] ${unit}: Unhandled context fault: fsr=0x402, iova=0x9c4b9000, fsynr=0x7c0020, cbfrsynra=0x800, cb=7`;
  const fsr = `[    0.561295] ${unit}: FSR    = 00000402 [Format=2 TF], SID=0x800`;
  const fsynr = `[    0.561303] ${unit}: FSYNR0 = 007c0020 [S1CBNDX=124 PNU PLVL=0]`;

  test("with lines of others between", () => {
    const other = "[    0.561299] remoteproc: fatal error received";
    expect(onlyFault("linux-dmesg", head, other, fsr, other, fsynr, other)).toMatchObject({
      line: 1,
      lastLine: 5,
    });
  });

  test("of Qualcomm's kernels, in a dump of theirs", () => {
    expect(
      onlyFault(
        "linux-dmesg",
        "0x000000000277BBFA |   1263.468579:   arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfd7ff000, fsynr=0x540003, cbfrsynra=0x19c3, cb=10",
        "0x000000000277BD84 |   1263.480593:   arm-smmu 15000000.iommu: FSR    = 00000402 [TF ], SID=0x19c3",
        "0x000000000277BD84 |   1263.480606:   qcom_q6v5_pas 26300000.remoteproc: fatal error received",
        "0x000000000277BE65 |   1263.487480:   arm-smmu 15000000.iommu: soft iova-to-phys=0x0000000000000000",
        "0x000000000277BE65 |   1263.487481:   arm-smmu 15000000.iommu: SOFTWARE TABLE WALK FAILED! Looks like it accessed an unmapped address!",
        "0x000000000277BE65 |   1263.487482:   arm-smmu 15000000.iommu: hard iova-to-phys (ATOS) failed",
        "0x000000000277BE65 |   1263.487483:   arm-smmu 15000000.iommu: Client info: BID=0x3, PID=0x12, MID=0x4",
      ),
    ).toMatchObject({
      line: 1,
      lastLine: 7,
      streamId: "0x19c3",
      softIovaToPhys: "0x0",
      hardIovaToPhys: null,
      clientInfo: "BID=0x3, PID=0x12, MID=0x4",
    });
  });

  test("and give the stream and status that the head lacks", () => {
    const old = `${unit}: Unhandled context fault: iova=0x9c4b9000, fsynr=0x10, cb=7`;
    expect(onlyFault("linux-dmesg", old, fsr.replace("[Format=2 TF]", "[TF R SS ]"))).toMatchObject({
      fsr: "0x402",
      reason: "not-mapped",
      streamId: "0x800",
      access: "write",
    });
  });

  test("but not those of another unit, of another fault, or a second time", () => {
    for (const stranger of [
      fsr.replace("15000000", "5000000"),
      fsr.replace("00000402", "00000408"),
      fsynr.replace("007c0020", "007c0030"),
    ]) {
      const read = readLog("linux-dmesg", text(head, stranger));
      expect(read.faults).toMatchObject([{ line: 1 }]);
      expect(read.faults[0]).not.toHaveProperty("lastLine");
      expect(read.diagnostics).toMatchObject([{ code: "LOG002", line: 2 }]);
      expect(read.losses).toMatchObject([{ stimulus: { what: "orphan" } }]);
    }
    expect(readLog("linux-dmesg", text(head, fsynr, fsynr)).diagnostics).toMatchObject([
      { code: "LOG002", line: 3 },
    ]);
  });

  test("two units in turn keep theirs apart, in the order of their heads", () => {
    const other = (line: string) => line.replace("15000000", "5000000").replace("0x9c4b9000", "0x1000");
    const read = readLog("linux-dmesg", text(head, other(head), other(fsr), fsr, fsynr, other(fsynr)));
    expect(read.diagnostics).toEqual([]);
    expect(read.faults).toMatchObject([
      { line: 1, lastLine: 5, address: "0x9c4b9000" },
      { line: 2, lastLine: 6, address: "0x1000" },
    ]);
  });
});

describe("global faults (logs 4)", () => {
  const status =
    "arm-smmu 15000000.iommu: \tGFSR 0x80000002, GFSYNR0 0x00000002, GFSYNR1 0x00000043, GFSYNR2 0x00000000";

  test("of both first lines, and of the status line alone", () => {
    const expected = {
      kind: "global-fault",
      unit: "arm-smmu 15000000.iommu",
      streamId: "0x43",
      access: "write",
      address: null,
      gfsr: "0x80000002",
      code: "0x80000002",
      gfsynr0: "0x2",
      gfsynr1: "0x43",
      gfsynr2: "0x0",
      reason: "unidentified-stream",
    };
    const first = "arm-smmu 15000000.iommu: Unexpected global fault, this could be serious";
    const blocked =
      'arm-smmu 15000000.iommu: Blocked unknown Stream ID 0x43; boot with "arm-smmu.disable_bypass=0" to allow, but this may have security implications';
    expect(onlyFault("linux-dmesg", first, status)).toMatchObject({ line: 1, lastLine: 2, ...expected });
    expect(onlyFault("linux-dmesg", blocked, "x", status)).toMatchObject({
      line: 1,
      lastLine: 3,
      ...expected,
    });
    expect(onlyFault("linux-dmesg", status)).toMatchObject({ line: 1, ...expected });
  });

  test.each([
    ["0x00000001", "invalid-context"],
    ["0x00000004", "stream-match-conflict"],
    ["0x00000020", "configuration-access"],
  ])("GFSR %s is %s; a read has WNR, bit 1, clear", (gfsr, reason) => {
    const line = status.replace("0x80000002", gfsr).replace("GFSYNR0 0x00000002", "GFSYNR0 0x00000010");
    expect(onlyFault("linux-dmesg", line)).toMatchObject({ reason, access: "read" });
  });

  test("without its status line, what the first line tells is kept", () => {
    const read = readLog(
      "linux-dmesg",
      text("arm-smmu 5.iommu: Blocked unknown Stream ID 0x43; boot with x to allow"),
    );
    expect(read.faults).toMatchObject([
      { streamId: "0x43", reason: "unidentified-stream", access: "unknown", gfsr: null },
    ]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG003" }]);
  });
});

test("a stack trace, a GPU's own report and a handled fault are no faults (logs 4)", () => {
  const read = readLog(
    "linux-dmesg",
    text(
      "arm-smmu 5000000.iommu: Stack trace:",
      " arm_smmu_context_fault+0x110/0x138",
      "*** gpu fault: iova=0000000100000000, flags=1",
      "arm-smmu 5000000.iommu: Context fault handled by client: iova=0xff3cf000, fsr=0x402, fsynr=0x2, cb=3",
    ),
  );
  expect(read.told).toEqual([]);
  expect(read.diagnostics).toEqual([]);
});

describe("a cut line is reported, and is no fault (logs 11.7)", () => {
  const line =
    "arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xff3cf000, fsynr=0x300003, cbfrsynra=0x409, cb=10";
  const start = line.indexOf("fault:") + 6;
  test.each(Array.from({ length: line.length - start - 2 }, (_, index) => start + index))(
    "after %i characters",
    (length) => {
      for (const cut of [
        readLog("linux-dmesg", text(line.slice(0, length), "[ 1.000000] x")),
        readLog("linux-dmesg", line.slice(0, length)),
      ]) {
        expect(cut.faults).toEqual([]);
        expect(cut.diagnostics.map(({ line }) => line)).toEqual([1]);
      }
    },
  );

  test("by the file's end in its last number", () => {
    expect(readLog("linux-dmesg", line).diagnostics).toMatchObject([{ code: "LOG004" }]);
    expect(readLog("linux-dmesg", line).faults).toEqual([]);
  });

  test.each([
    ["iova=0xff3cf000", "iova=0x1ff3cf00000000000"],
    ["cb=10", "cb=x"],
    ["fsynr=0x300003", "fsynr=0x300003, fsynr=0x1"],
    ["fsynr=0x300003, ", ""],
  ])("or damaged: %s -> %s", (before, after) => {
    const read = readLog("linux-dmesg", text(line.replace(before, after)));
    expect(read.faults).toEqual([]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG001" }]);
  });
});
