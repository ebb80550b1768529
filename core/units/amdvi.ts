import type { TransferAccess } from "../../events/vocabulary/access.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import type { ReasonClass } from "../../events/vocabulary/reason.ts";
import {
  anyTarget,
  asGranted,
  type InterruptAnswer,
  sameCodeText,
  type UnitReason,
  type UnitRules,
} from "./unitRules.ts";

/** Event log codes by name (hardware 5). */
export const AMDVI_REASONS: readonly UnitReason[] = [
  { code: "ILLEGAL_DEV_TABLE_ENTRY", text: "device table entry is invalid", reason: "config" },
  { code: "IO_PAGE_FAULT", text: "page not present or not permitted", reason: "not-granted" },
  { code: "DEV_TAB_HARDWARE_ERROR", text: "device table cannot be read", reason: "config" },
  { code: "PAGE_TAB_HARDWARE_ERROR", text: "page table cannot be read", reason: "table" },
  { code: "ILLEGAL_COMMAND_ERROR", text: "illegal command", reason: "invalidation" },
  { code: "COMMAND_HARDWARE_ERROR", text: "command buffer cannot be read", reason: "invalidation" },
  { code: "IOTLB_INV_TIMEOUT", text: "device did not answer an invalidation", reason: "invalidation" },
  {
    code: "INVALID_DEVICE_REQUEST",
    text: "request of a kind the device may not make",
    reason: "blocked-translation",
  },
  { code: "INVALID_PPR_REQUEST", text: "invalid page request", reason: "blocked-translation" },
  { code: "RMP_PAGE_FAULT", text: "reverse map table refused", reason: "permission" },
  { code: "RMP_HW_ERROR", text: "reverse map table cannot be read", reason: "table" },
];

const INTERRUPT_FIRST_PAGE = 0xfdf8000;
const INTERRUPT_LAST_PAGE = 0xfdf8fff;

/** AMD-Vi (hardware 5). */
export const AMDVI: UnitRules = {
  family: "amdvi",
  reasons: AMDVI_REASONS,
  codeFor,
  effectiveAccess: asGranted,
  controlsExecute: false,
  sameCode: sameCodeText,
  interrupt,
  refusedTarget: anyTarget,
  targetCode: null,
  requesterCodes: ["ILLEGAL_DEV_TABLE_ENTRY", "IO_PAGE_FAULT"],
};

function codeFor(reason: ReasonClass): string | null {
  switch (reason) {
    case "unmapped":
    case "permission":
    case "address-size":
    case "interrupt-range":
      return "IO_PAGE_FAULT";
    case "no-object":
      return "ILLEGAL_DEV_TABLE_ENTRY";
    default:
      return null;
  }
}

/** Addresses 0xFDF8xxxxxx are interrupts, not memory (hardware 5). */
function interrupt(bytes: ByteRange, access: TransferAccess): InterruptAnswer {
  if (bytes.lastPage < INTERRUPT_FIRST_PAGE || bytes.firstPage > INTERRUPT_LAST_PAGE) return "none";
  const inside = bytes.firstPage >= INTERRUPT_FIRST_PAGE && bytes.lastPage <= INTERRUPT_LAST_PAGE;
  if (access === "w" && inside) return "raised";
  return { refusedAtPage: Math.max(bytes.firstPage, INTERRUPT_FIRST_PAGE) };
}
