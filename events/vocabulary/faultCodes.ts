import type { FaultKind } from "./faultReport.ts";
import type { ReasonClass } from "./reason.ts";

/**
 * What one fault number or event of a unit family means: `name` as drivers and manuals print it, `reason` the class
 * word of a {@link FaultReport}, `reasonClass` the class common to all families (hardware 7).
 */
export interface FaultMeaning {
  readonly name: string;
  readonly reason: string;
  readonly reasonClass: ReasonClass;
}

/** An event that also tells what kind of trouble it is. */
export interface EventMeaning extends FaultMeaning {
  readonly kind: FaultKind;
}

/** An SMMUv3 event: its number and which parts of the record mean something (hardware 3.2, 3.3). */
export interface Smmuv3Event extends EventMeaning {
  readonly number: number;
  /** Word 2 is the input address. */
  readonly hasAddress: boolean;
  /** Word 1 tells read from write, privilege and stall. */
  readonly hasAccess: boolean;
  /** Stage, class, tag and intermediate address are given: the four faults of a walk. */
  readonly hasWalk: boolean;
  /** Word 3 is the address of a fetch by the unit itself. */
  readonly hasFetchAddress: boolean;
}

/** VT-d fault reason by number, legacy, scalable and interrupt remapping; null: the number has no name (hardware 1.5). */
export function vtdReason(code: number): FaultMeaning | null {
  return VTD.get(code) ?? null;
}

/** True for the VT-d reasons of interrupt remapping: not DMA faults. */
export function isVtdInterruptReason(code: number): boolean {
  return code >= 0x20 && code <= 0x2f;
}

/** SMMUv3 event by number; null: not one of the manual's. */
export function smmuv3Event(number: number): Smmuv3Event | null {
  return SMMUV3.get(number) ?? null;
}

/** SMMUv3 event by its name (`F_TRANSLATION`); null: not one of the manual's. */
export function smmuv3EventNamed(name: string): Smmuv3Event | null {
  return SMMUV3_BY_NAME.get(name) ?? null;
}

/** The meaning of an SMMUv2 context bank's FSR: its first fault bit, in the order of the table; null when none is set. */
export function smmuv2ContextFault(fsr: number): FaultMeaning | null {
  return firstSet(SMMUV2_FSR, fsr);
}

/** The meaning of an SMMUv2 global fault status (sGFSR); null when no fault bit is set. */
export function smmuv2GlobalFault(gfsr: number): FaultMeaning | null {
  return firstSet(SMMUV2_GFSR, gfsr);
}

/** The meaning of an IPMMU context's IMSTR; null when no fault bit is set (hardware 4). */
export function ipmmuFault(status: number): FaultMeaning | null {
  return firstSet(IPMMU_IMSTR, status);
}

/** The meaning of an SMMUv3 GERROR value; null when no error bit is set (hardware 3.5). */
export function smmuv3GlobalError(gerror: number): FaultMeaning | null {
  return firstSet(SMMUV3_GERROR, gerror);
}

/** AMD-Vi event by the name that Linux or Xen prints; null: not one of the manual's. */
export function amdviEvent(name: string): EventMeaning | null {
  return AMDVI.get(name) ?? null;
}

/** The flags of an AMD-Vi event, as printed: the 12 flag bits of the log entry (hardware 5). */
export const AMDVI_FLAG = {
  guest: 0x001,
  interrupt: 0x008,
  present: 0x010,
  write: 0x020,
  permission: 0x040,
  reserved: 0x080,
} as const;

/** The meaning of an AMD-Vi IO_PAGE_FAULT's flags; null where they name no cause (logs 3). */
export function amdviPageFault(flags: number): FaultMeaning | null {
  if (flags & AMDVI_FLAG.interrupt) return meaning("IO_PAGE_FAULT I", "interrupt", "interrupt-remap");
  if (flags & AMDVI_FLAG.reserved) return meaning("IO_PAGE_FAULT RZ", "reserved-bits", "table");
  if (flags & AMDVI_FLAG.permission) return meaning("IO_PAGE_FAULT PE", "permission", "permission");
  if (!(flags & AMDVI_FLAG.present)) return meaning("IO_PAGE_FAULT", "not-mapped", "unmapped");
  return null;
}

function meaning(name: string, reason: string, reasonClass: ReasonClass): FaultMeaning {
  return { name, reason, reasonClass };
}

type BitTable = readonly (readonly [bit: number, meaning: FaultMeaning])[];

function firstSet(table: BitTable, value: number): FaultMeaning | null {
  // Bits are tested by arithmetic: a 32-bit register does not fit JavaScript's signed bit operations unharmed.
  for (const [bit, found] of table) if (Math.floor(value / 2 ** bit) % 2 === 1) return found;
  return null;
}

type VtdRow = readonly [code: number, name: string, reason: string, reasonClass: ReasonClass];

const VTD_ROWS: readonly VtdRow[] = [
  [0x00, "Software", "software", "unknown"],
  [0x01, "Present bit in root entry is clear", "root-not-present", "no-object"],
  [0x02, "Present bit in context entry is clear", "context-not-present", "no-object"],
  [0x03, "Invalid context entry", "context-invalid", "config"],
  [0x04, "Access beyond MGAW", "address-beyond-width", "address-size"],
  [0x05, "PTE Write access is not set", "write-denied", "not-granted"],
  [0x06, "PTE Read access is not set", "read-denied", "not-granted"],
  [0x07, "Next page table ptr is invalid", "next-table-invalid", "table"],
  [0x08, "Root table address invalid", "root-table-invalid", "config"],
  [0x09, "Context table ptr is invalid", "context-table-invalid", "config"],
  [0x0a, "non-zero reserved fields in RTP", "root-reserved-bits", "config"],
  [0x0b, "non-zero reserved fields in CTP", "context-reserved-bits", "config"],
  [0x0c, "non-zero reserved fields in PTE", "reserved-bits", "table"],
  [
    0x0d,
    "PCE for translation request specifies blocking",
    "translation-request-blocked",
    "blocked-translation",
  ],
  [0x0e, "Output address in the interrupt range", "output-in-interrupt-range", "interrupt-range"],
  [
    0x20,
    "Detected reserved fields in the decoded IRTE entry request",
    "interrupt-request-reserved",
    "interrupt-remap",
  ],
  [
    0x21,
    "Interrupt index exceeded the interrupt-remapping table size",
    "interrupt-index-too-large",
    "interrupt-remap",
  ],
  [0x22, "Present field in the IRTE entry is clear", "interrupt-entry-not-present", "interrupt-remap"],
  [
    0x23,
    "Error accessing interrupt-remapping table pointed by IRTA_REG",
    "interrupt-table-unreadable",
    "interrupt-remap",
  ],
  [0x24, "Detected reserved fields in the IRTE entry", "interrupt-entry-reserved-bits", "interrupt-remap"],
  [
    0x25,
    "Blocked a compatibility format interrupt request",
    "interrupt-compatibility-blocked",
    "interrupt-remap",
  ],
  [
    0x26,
    "Blocked an interrupt request due to source-id verification failure",
    "interrupt-source-mismatch",
    "interrupt-remap",
  ],
  [0x30, "SM: Invalid Root Table Address", "root-table-invalid", "config"],
  [0x31, "SM: TTM 0 for request with PASID", "pasid-request-in-legacy-mode", "config"],
  [0x32, "SM: TTM 0 for page group request", "page-request-in-legacy-mode", "config"],
  [0x38, "SM: Error attempting to access Root Entry", "root-unreadable", "config"],
  [0x39, "SM: Present bit in Root Entry is clear", "root-not-present", "no-object"],
  [0x3a, "SM: Non-zero reserved field set in Root Entry", "root-reserved-bits", "config"],
  [0x40, "SM: Error attempting to access Context Entry", "context-unreadable", "config"],
  [0x41, "SM: Present bit in Context Entry is clear", "context-not-present", "no-object"],
  [0x42, "SM: Non-zero reserved field set in the Context Entry", "context-reserved-bits", "config"],
  [0x43, "SM: Invalid Context Entry", "context-invalid", "config"],
  [0x44, "SM: DTE field in Context Entry is clear", "device-tlb-disabled", "blocked-translation"],
  [0x45, "SM: PASID Enable field in Context Entry is clear", "pasid-disabled", "config"],
  [0x46, "SM: PASID is larger than the max in Context Entry", "pasid-too-large", "config"],
  [0x47, "SM: PRE field in Context-Entry is clear", "page-request-disabled", "config"],
  [0x48, "SM: RID_PASID field error in Context-Entry", "rid-pasid-invalid", "config"],
  [0x50, "SM: Error attempting to access the PASID Directory Entry", "pasid-directory-unreadable", "config"],
  [0x51, "SM: Present bit in Directory Entry is clear", "pasid-directory-not-present", "no-object"],
  [
    0x52,
    "SM: Non-zero reserved field set in PASID Directory Entry",
    "pasid-directory-reserved-bits",
    "config",
  ],
  [0x58, "SM: Error attempting to access PASID Table Entry", "pasid-entry-unreadable", "config"],
  [0x59, "SM: Present bit in PASID Table Entry is clear", "pasid-entry-not-present", "no-object"],
  [0x5a, "SM: Non-zero reserved field set in PASID Table Entry", "pasid-entry-reserved-bits", "config"],
  [0x5b, "SM: Invalid Scalable-Mode PASID Table Entry", "pasid-entry-invalid", "config"],
  [0x5c, "SM: ERE field is clear in PASID Table Entry", "execute-requests-disabled", "config"],
  [0x5d, "SM: SRE field is clear in PASID Table Entry", "supervisor-requests-disabled", "config"],
  [0x70, "SM: Error attempting to access first-level paging entry", "next-table-invalid", "table"],
  [0x71, "SM: Present bit in first-level paging entry is clear", "not-mapped", "unmapped"],
  [0x72, "SM: Non-zero reserved field set in first-level paging entry", "reserved-bits", "table"],
  [0x73, "SM: Error attempting to access FL-PML4 entry", "next-table-invalid", "table"],
  [
    0x74,
    "SM: First-level entry address beyond MGAW in Nested translation",
    "address-beyond-width",
    "address-size",
  ],
  [
    0x75,
    "SM: Read permission error in FL-PML4 entry in Nested translation",
    "nested-table-read-denied",
    "table",
  ],
  [
    0x76,
    "SM: Read permission error in first-level paging entry in Nested translation",
    "nested-table-read-denied",
    "table",
  ],
  [
    0x77,
    "SM: Write permission error in first-level paging entry in Nested translation",
    "nested-table-write-denied",
    "table",
  ],
  [0x78, "SM: Error attempting to access second-level paging entry", "next-table-invalid", "table"],
  [
    0x79,
    "SM: Read/Write permission error in second-level paging entry",
    "second-level-denied",
    "not-granted",
  ],
  [0x7a, "SM: Non-zero reserved field set in second-level paging entry", "reserved-bits", "table"],
  [0x7b, "SM: Invalid second-level page table pointer", "next-table-invalid", "table"],
  [
    0x7c,
    "SM: A/D bit update needed in second-level entry when set up in no snoop",
    "accessed-dirty-update",
    "table",
  ],
  [0x80, "SM: Address in first-level translation is not canonical", "address-not-canonical", "address-size"],
  [0x81, "SM: U/S set 0 for first-level translation with user privilege", "privilege-denied", "permission"],
  [0x82, "SM: No execute permission for request with PASID and ER=1", "execute-denied", "permission"],
  [0x83, "SM: Address beyond the DMA hardware max", "address-beyond-width", "address-size"],
  [0x84, "SM: Second-level entry address beyond the max", "address-beyond-width", "address-size"],
  [0x85, "SM: No write permission for Write/AtomicOp request", "write-denied", "not-granted"],
  [0x86, "SM: No read permission for Read/AtomicOp request", "read-denied", "not-granted"],
  [0x87, "SM: Invalid address-interrupt address", "output-in-interrupt-range", "interrupt-range"],
  [0x90, "SM: A/D bit update error in first-level entry", "accessed-dirty-update", "table"],
  [0x91, "SM: A/D bit update error in second-level entry", "accessed-dirty-update", "table"],
];

const VTD: ReadonlyMap<number, FaultMeaning> = new Map(
  VTD_ROWS.map(([code, name, reason, reasonClass]) => [code, meaning(name, reason, reasonClass)]),
);

type Smmuv3Row = readonly [
  number: number,
  name: string,
  kind: FaultKind,
  reason: string,
  reasonClass: ReasonClass,
  payload: "walk" | "access" | "access+fetch" | "address" | "fetch" | "none",
];

const SMMUV3_ROWS: readonly Smmuv3Row[] = [
  [0x01, "F_UUT", "dma-fault", "unsupported-transaction", "external", "access"],
  [0x02, "C_BAD_STREAMID", "config-fault", "unidentified-stream", "no-object", "none"],
  [0x03, "F_STE_FETCH", "config-fault", "stream-entry-unreadable", "config", "fetch"],
  [0x04, "C_BAD_STE", "config-fault", "stream-entry-invalid", "config", "none"],
  [0x05, "F_BAD_ATS_TREQ", "dma-fault", "translation-request-blocked", "blocked-translation", "address"],
  [0x06, "F_STREAM_DISABLED", "config-fault", "stream-disabled", "disabled", "none"],
  [0x07, "F_TRANSL_FORBIDDEN", "dma-fault", "translated-request-forbidden", "blocked-translation", "access"],
  [0x08, "C_BAD_SUBSTREAMID", "config-fault", "substream-invalid", "config", "none"],
  [0x09, "F_CD_FETCH", "config-fault", "context-unreadable", "config", "fetch"],
  [0x0a, "C_BAD_CD", "config-fault", "context-invalid", "config", "none"],
  [0x0b, "F_WALK_EABT", "dma-fault", "walk-abort", "table", "access+fetch"],
  [0x10, "F_TRANSLATION", "dma-fault", "not-mapped", "unmapped", "walk"],
  [0x11, "F_ADDR_SIZE", "dma-fault", "address-size", "address-size", "walk"],
  [0x12, "F_ACCESS", "dma-fault", "access-flag", "permission", "walk"],
  [0x13, "F_PERMISSION", "dma-fault", "permission", "permission", "walk"],
  [0x20, "F_TLB_CONFLICT", "dma-fault", "tlb-conflict", "conflict", "access"],
  [0x21, "F_CFG_CONFLICT", "config-fault", "config-conflict", "conflict", "none"],
  [0x24, "E_PAGE_REQUEST", "device-request-fault", "page-request", "unknown", "address"],
  [0x25, "F_VMS_FETCH", "config-fault", "vms-unreadable", "config", "fetch"],
];

const SMMUV3: ReadonlyMap<number, Smmuv3Event> = new Map(
  SMMUV3_ROWS.map(([number, name, kind, reason, reasonClass, payload]) => [
    number,
    {
      number,
      name,
      kind,
      reason,
      reasonClass,
      hasAddress: payload !== "none" && payload !== "fetch",
      hasAccess: payload === "walk" || payload === "access" || payload === "access+fetch",
      hasWalk: payload === "walk",
      hasFetchAddress: payload === "fetch" || payload === "access+fetch",
    },
  ]),
);

const SMMUV3_BY_NAME: ReadonlyMap<string, Smmuv3Event> = new Map(
  [...SMMUV3.values()].map((event) => [event.name, event]),
);

const SMMUV3_GERROR: BitTable = [
  [8, meaning("SFM_ERR", "service-failure-mode", "external")],
  [0, meaning("CMDQ_ERR", "command-queue-error", "invalidation")],
  [2, meaning("EVTQ_ABT_ERR", "event-queue-abort", "external")],
  [3, meaning("PRIQ_ABT_ERR", "page-request-queue-abort", "external")],
  [4, meaning("MSI_CMDQ_ABT_ERR", "message-interrupt-abort", "external")],
  [5, meaning("MSI_EVTQ_ABT_ERR", "message-interrupt-abort", "external")],
  [6, meaning("MSI_PRIQ_ABT_ERR", "message-interrupt-abort", "external")],
  [7, meaning("MSI_GERROR_ABT_ERR", "message-interrupt-abort", "external")],
];

const SMMUV2_FSR: BitTable = [
  [1, meaning("TF", "not-mapped", "unmapped")],
  [3, meaning("PF", "permission", "permission")],
  [2, meaning("AFF", "access-flag", "permission")],
  [4, meaning("EF", "external-abort", "table")],
  [5, meaning("TLBMCF", "tlb-conflict", "conflict")],
  [6, meaning("TLBLKF", "tlb-locked", "config")],
  [7, meaning("ASF", "address-size", "address-size")],
  [8, meaning("UUT", "unsupported-transaction", "external")],
];

const SMMUV2_GFSR: BitTable = [
  [1, meaning("USF", "unidentified-stream", "no-object")],
  [2, meaning("SMCF", "stream-match-conflict", "conflict")],
  [0, meaning("ICF", "invalid-context", "config")],
  [3, meaning("UCBF", "unimplemented-context-bank", "config")],
  [4, meaning("UCIF", "unimplemented-context-interrupt", "config")],
  [5, meaning("CAF", "configuration-access", "config")],
  [6, meaning("EF", "external-abort", "external")],
  [7, meaning("PF", "permission", "permission")],
  [8, meaning("UUT", "unsupported-transaction", "external")],
];

const IPMMU_IMSTR: BitTable = [
  [0, meaning("TF", "not-mapped", "unmapped")],
  [1, meaning("PF", "permission", "permission")],
  [4, meaning("MHIT", "multiple-hits", "conflict")],
  [2, meaning("ABORT", "walk-abort", "table")],
];

type AmdviRow = readonly [name: string, kind: FaultKind, reason: string, reasonClass: ReasonClass];

// Xen has names of its own for three of them; both are the same event number.
const AMDVI_ROWS: readonly AmdviRow[] = [
  ["ILLEGAL_DEV_TABLE_ENTRY", "config-fault", "device-entry-invalid", "config"],
  ["IO_PAGE_FAULT", "dma-fault", "not-mapped", "unmapped"],
  ["DEV_TAB_HARDWARE_ERROR", "hardware-fault", "device-table-unreadable", "config"],
  ["DEV_TABLE_HW_ERROR", "hardware-fault", "device-table-unreadable", "config"],
  ["PAGE_TAB_HARDWARE_ERROR", "hardware-fault", "page-table-unreadable", "table"],
  ["PAGE_TABLE_HW_ERROR", "hardware-fault", "page-table-unreadable", "table"],
  ["ILLEGAL_COMMAND_ERROR", "global-fault", "illegal-command", "invalidation"],
  ["COMMAND_HARDWARE_ERROR", "hardware-fault", "command-unreadable", "invalidation"],
  ["CMD_HARDWARE_ERROR", "hardware-fault", "command-unreadable", "invalidation"],
  ["IOTLB_INV_TIMEOUT", "invalidation-timeout", "invalidation-timeout", "invalidation"],
  ["INVALID_DEVICE_REQUEST", "device-request-fault", "invalid-device-request", "config"],
  ["INVALID_DEV_REQUEST", "device-request-fault", "invalid-device-request", "config"],
  ["INVALID_PPR_REQUEST", "device-request-fault", "invalid-page-request", "config"],
  ["EVENT_COUNTER_ZERO", "global-fault", "event-counter", "unknown"],
  ["RMP_HW_ERROR", "hardware-fault", "ownership-table-error", "table"],
  ["RMP_PAGE_FAULT", "dma-fault", "ownership-denied", "permission"],
];

const AMDVI: ReadonlyMap<string, EventMeaning> = new Map(
  AMDVI_ROWS.map(([name, kind, reason, reasonClass]) => [name, { name, kind, reason, reasonClass }]),
);
