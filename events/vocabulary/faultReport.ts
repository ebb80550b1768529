import type { Json } from "../../base/canonicalJson.ts";

/** The log grammars a report may come in (logs 2-9). `smmu-trace` is a `fault` record of a trace. */
export const FAULT_FORMATS = [
  "linux-dmar",
  "linux-amdvi",
  "linux-arm-smmu",
  "linux-arm-smmu-v3",
  "linux-ipmmu",
  "linux-ftrace",
  "qemu-vtd-trace",
  "qemu-vtd-error",
  "qemu-smmuv3-trace",
  "qemu-smmuv3-error",
  "xen-vtd",
  "xen-amdvi",
  "xen-arm-smmu",
  "xen-arm-smmu-v3",
  "xen-ipmmu",
  "smmu-trace",
] as const;
/** One log grammar. */
export type FaultFormat = (typeof FAULT_FORMATS)[number];

/** What kinds of trouble a report may be about; only `dma-fault` is a refused transfer in the strict sense. */
export const FAULT_KINDS = [
  "dma-fault",
  "interrupt-remap-fault",
  "config-fault",
  "device-request-fault",
  "invalidation-timeout",
  "global-fault",
  "hardware-fault",
] as const;
/** One kind of trouble. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What the refused request was; `unknown` is never guessed to be a read (logs 11.2). */
export type ReportedAccess = "read" | "write" | "interrupt" | "unknown";

/**
 * One hardware fault as the hardware or an operating system reported it, joined from all its lines (logs 11.1).
 * Null where the report does not say. Addresses, ids and codes are canonical lower-case hex texts; `sourceId` and
 * AMD device ids keep four digits, as printed. `raw` holds the family's own fields under the names of the sample
 * collection (`event`, `eventName`, `flags`, `fsr`, `fsynr`, `status`, `gfsr`, `substreamId`, `contextBank`, `stage`, ...).
 */
export interface FaultReport {
  readonly format: FaultFormat;
  readonly kind: FaultKind;
  readonly unit: string | null;
  readonly segment: string | null;
  readonly bdf: string | null;
  readonly sourceId: string | null;
  readonly streamId: string | null;
  readonly pasid: string | null;
  readonly address: string | null;
  /** 4096 where the unit drops the low 12 bits, else 1; null where there is no address. */
  readonly addressGranule: 1 | 4096 | null;
  readonly access: ReportedAccess;
  readonly code: string | null;
  /** The sample collection's class words (`write-denied`, `not-mapped`, `permission`, ...); null: the report does not say. */
  readonly reason: string | null;
  readonly raw: { readonly [name: string]: Json };
}
