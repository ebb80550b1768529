import { armSmmu } from "./console/armSmmu.ts";
import { armSmmuV3 } from "./console/armSmmuV3.ts";
import { ipmmu } from "./console/ipmmu.ts";
import { linuxAmdvi } from "./console/linuxAmdvi.ts";
import { linuxDmar } from "./console/linuxDmar.ts";
import { losses } from "./console/losses.ts";
import { units } from "./console/units.ts";
import { xenAmdvi } from "./console/xenAmdvi.ts";
import { xenVtd } from "./console/xenVtd.ts";
import { grammarReader } from "./grammarReader.ts";
import type { LineReaderFactory } from "./lineReader.ts";
import type { Grammar } from "./logContext.ts";
import { QEMU_LINE } from "./qemu/qemuLines.ts";

// What a line of ours, whole or broken, contains. One test of this decides most lines: it is the speed of the reader.
const CANDIDATE =
  /DMAR|dmar|DRHD|AMD-Vi|smmu|SMMU|ipmmu|INTR-REMAP|VT-D|callbacks|context fault|global fault|FSYNR|FSR|Request device|fault reason|_FAULT|_REQUEST|_ERROR|_TIMEOUT|ILLEGAL_|iova-to-phys|event 0x|event: |client: |priv data|priv inst|Client info|Unhandled fault|IOMMU: iova/;
// What the later lines of an open report may look like without their prefix.
const CONTINUATION = /0x[0-9a-fA-F]{16}|=0x[0-9a-fA-F]+|SID=/;

/**
 * Linux kernel logs and Xen consoles: one reader, for dom0's messages come on Xen's console and both appear in one
 * paste. Formats `linux-dmesg` and `xen-console` (logs 1-6, 9).
 */
export const consoleReader: LineReaderFactory = (file, sink) =>
  grammarReader(file, sink, {
    candidate: CANDIDATE,
    continuation: CONTINUATION,
    foreign: [
      { pattern: QEMU_LINE, format: "qemu-log" },
      { pattern: /\b(?:un)?map: +IOMMU: iova=0x/, format: "linux-ftrace" },
    ],
    grammars: (context) => {
      const vtd = [xenVtd(context), linuxDmar(context)];
      const amdvi = [xenAmdvi(context), linuxAmdvi(context)];
      const [v3, v2, found] = [armSmmuV3(context), armSmmu(context), units(context)];
      // Xen's VT-d lines contain Linux's tags, so they are tried first.
      const all = [...vtd, ...amdvi, v3, v2, ipmmu(context), losses(context), found];
      const byStart: readonly (readonly [string, readonly Grammar[]])[] = [
        ["arm-smmu-v3 ", [v3, found]],
        ["arm-smmu ", [v2, found]],
        ["DMAR: ", [...vtd, found]],
      ];
      return (message) => byStart.find(([start]) => message.startsWith(start))?.[1] ?? all;
    },
  });
