import { describe, expect, test } from "vitest";
import { onlyFault, readLog, text } from "./readLog.ts";

const FAULT = "236498@1676271757.075075:vtd_dmar_fault sid 0xb00 fault 6 addr 0x1187a9000 write 0";
const ERROR =
  "2023-02-13T07:02:37.074397Z qemu-system-x86_64: vtd_iova_to_slpte: detected slpte permission error (iova=0x1187a9000, level=0x3, slpte=0x0, write=0, pasid=0xffffffff)";
const TRANSLATE =
  "2023-02-13T07:02:37.075174Z qemu-system-x86_64: vtd_iommu_translate: detected translation failure (dev=0b:00:00, iova=0x1187a9000)";

describe("intel-iommu trace events (logs 8)", () => {
  test.each([
    [
      FAULT,
      {
        bdf: "0b:00.0",
        sourceId: "0x0b00",
        code: "0x06",
        reason: "read-denied",
        access: "read",
        address: "0x1187a9000",
      },
    ],
    [
      "vtd_dmar_fault sid 0x50 fault 5 addr 0xb2fdc write 1",
      { bdf: "00:0a.0", access: "write", address: "0xb2fdc", code: "0x05" },
    ],
    [
      "1@2.3:vtd_dmar_fault sid 0x1fff fault 12 addr 0x691a22d920318668 write 1",
      { bdf: "1f:1f.7", code: "0x0c", address: "0x691a22d920318668" },
    ],
    ["1@2.3:vtd_dmar_fault sid 0x50 fault 113 addr 0x1000 write 0", { code: "0x71", reason: "not-mapped" }],
  ])("%s", (line, fields) => {
    const common = {
      format: "qemu-vtd-trace",
      kind: "dma-fault",
      segment: null,
      device: null,
      addressGranule: 4096,
    };
    expect(onlyFault("qemu-log", line)).toMatchObject({ ...common, ...fields });
  });

  test("each is a fault, in a storm too, and what lies between is noise (logs 11.6)", () => {
    const noise = [
      "6356@1795167224.074384:vtd_frr_new index 0 high 0xffff0500000050 low 0xb2000",
      "6356@1795167224.074385:vtd_fsts_ppf FSTS PPF bit set to 1",
      "6356@1795167224.074400:iommu_mr_translate mr=vtd-0a.0-dmar iova=0xb2fdc write=1 plen=0x10 -> translated=0x0 mask=0x0 perm=0 allowed=0",
      "6356@1795167224.074401:MARK m 12",
      "6356@1795167224.074402:vtd_ce_not_present Context entry bus 0 devfn 8 not present",
      "6356@1795167224.074403:vtd_dmar_translate dev 00:04.00 iova 0xfffff000 -> gpa 0x3feab000 mask 0xfff",
    ];
    const read = readLog("qemu-log", text(...Array.from({ length: 300 }, () => [FAULT, ...noise]).flat()));
    expect(read.faults).toHaveLength(300);
    expect(read.diagnostics).toEqual([]);
  });

  test("times count from the first of the file, by either clock", () => {
    const read = readLog("qemu-log", text("MARK", ERROR, FAULT, TRANSLATE));
    expect(read.told.map(({ at }) => at.t)).toEqual([678_000]);
  });

  test("translation switched on and off, FPD and lost records", () => {
    const read = readLog(
      "qemu-log",
      text(
        "1@2.000001:vtd_dmar_enable enable 1",
        "1@2.000002:vtd_fault_disabled Fault processing disabled for context entry",
        "qemu-system-x86_64: New fault is not recorded due to compression of faults",
        "qemu-system-x86_64: New fault is not recorded due to Primary Fault Overflow",
        "1@2.000003:vtd_dmar_enable enable 0",
      ),
    );
    expect(read.told.map(({ stimulus }) => stimulus)).toMatchObject([
      { kind: "translation", unit: null, enabled: true },
      { kind: "loss", what: "suppressed", function: "vtd_fault_disabled", count: 1 },
      { kind: "loss", what: "merged" },
      { kind: "loss", what: "overflow" },
      { kind: "translation", enabled: false },
    ]);
    expect(read.diagnostics).toEqual([]);
  });
});

describe("intel-iommu error lines (logs 8)", () => {
  test("join the trace event between them", () => {
    const fault = onlyFault("qemu-log", ERROR, FAULT, TRANSLATE);
    expect(fault).toMatchObject({ line: 2, format: "qemu-vtd-trace" });
    expect(fault["related"]).toHaveLength(2);
    expect(fault).not.toHaveProperty("lastLine");
  });

  test("are one fault where no trace event is there", () => {
    expect(onlyFault("qemu-log", ERROR, "noise", TRANSLATE)).toMatchObject({
      line: 1,
      lastLine: 3,
      format: "qemu-vtd-error",
      bdf: "0b:00.0",
      access: "read",
      address: "0x1187a9000",
      code: null,
      reason: "not-mapped",
    });
    expect(
      onlyFault(
        "qemu-log",
        "qemu-system-x86_64: vtd_iova_to_slpte: detected slpte permission error (iova=0x7ffde000, level=0x3, slpte=0x1, write=1)",
        "qemu-system-x86_64: vtd_iommu_translate: detected translation failure (dev=01:00:00, iova=0x7ffde000)",
      ),
    ).toMatchObject({ bdf: "01:00.0", access: "write", reason: "permission" });
  });

  test("alone tell what they can", () => {
    expect(onlyFault("qemu-log", TRANSLATE)).toMatchObject({
      format: "qemu-vtd-error",
      access: "unknown",
      bdf: "0b:00.0",
    });
    expect(onlyFault("qemu-log", ERROR)).toMatchObject({ bdf: null, access: "read", pasid: null });
  });

  test("with reserved bits, misspelled as QEMU has it", () => {
    expect(
      onlyFault(
        "qemu-log",
        "qemu-system-x86_64: vtd_iova_to_slpte: detected splte reserve non-zero iova=0x7ffde000, level=0x2slpte=0x8000000000000003, pasid=0x5)",
        "qemu-system-x86_64: vtd_iommu_translate: detected translation failure (dev=01:1f:07, iova=0x7ffde000, pasid=0x5)",
      ),
    ).toMatchObject({ reason: "reserved-bits", access: "unknown", pasid: "0x5", bdf: "01:1f.7" });
  });

  test("of another address are another fault", () => {
    const read = readLog("qemu-log", text(ERROR, FAULT.replace("0x1187a9000", "0x1187aa000"), TRANSLATE));
    expect(read.faults).toMatchObject([
      { line: 1, lastLine: 3, format: "qemu-vtd-error" },
      { line: 2, format: "qemu-vtd-trace" },
    ]);
  });
});

describe("smmuv3 (logs 8)", () => {
  const record = "8553@1795167513.801070:smmuv3_record_event SMMU_EVT_F_TRANSLATION sid=0x50";
  const failed =
    "smmuv3-iommu-memory-region-80-10 translation failed for iova=0x13a9d2000(SMMU_EVT_F_TRANSLATION)";

  test.each([
    [
      record,
      {
        event: "0x10",
        eventName: "F_TRANSLATION",
        streamId: "0x50",
        kind: "dma-fault",
        reason: "not-mapped",
      },
    ],
    [
      "smmuv3_record_event SMMU_EVT_C_BAD_STE sid=80",
      { streamId: "0x50", kind: "config-fault", eventName: "C_BAD_STE" },
    ],
    [
      "smmuv3_propagate_event SMMU_EVT_F_PERMISSION sid=0x50 sec_sid=0",
      { eventName: "F_PERMISSION", streamId: "0x50" },
    ],
    [
      "smmuv3_record_event SMMU_EVT_F_TRANS_FORBIDDEN sid=0x50",
      { eventName: "F_TRANSL_FORBIDDEN", event: "0x07" },
    ],
    ["smmuv3_record_event UNKNOWN sid=0x50", { event: null, eventName: "UNKNOWN", reason: null }],
  ])("%s", (line, fields) => {
    expect(onlyFault("qemu-log", line)).toMatchObject({
      format: "qemu-smmuv3-trace",
      address: null,
      access: "unknown",
      ...fields,
    });
  });

  test("the error line gives the event its address; the rejected access its direction", () => {
    expect(onlyFault("qemu-log", failed, record)).toMatchObject({
      line: 2,
      streamId: "0x50",
      address: "0x13a9d2000",
      related: [{ line: 1, format: "qemu-smmuv3-error", address: "0x13a9d2000" }],
    });
    expect(
      onlyFault(
        "qemu-log",
        failed.replace("(", " ("),
        "Invalid read at addr 0x13A9D2000, size 4, region '(null)', reason: rejected",
      ),
    ).toMatchObject({ format: "qemu-smmuv3-error", line: 1, lastLine: 2, access: "read", streamId: null });
  });

  test("an event of another device or kind does not take it", () => {
    for (const other of [record.replace("0x50", "0x58"), record.replace("F_TRANSLATION", "F_ACCESS")]) {
      expect(readLog("qemu-log", text(failed, other)).faults).toHaveLength(2);
    }
  });

  test("a stream that is set to abort refuses without a record", () => {
    expect(
      onlyFault(
        "qemu-log",
        "1@2.3:smmuv3_translate_abort smmuv3-iommu-memory-region-80-10 sid=0x50 abort on iova:0x8029f8a9 is_write=0",
      ),
    ).toMatchObject({
      kind: "config-fault",
      reason: "stream-abort",
      recorded: false,
      access: "read",
      address: "0x8029f8a9",
    });
  });

  test("translations that succeed or bypass are noise", () => {
    const read = readLog(
      "qemu-log",
      text(
        "1@2.3:smmuv3_translate_success smmuv3-iommu-memory-region-72-9 sid=0x48 iova=0xfffff040 translated=0x8090040 perm=0x3",
        "1@2.3:smmuv3_translate_bypass smmuv3-iommu-memory-region-72-9 sid=0x48 bypass (smmu disabled) iova:0x8090040 is_write=1",
        "1@2.3:smmu_ptw_invalid_pte stage=1 level=3 base@=0x491a7000 pte@=0x491a7b70 offset=366 pte=0x0",
      ),
    );
    expect(read.told).toEqual([]);
    expect(read.diagnostics).toEqual([]);
  });
});

test.each([
  ["1@2.3:vtd_dmar_fault sid 0xb00 fault 6 addr 0x1187a"],
  ["1@2.3:vtd_dmar_fault sid 0xb0000 fault 6 addr 0x1187a9000 write 0"],
  ["1@2.3:vtd_dmar_fault sid 0xb00 fault 666 addr 0x1187a9000 write 0"],
  ["qemu-system-x86_64: vtd_iova_to_slpte: detected slpte permission error (iova=0x1187a9000, level=0x3"],
  ["qemu-system-x86_64: vtd_iommu_translate: detected translation failure (dev=0b:00:00, iova=0x1187"],
  ["qemu-system-x86_64: vtd_iommu_translate: detected translation failure (dev=0b:20:00, iova=0x1187a9000)"],
  ["1@2.3:smmuv3_record_event SMMU_EVT_F_TRANSLATION sid="],
  ["smmuv3-iommu-memory-region-80-10 translation failed for iova=0x13a9d2"],
  ["1@2.3:vtd_dmar_enable enable"],
])("a damaged line is reported: %s", (line) => {
  const read = readLog("qemu-log", text(line));
  expect(read.told).toEqual([]);
  expect(read.diagnostics).toMatchObject([{ code: "LOG001", line: 1 }]);
});

test("a line that the file's end cuts is not believed (logs 11.7)", () => {
  expect(readLog("qemu-log", "smmuv3_record_event SMMU_EVT_F_TRANSLATION sid=0x5").diagnostics).toMatchObject(
    [{ code: "LOG004" }],
  );
  expect(readLog("qemu-log", FAULT).faults).toHaveLength(1);
});

test("lines of the guest's kernel are told once, for they are not read here", () => {
  const guest =
    "[    1.000000] DMAR: [DMA Read] Request device [00:02.0] fault addr 1000 [fault reason 06] x";
  const read = readLog("qemu-log", text(guest, FAULT, guest));
  expect(read.faults).toHaveLength(1);
  expect(read.diagnostics).toMatchObject([{ code: "LOG006", line: 1, severity: "note" }]);
});
