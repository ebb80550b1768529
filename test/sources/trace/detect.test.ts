import { describe, expect, test } from "vitest";
import { detectFormat } from "../../../sources/trace/detect.ts";
import { fixture, text } from "./readLog.ts";

describe("a format is found by content (contract 1)", () => {
  test.each([
    ["smmu-trace", '{"format":"smmu-trace","version":1,"boot":"x","family":"vtd"}\n{"kind":"unit"}\n'],
    ["smmu-trace", '\ufeff{ "version":1, "format" : "smmu-trace" }'],
    ["smmu-trace", '# source: somewhere\n\n{"t":0,"kind":"dma"}\n'],
    ["linux-dmesg", "[    0.000000] Linux version 6.1.0\n[    0.000000] Command line: quiet\n"],
    ["linux-dmesg", "Linux version 6.1.0 (x@y)\nDMAR: IOMMU enabled\n"],
    [
      "linux-dmesg",
      "# source: a list\narm-smmu 5.iommu: Unhandled context fault: iova=0x1000, fsynr=0x2, cb=3\n",
    ],
    ["linux-dmesg", "\0\0\0[    0.521445] DMAR: Host address width 39\r\n"],
    ["linux-dmesg", "<3>[    0.521445] x\n"],
    ["linux-dmesg", "Feb 13 07:02:37 host kernel: AMD-Vi: Event logged [IO_PAGE_FAULT\n"],
    ["linux-dmesg", "3,12,460,-;DMAR: x\n"],
    ["linux-dmesg", "0x000000000277BBFA |   1263.468579:   arm-smmu 5.iommu: x\n"],
    ["linux-ftrace", "# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:1\n"],
    [
      "linux-ftrace",
      "   init-1   [000] .....     1.655599: add_device_to_group: IOMMU: groupID=0 device=0000:00:00.0\n",
    ],
    ["linux-ftrace", "  qemu-kvm  4575 [008]   438.308478: iommu:unmap: IOMMU: iova=0x0\n"],
    ["linux-ftrace", "  map: IOMMU: iova=0x0000000ffff36000 paddr=0x00000001164d8000 size=4096\n"],
    ["qemu-log", "236498@1676271757.075075:vtd_dmar_fault sid 0xb00 fault 6 addr 0x1187a9000 write 0\n"],
    ["qemu-log", "vtd_dmar_fault sid 0xb00 fault 6 addr 0x1187a9000 write 0\n"],
    ["qemu-log", "qemu-system-x86_64: vtd_iova_to_slpte: detected slpte permission error\n"],
    ["xen-console", "(XEN) Xen version 4.17.2\n(XEN) Command line: x\n"],
    ["xen-console", "[VT-D]DMAR: reason 05 - PTE Write access is not set\n"],
    ["xen-console", "AMD-Vi: IO_PAGE_FAULT: 0000:05:00.0 d0 addr 00000000ff6101b0 flags 0x0\n"],
  ])("%s: %j", (format, head) => {
    expect(detectFormat(head)).toBe(format);
    expect(detectFormat(head.replaceAll("\n", "\r\n"))).toBe(format);
  });

  test.each([
    [""],
    ["\0\0\0\0"],
    ["hello\nworld\n"],
    ["PK\x03\x04\x14\0\0\0"],
    ["{}"],
    ['{"a":1}\n'],
    ["# a comment\n"],
  ])("none of %j", (head) => {
    expect(detectFormat(head)).toBeNull();
  });

  test("by most lines, where several formats are in one file", () => {
    const qemu = "1@2.3:vtd_dmar_fault sid 0xb00 fault 6 addr 0x1187a9000 write 0";
    const guest = "[    1.000000] usb 1-1: new device";
    expect(detectFormat(text(qemu, guest, guest))).toBe("linux-dmesg");
    expect(detectFormat(text(qemu, guest, qemu))).toBe("qemu-log");
  });

  test("of recorded boots", () => {
    for (const name of ["x86-vtd", "arm-smmuv3", "x86-vfio"])
      expect(detectFormat(fixture(`${name}.ftrace.txt`))).toBe("linux-ftrace");
  });

  test("without looking beyond the head, however long the lines", () => {
    expect(detectFormat(`${"a-1 ".repeat(100_000)}\n(XEN) x\n`)).toBeNull();
  });
});
