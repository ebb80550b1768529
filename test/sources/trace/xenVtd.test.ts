import { describe, expect, test } from "vitest";
import { onlyFault, readLog, text } from "./readLog.ts";

const HEAD = "(XEN) [VT-D]DMAR:[DMA Write] Request device [0000:01:00.0] fault addr 8c000";
const REASON = "(XEN) [VT-D]DMAR: reason 05 - PTE Write access is not set";

describe("Xen's VT-d faults: a head and a reason in hex (logs 9)", () => {
  test.each([
    [
      [`${HEAD}, iommu reg = ffff82c000203000`, REASON],
      { unit: "ffff82c000203000", code: "0x05", access: "write" },
    ],
    [[HEAD, REASON], { unit: null, reason: "write-denied" }],
    [[HEAD, "(XEN) noise", `${REASON} on iommu:3`], { unit: "iommu:3", lastLine: 3 }],
    [[HEAD.replace("(XEN) ", ""), REASON.replace("(XEN) ", "")], { code: "0x05" }],
    [
      [HEAD, "(XEN) [VT-D]DMAR: reason 0c - non-zero reserved fields in PTE"],
      { code: "0x0c", reason: "reserved-bits" },
    ],
    [
      [HEAD.replace("[DMA Write] ", ""), "(XEN) [VT-D]DMAR: reason 02 - x"],
      { access: "unknown", code: "0x02" },
    ],
    [
      [HEAD.replace("DMAR:[DMA Write]", "UNKNOWN:"), "(XEN) [VT-D]UNKNOWN: reason ff - Unknown"],
      { access: "unknown", code: "0xff", reason: null },
    ],
    [
      [
        "(XEN) [VT-D]iommu.c:863: DMAR:[DMA Write] Request device [01:00.0] fault addr 8c000, iommu reg = ffff82c3fff57000",
        "(XEN) DMAR:[fault reason 05h] PTE Write access is not set",
      ],
      { segment: null, device: null, unit: "ffff82c3fff57000", code: "0x05" },
    ],
  ])("%j", (lines, fields) => {
    expect(onlyFault("xen-console", ...lines)).toMatchObject({
      line: 1,
      lastLine: 2,
      format: "xen-vtd",
      kind: "dma-fault",
      segment: "0000",
      bdf: "01:00.0",
      device: "pci:0000:01:00.0",
      address: "0x8c000",
      addressGranule: 4096,
      ...fields,
    });
  });

  test("interrupt remapping", () => {
    expect(
      onlyFault(
        "xen-console",
        "(XEN) [VT-D]INTR-REMAP: Request device [0000:f0:1f.0] fault index 1c",
        "(XEN) [VT-D]INTR-REMAP: reason 22 - Present field in the IRTE entry is clear",
      ),
    ).toMatchObject({
      kind: "interrupt-remap-fault",
      access: "interrupt",
      interruptIndex: "0x1c",
      address: null,
      code: "0x22",
      reason: "interrupt-entry-not-present",
    });
  });

  test("the table walk that is printed after it is no fault", () => {
    expect(
      onlyFault(
        "xen-console",
        HEAD,
        REASON,
        "(XEN) print_vtd_entries: iommu #0 dev 0000:01:00.0 gmfn 8c",
        "(XEN)     root_entry[01] = 1234001",
        "(XEN)     context[00] = 2_5678001",
        "(XEN)     l4[000] = 9c00000000000000 rw",
        "(XEN)     l1[08c] not present",
      ),
    ).toMatchObject({ lastLine: 2 });
  });
});

test("dom0's own lines on the console are read too", () => {
  const linux =
    "[    1.000000] DMAR: [DMA Read] Request device [00:02.0] fault addr 1000 [fault reason 06] PTE Read access is not set";
  expect(readLog("xen-console", text(HEAD, linux, REASON)).faults).toMatchObject([
    { line: 1, lastLine: 3, format: "xen-vtd" },
    { line: 2, format: "linux-dmar" },
  ]);
});

test("a missing half is told (logs 11.2, 11.4)", () => {
  const head = readLog("xen-console", text(HEAD));
  expect(head.faults).toMatchObject([{ code: null, reason: null, access: "write" }]);
  expect(head.diagnostics).toMatchObject([{ code: "LOG003" }]);
  const reason = readLog("xen-console", text(REASON));
  expect(reason.faults).toEqual([]);
  expect(reason.diagnostics).toMatchObject([{ code: "LOG002" }]);
});

test("a fault overflow is a loss", () => {
  const read = readLog("xen-console", text("(XEN) [VT-D]iommu_fault_status: Fault Overflow"));
  expect(read.losses).toMatchObject([{ stimulus: { what: "overflow" } }]);
});

test.each([
  ["(XEN) [VT-D]DMAR:[DMA Write] Request device [0000:01:00.0] fault addr 8c"],
  ["(XEN) [VT-D]DMAR:[DMA Write] Request device [0000:01:00.0] fault addr 8c000, iommu"],
  ["(XEN) [VT-D]DMAR:[DMA Write] Request device [0000:01:"],
  ["(XEN) [VT-D]DMAR: reason 0"],
  ["(XEN) [VT-D]DMAR: reason 05 -"],
  ["(XEN) [VT-D]INTR-REMAP: Request device [0000:f0:1f.0] fault index"],
])("a damaged line is reported: %s", (line) => {
  const read = readLog("xen-console", text(line));
  expect(read.faults).toEqual([]);
  expect(read.diagnostics).toMatchObject([{ code: "LOG001", line: 1 }]);
});
