import { QEMU_LINE } from "./qemu/qemuLines.ts";
import type { FileFormat } from "./readers.ts";

/** How many characters of a file's beginning are looked at. */
export const DETECT_LENGTH = 1 << 16;

// Lines longer than this are no report's; only their beginning is looked at.
const LINE_LENGTH = 600;

const RECORD = /^\s*\{.*"(?:format"\s*:\s*"smmu-trace"|kind"\s*:\s*")/;
// Apalache ADR 015; its members may stand in any order, and all of it on one line.
const ITF = /^\s*\{\s*"(?:#meta|params|vars|states|loop)"\s*:/;
const FTRACE =
  /^# tracer: |\[\d{3}\]\s+(?:\S{4,7}\s+)?\d+\.\d+:\s+[\w:]+:\s|^\s*(?:[\w-]+:)?(?:map|unmap|attach_device_to_domain|detach_device_from_domain|add_device_to_group|remove_device_from_group|io_page_fault): +IOMMU:|^\s*k(?:un)?map: \(|^CPU:\d+ \[LOST \d+ EVENTS\]/;
const XEN =
  /\(XEN\) |\[VT-D\]|AMD-Vi: IO_PAGE_FAULT: |print_vtd_entries|\bSMMUv3: \/|\bsmmu: \/|\bipmmu: \/|^(?:ILLEGAL_DEV_TABLE_ENTRY|INVALID_DEV_REQUEST) [0-9a-f]{8} /;
const LINUX =
  /^[\s\0]*(?:<\d+>)?\[\s*\+?\d+\.\d{6}\]|\bkernel: |\b(?:DMAR|dmar|AMD-Vi): ?\S|\bDMAR:\[|arm-smmu|qcom-iommu|ipmmu-vmsa|\d callbacks suppressed|^Linux version \d|\bINTR-REMAP: ?|\bDRHD: handling fault|^0x[0-9A-F]{16} \|\s+\d+\.\d+:|Unhandled context fault: |^\d+,\d+,\d+,[^;]{0,20};/;

const PATTERNS: readonly (readonly [FileFormat, RegExp])[] = [
  ["linux-ftrace", FTRACE],
  ["qemu-log", QEMU_LINE],
  ["xen-console", XEN],
  ["linux-dmesg", LINUX],
];

/**
 * The format of a file by its beginning (the first {@link DETECT_LENGTH} characters of it), or null. A trace says so in
 * its first line, and so does an Informal Trace; of the logs, the format with the most lines that only it has.
 */
export function detectFormat(head: string): FileFormat | null {
  if (ITF.test(head.replace(/^\ufeff/, ""))) return "itf";
  const lines = head.slice(0, DETECT_LENGTH).split(/\r?\n|\r/);
  const first = lines.find((line) => line.trim() !== "" && !line.startsWith("#"));
  if (first !== undefined && RECORD.test(first.replace(/^\ufeff/, ""))) return "smmu-trace";
  const counts = PATTERNS.map(() => 0);
  for (const line of lines) {
    const text = line.slice(0, LINE_LENGTH);
    // The order is from the most to the least particular: a line counts once.
    const found = PATTERNS.findIndex(([, pattern]) => pattern.test(text));
    if (found >= 0) counts[found]!++;
  }
  const most = Math.max(...counts);
  return most === 0 ? null : PATTERNS[counts.indexOf(most)]![0];
}
