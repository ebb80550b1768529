import { describe, expect, test } from "vitest";
import { onlyFault, readLog, text } from "./readLog.ts";

describe("Linux AMD-Vi events of every kernel generation (logs 3)", () => {
  test.each([
    [
      [
        "[   40.182570] ath10k_pci 0000:01:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000d address=0xcff49550 flags=0x0070]",
      ],
      {
        segment: "0000",
        bdf: "01:00.0",
        sourceId: "0x0100",
        device: "pci:0000:01:00.0",
        domain: "0x000d",
        address: "0xcff49550",
        access: "write",
        reason: "permission",
        driver: "ath10k_pci",
      },
    ],
    [
      [
        "AMD-Vi: Event logged [IO_PAGE_FAULT device=20:00.0 domain=0x0012 address=0x00000000ff6101b0 flags=0x0000]",
      ],
      {
        segment: null,
        bdf: "20:00.0",
        device: null,
        access: "read",
        reason: "not-mapped",
        address: "0xff6101b0",
      },
    ],
    [
      [
        "AMD-Vi: Event logged [IO_PAGE_FAULT device=0001:20:00.0 domain=0x0012 address=0xfffffffffffff0 flags=0x0050]",
      ],
      {
        segment: "0001",
        device: "pci:0001:20:00.0",
        access: "read",
        reason: "permission",
        address: "0xfffffffffffff0",
      },
    ],
    [
      [
        "kernel: [  221.562629] AMD-Vi: Event logged [",
        "kernel: [  221.562700] something else",
        "kernel: [  221.565929] IO_PAGE_FAULT device=05:00.0 domain=0x0012 address=0x00000000ff6101b0 flags=0x0020]",
      ],
      { line: 1, lastLine: 3, bdf: "05:00.0", access: "write", reason: "not-mapped" },
    ],
  ])("%j", (lines, fields) => {
    expect(onlyFault("linux-dmesg", ...lines)).toMatchObject({
      format: "linux-amdvi",
      kind: "dma-fault",
      event: "IO_PAGE_FAULT",
      code: "IO_PAGE_FAULT",
      addressGranule: 1,
      ...fields,
    });
  });
});

test.each([
  ["0x0000", "read", "not-mapped", "dma-fault"],
  ["0x0020", "write", "not-mapped", "dma-fault"],
  ["0x0010", "read", null, "dma-fault"],
  ["0x00f0", "write", "reserved-bits", "dma-fault"],
  ["0x0008", "interrupt", "interrupt", "interrupt-remap-fault"],
  ["0x0028", "interrupt", "interrupt", "interrupt-remap-fault"],
])("flags %s of an IO_PAGE_FAULT: %s, %s (logs 3)", (flags, access, reason, kind) => {
  const line = `AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x0012 address=0xfdf8000020 flags=${flags}]`;
  expect(onlyFault("linux-dmesg", line)).toMatchObject({ access, reason, kind, flags });
});

describe("the other events (logs 3)", () => {
  test.each([
    [
      "[  +0.000108] iommu ivhd0: AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=c0:00.1 pasid=0x00000 address=0xfffffffdf8140000 flags=0x0008]",
      {
        kind: "config-fault",
        unit: "ivhd0",
        bdf: "c0:00.1",
        pasid: null,
        access: "interrupt",
        address: "0xfffffffdf8140000",
      },
    ],
    [
      "iommu ivhd3: AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=0000:43:00.0 pasid=0x00000 address=0x3737b01000 flags=0x0020]",
      {
        kind: "config-fault",
        unit: "ivhd3",
        device: "pci:0000:43:00.0",
        access: "write",
        reason: "device-entry-invalid",
      },
    ],
    [
      "iommu ivhd0: AMD-Vi: Event logged [DEV_TAB_HARDWARE_ERROR device=0000:43:00.0 pasid=0x00012 address=0x1000 flags=0x0021]",
      { kind: "hardware-fault", pasid: "0x12", access: "write" },
    ],
    [
      "iommu ivhd0: AMD-Vi: Event logged [PAGE_TAB_HARDWARE_ERROR device=0000:43:00.0 pasid=0x0000 address=0x1000 flags=0x0000]",
      { kind: "hardware-fault", reason: "page-table-unreadable", access: "read" },
    ],
    [
      "iommu ivhd0: AMD-Vi: Event logged [ILLEGAL_COMMAND_ERROR address=0x100000]",
      { kind: "global-fault", address: null, addressGranule: null, commandAddress: "0x100000", bdf: null },
    ],
    [
      "iommu ivhd0: AMD-Vi: Event logged [COMMAND_HARDWARE_ERROR address=0x100000 flags=0x0000]",
      { kind: "hardware-fault", address: null, access: "unknown" },
    ],
    [
      "iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:43:00.0 address=0x100000]",
      { kind: "invalidation-timeout", address: null, access: "unknown", commandAddress: "0x100000" },
    ],
    [
      "iommu ivhd0: AMD-Vi: Event logged [INVALID_DEVICE_REQUEST device=0000:00:14.3 pasid=0x00000 address=0xfffffffdf8000000 flags=0x0a00]",
      {
        kind: "device-request-fault",
        access: "unknown",
        address: "0xfffffffdf8000000",
        reason: "invalid-device-request",
      },
    ],
    [
      "iommu ivhd0: AMD-Vi: Event logged [INVALID_PPR_REQUEST device=0000:43:00.0 pasid=0x00001 address=0x1000 flags=0x0001 tag=0x01f]",
      { kind: "device-request-fault", tag: "0x01f", pasid: "0x1" },
    ],
    [
      "nvme 0000:43:00.0: AMD-Vi: Event logged [RMP_PAGE_FAULT vmg_tag=0x0001, gpa=0x12345678, flags_rmp=0x0002, flags=0x0020]",
      { kind: "dma-fault", address: "0x12345678", vmg_tag: "0x0001", flags_rmp: "0x0002", access: "write" },
    ],
    [
      "AMD-Vi: Event logged [RMP_HW_ERROR device=0000:43:00.0, vmg_tag=0x0001, spa=0x12345678, flags=0x0020]",
      { kind: "hardware-fault", address: null, spa: "0x12345678", access: "unknown" },
    ],
    [
      "AMD-Vi: Event logged [UNKNOWN event[0]=0x00000501 event[1]=0xf0000000 event[2]=0x00001000 event[3]=0x00000000]",
      { kind: "hardware-fault", event: "UNKNOWN", reason: null, bdf: "05:00.1", "event[1]": "0xf0000000" },
    ],
  ])("%s", (line, fields) => {
    expect(onlyFault("linux-dmesg", line)).toMatchObject({ format: "linux-amdvi", ...fields });
  });

  test("the lines of a device table entry are no faults of their own", () => {
    const line =
      "iommu ivhd0: AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=c0:00.1 pasid=0x00000 address=0x1000 flags=0x0000]";
    expect(
      onlyFault("linux-dmesg", line, "AMD-Vi: DTE[0]: 6190000000000003", "AMD-Vi: DTE[1]: 0"),
    ).toMatchObject({
      line: 1,
      address: "0x1000",
    });
  });
});

test("second halves without the first are orphans, first halves without the second are reported (logs 11.4)", () => {
  const half = "IO_PAGE_FAULT device=05:00.0 domain=0x0012 address=0xff6101b0 flags=0x0070]";
  const orphan = readLog("linux-dmesg", text(`kernel: [  221.565929] ${half}`));
  expect(orphan.faults).toEqual([]);
  expect(orphan.losses).toMatchObject([{ at: { line: 1 }, stimulus: { what: "orphan" } }]);
  expect(orphan.diagnostics).toMatchObject([{ code: "LOG002", line: 1 }]);
  const open = readLog("linux-dmesg", text("AMD-Vi: Event logged [", "other"));
  expect(open.faults).toEqual([]);
  expect(open.diagnostics).toMatchObject([{ code: "LOG002", line: 1 }]);
});

describe("a cut or damaged event is reported, and is no fault (logs 11.7)", () => {
  const line =
    "ath10k_pci 0000:01:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000d address=0xcff49550 flags=0x0070]";
  const start = line.indexOf("logged [") + 9;
  test.each(Array.from({ length: line.length - start }, (_, index) => start + index))(
    "after %i characters",
    (length) => {
      const read = readLog("linux-dmesg", text(line.slice(0, length), "[   41.000000] next"));
      expect(read.faults).toEqual([]);
      expect(read.diagnostics).toMatchObject([{ code: "LOG001", line: 1 }]);
      const cut = readLog("linux-dmesg", line.slice(0, length));
      expect(cut.faults).toEqual([]);
      expect(cut.diagnostics).toMatchObject([{ code: "LOG004", line: 1 }]);
    },
  );

  test.each([
    ["device=05:00.9"],
    ["device=05:00.0 address=0x1"],
    ["address=0x12345678123456789"],
    ["flags=070"],
    ["nonsense"],
  ])("with %s", (field) => {
    const damaged = `AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000d address=0xcff49550 flags=0x0070 ${field}]`;
    const read = readLog("linux-dmesg", text(damaged));
    expect(read.faults).toEqual([]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG001" }]);
  });
});

describe("Xen's AMD-Vi events (logs 9)", () => {
  test.each([
    [
      "(XEN) AMD-Vi: IO_PAGE_FAULT: 0000:00:14.3 d0 addr fffffffdf8000000 flags 0x8 I",
      {
        kind: "interrupt-remap-fault",
        access: "interrupt",
        address: "0xfffffffdf8000000",
        flags: "0x8",
        domain: "d0",
      },
    ],
    [
      "(XEN) [2023-02-13 07:02:37] AMD-Vi: IO_PAGE_FAULT: 0000:05:00.0 d12 addr 00000000ff6101b0 flags 0x70 PE RW PR",
      {
        kind: "dma-fault",
        device: "pci:0000:05:00.0",
        access: "write",
        reason: "permission",
        address: "0xff6101b0",
      },
    ],
    ["AMD-Vi: IO_PAGE_FAULT: 0000:05:00.0 d0 addr 00000000ff6101b0 flags 0", null],
    [
      "(XEN) AMD-Vi: IO_PAGE_FAULT: 0000:05:00.0 d0 addr 00000000ff6101b0 flags 0x0",
      { access: "read", reason: "not-mapped" },
    ],
    [
      "(XEN) AMD-Vi: IO_PAGE_FAULT: domain = 3, device id = 0x00a0, fault address = 0xfdf8020200, flags = 0x020",
      { bdf: "00:14.0", segment: null, access: "write", domain: "d3", address: "0xfdf8020200" },
    ],
    [
      "(XEN) ILLEGAL_DEV_TABLE_ENTRY 00000501 10200003 ff6101b0 00000001",
      { kind: "config-fault", bdf: "05:00.1", flags: "0x0020", access: "write", address: "0x1ff6101b0" },
    ],
    [
      "(XEN) AMD-Vi: INVALID_DEV_REQUEST 00000001 8a000000 f8000020 000000fd",
      { kind: "device-request-fault", bdf: "00:00.1", access: "unknown", address: "0xfdf8000020" },
    ],
  ])("%s", (line, fields) => {
    if (fields === null)
      expect(readLog("xen-console", text(line)).diagnostics).toMatchObject([{ code: "LOG001" }]);
    else
      expect(onlyFault("xen-console", line)).toMatchObject({
        format: "xen-amdvi",
        addressGranule: 1,
        ...fields,
      });
  });

  test("the table walk after a page fault is no fault of its own", () => {
    expect(
      onlyFault(
        "xen-console",
        "(XEN) AMD-Vi: IO_PAGE_FAULT: 0000:05:00.0 d0 addr 00000000ff6101b0 flags 0x20 RW",
        "(XEN) 0000:05:00.0 root @ 83b5f5 (3 levels) dfn=fffffffdf8000",
        "(XEN)   L3[1f7] = 0 np",
      ),
    ).toMatchObject({ line: 1 });
  });
});

test.each([
  "iommu ivhd1: AMD-Vi: Event logged [UNKNOWN event[0]=0x00000501 event[1]=0xf0000000 event[2]=0x00001000 event[3]=0x00000000",
  "AMD-Vi: Event logged [UNKNOWN type=0x0f]",
])("an event without a name is kept, with or without the bracket that kernels forget: %s", (line) => {
  expect(onlyFault("linux-dmesg", line)).toMatchObject({
    event: "UNKNOWN",
    kind: "hardware-fault",
    reason: null,
  });
});

test("words that only look like a second half are nobody's", () => {
  const read = readLog(
    "linux-dmesg",
    text(
      "AMD-Vi: Event logged [",
      "WARNING device=0x12",
      "IO_PAGE_FAULT device=05:00.0 address=0x1000 flags=0x0000]",
    ),
  );
  expect(read.faults).toMatchObject([{ line: 1, lastLine: 3 }]);
  expect(read.diagnostics).toEqual([]);
});
