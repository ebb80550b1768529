import { describe, expect, test } from "vitest";
import type { UnitStimulus } from "../../../events/stimulus.ts";
import { formatAddress } from "../../../events/vocabulary/address.ts";
import { readLog, text } from "./readLog.ts";

describe("suppressed lines of drivers are losses (logs 1)", () => {
  test.each([
    "dmar_fault",
    "amd_iommu_report_page_fault",
    "amd_iommu_int_thread",
    "arm_smmu_context_fault",
    "arm_smmu_dump_event",
    "arm_smmu_evtq_thread",
    "arm_smmu_global_fault",
    "ipmmu_domain_irq",
  ])("%s", (name) => {
    const read = readLog("linux-dmesg", text(`[10677.928602] ${name}: 2474 callbacks suppressed\r`));
    expect(read.told).toMatchObject([
      { stimulus: { kind: "loss", what: "suppressed", function: name, count: 2474 }, at: { line: 1 } },
    ]);
  });

  test("of other functions are not ours", () => {
    const read = readLog(
      "linux-dmesg",
      text("net_ratelimit: 12 callbacks suppressed", "arm_smmu_cmdq_x: 3 callbacks suppressed"),
    );
    expect(read.told).toEqual([]);
    expect(read.diagnostics).toEqual([]);
  });

  test("a damaged one is reported", () => {
    expect(readLog("linux-dmesg", text("dmar_fault: 24 callbacks suppr")).diagnostics).toMatchObject([
      { code: "LOG001" },
    ]);
    expect(readLog("linux-dmesg", "dmar_fault: 24 callbacks suppressed").losses).toHaveLength(1);
  });
});

describe("units that drivers find", () => {
  test.each([
    [
      "[    0.521445] DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap d2008c22260206 ecap f00f4a",
      { unit: "dmar0", base: "0xfed90000", addressWidth: 39 },
    ],
    [
      // MGAW 39, tables of 39 and 48 bits (hardware 1.3).
      "DMAR: dmar1: reg_base_addr fed91000 ver 1:0 cap d2008c40660462 ecap f050da",
      { unit: "dmar1", base: "0xfed91000", addressWidth: 39 },
    ],
    [
      "DMAR: dmar0: reg_base_addr d37fc000 ver 1:0 cap 8d2078c106f0466 ecap f020df",
      { unit: "dmar0", base: "0xd37fc000", addressWidth: 48 },
    ],
    [
      "DMAR: dmar0: reg_base_addr fbffc000 ver 4:0 cap 19ed008c40780c66 ecap 3ef9a97c2a2c6edf",
      { unit: "dmar0", addressWidth: 57 },
    ],
    [
      "dmar: IOMMU 1: reg_base_addr fed91000 ver 1:0 cap c9008020660262 ecap f0105a",
      { unit: "dmar1", base: "0xfed91000", addressWidth: 39 },
    ],
    [
      "arm-smmu-v3 9050000.smmuv3: ias 44-bit, oas 44-bit (features 0x00008305)",
      { unit: "arm-smmu-v3 9050000.smmuv3", base: "0x9050000", addressWidth: null },
    ],
    [
      "arm-smmu 5000000.iommu: \tStage-1: 48-bit VA -> 44-bit IPA",
      { unit: "arm-smmu 5000000.iommu", base: "0x5000000", addressWidth: 48 },
    ],
    [
      "(XEN) [VT-D]drhd->address = fed90000 iommu->reg = ffff82c000203000",
      { unit: "ffff82c000203000", base: "0xfed90000" },
    ],
  ])("%s", (line, fields) => {
    const read = readLog("linux-dmesg", text(line));
    const { stimulus } = read.told[0]!;
    expect(stimulus.kind).toBe("unit");
    const { base, ...rest } = stimulus as UnitStimulus;
    expect({ ...rest, base: base === null ? null : formatAddress(base.page, base.offset) }).toMatchObject(
      fields,
    );
  });

  test("an SMMU that prints both stages is told once", () => {
    const unit = "arm-smmu 5000000.iommu";
    const read = readLog(
      "linux-dmesg",
      text(`${unit}: Stage-1: 48-bit VA -> 44-bit IPA`, `${unit}: Stage-2: 44-bit IPA -> 44-bit PA`),
    );
    expect(read.told).toHaveLength(1);
  });

  test("VT-d translation is on when its driver says so", () => {
    const line = "[    1.680578] DMAR: Intel(R) Virtualization Technology for Directed I/O";
    expect(readLog("linux-dmesg", text(line)).told).toMatchObject([
      { stimulus: { kind: "translation", unit: null, enabled: true }, at: { t: 1_680_578_000 } },
    ]);
  });

  test("a damaged description is reported", () => {
    const line = "DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap d2008c";
    expect(readLog("linux-dmesg", text(line)).diagnostics).toMatchObject([{ code: "LOG001" }]);
  });
});

test("what QEMU printed into a kernel log is told once, for it is not read here", () => {
  const line =
    "Feb 13 07:02:37 host qemu-system-x86_64[12]: 1@2.3:vtd_dmar_fault sid 0xb00 fault 6 addr 0x1187a9000 write 0";
  const other = "1@2.3:vtd_dmar_fault sid 0xb00 fault 6 addr 0x1187a9000 write 0";
  const read = readLog("linux-dmesg", text(line, other));
  expect(read.told).toEqual([]);
  expect(read.diagnostics).toMatchObject([{ code: "LOG006" }]);
});
