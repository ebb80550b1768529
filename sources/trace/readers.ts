import type { Family } from "../../events/vocabulary/family.ts";
import { consoleReader } from "./consoleReader.ts";
import type { LineReaderFactory } from "./lineReader.ts";
import { linuxFtrace } from "./linuxFtrace.ts";
import { qemuLog } from "./qemuLog.ts";
import { TraceReader } from "./smmuTrace/traceReader.ts";

/** The formats that can be imported (contract 1), and the one that an export writes for model checkers. */
export const FILE_FORMATS = [
  "smmu-trace",
  "linux-dmesg",
  "linux-ftrace",
  "qemu-log",
  "xen-console",
  "itf",
] as const;
/** One format. */
export type FileFormat = (typeof FILE_FORMATS)[number];
/** A format that is read line by line; ITF is one document. */
export type LineFormat = Exclude<FileFormat, "itf">;

const READERS: { readonly [format in LineFormat]: LineReaderFactory } = {
  "smmu-trace": (file, sink) => new TraceReader(file, sink),
  "linux-dmesg": consoleReader,
  "linux-ftrace": linuxFtrace,
  "qemu-log": qemuLog,
  // A console of Xen's may hold the lines of its first guest, and the other way round: one grammar reads both.
  "xen-console": consoleReader,
};

/** The reader of a format. */
export function readerFor(format: LineFormat): LineReaderFactory {
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
