import type { Family } from "../../events/vocabulary/family.ts";
import { consoleReader } from "./consoleReader.ts";
import type { LineReaderFactory } from "./lineReader.ts";
import { linuxFtrace } from "./linuxFtrace.ts";
import { qemuLog } from "./qemuLog.ts";
import { TraceReader } from "./smmuTrace/traceReader.ts";

/** The formats that can be imported (contract 1). */
export const FILE_FORMATS = ["smmu-trace", "linux-dmesg", "linux-ftrace", "qemu-log", "xen-console"] as const;
/** One format. */
export type FileFormat = (typeof FILE_FORMATS)[number];

const READERS: { readonly [format in FileFormat]: LineReaderFactory } = {
  "smmu-trace": (file, sink) => new TraceReader(file, sink),
  "linux-dmesg": consoleReader,
  "linux-ftrace": linuxFtrace,
  "qemu-log": qemuLog,
  // A console of Xen's may hold the lines of its first guest, and the other way round: one grammar reads both.
  "xen-console": consoleReader,
};

/** The reader of a format. */
export function readerFor(format: FileFormat): LineReaderFactory {
  return READERS[format];
}

/** Words of logs that only one family's driver prints. */
const HINTS: readonly (readonly [RegExp, Family])[] = [
  [/\bDMAR\b|\[VT-D\]|vtd_/, "vtd"],
  [/AMD-Vi/, "amdvi"],
  [/arm-smmu-v3|smmuv3|SMMUv3/, "smmuv3"],
  [/arm-smmu|qcom-iommu/, "smmuv2"],
  [/ipmmu/, "ipmmu"],
];

/** The family that a piece of a log is about, or null where it does not show. */
export function familyHint(text: string): Family | null {
  return HINTS.find(([words]) => words.test(text))?.[1] ?? null;
}
