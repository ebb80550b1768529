import type { TransferAccess } from "../../events/vocabulary/access.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import type { ReasonClass } from "../../events/vocabulary/reason.ts";
import {
  asGranted,
  type InterruptAnswer,
  sameCodeText,
  type UnitReason,
  type UnitRules,
} from "./unitRules.ts";

/** Legacy-mode fault reasons (hardware 1.5). 5 and 6 do not tell unmapped from permission: the tables at that instant do. */
export const VTD_REASONS: readonly UnitReason[] = [
  { code: "0x01", text: "present bit in root entry is clear", reason: "no-object" },
  { code: "0x02", text: "present bit in context entry is clear", reason: "no-object" },
  { code: "0x03", text: "invalid context entry", reason: "config" },
  { code: "0x04", text: "access beyond MGAW", reason: "address-size" },
  { code: "0x05", text: "no write access on the page", reason: "not-granted" },
  { code: "0x06", text: "no read access on the page", reason: "not-granted" },
  { code: "0x07", text: "next page-table pointer is invalid", reason: "table" },
  { code: "0x08", text: "root table address is invalid", reason: "config" },
  { code: "0x09", text: "context table pointer is invalid", reason: "config" },
  { code: "0x0a", text: "reserved fields set in a root entry", reason: "config" },
  { code: "0x0b", text: "reserved fields set in a context entry", reason: "config" },
  { code: "0x0c", text: "reserved fields set in a page-table entry", reason: "table" },
  { code: "0x0d", text: "translation request blocked by the context entry", reason: "blocked-translation" },
  { code: "0x0e", text: "output address in the interrupt range", reason: "interrupt-range" },
];

const INTERRUPT_FIRST_PAGE = 0xfee00;
const INTERRUPT_LAST_PAGE = 0xfeeff;

/** Intel VT-d, legacy mode (hardware 1). */
export const VTD: UnitRules = {
  family: "vtd",
  reasons: VTD_REASONS,
  codeFor,
  effectiveAccess: asGranted,
  controlsExecute: false,
  sameCode: sameCodeText,
  interrupt,
  refusedTarget: (first, last) =>
    first <= INTERRUPT_LAST_PAGE && last >= INTERRUPT_FIRST_PAGE
      ? Math.max(first, INTERRUPT_FIRST_PAGE)
      : null,
  targetCode: "0x0e",
  requesterCodes: ["0x01", "0x02"],
};

function codeFor(reason: ReasonClass, access: TransferAccess): string | null {
  switch (reason) {
    case "no-object":
      return "0x02";
    case "config":
      return "0x03";
    case "address-size":
      return "0x04";
    case "unmapped":
    case "permission":
    case "not-granted":
      return access === "w" ? "0x05" : "0x06";
    case "table":
      return "0x07";
    case "blocked-translation":
      return "0x0d";
    default:
      return null;
  }
}

/**
 * Hardware 1.4 rule 2: a doubleword write in 0xFEE00000-0xFEEFFFFF is an interrupt request whatever is mapped there;
 * anything else that touches the range is no valid DMA.
 */
function interrupt(bytes: ByteRange, access: TransferAccess): InterruptAnswer {
  if (bytes.lastPage < INTERRUPT_FIRST_PAGE || bytes.firstPage > INTERRUPT_LAST_PAGE) return "none";
  const doubleword =
    bytes.firstPage === bytes.lastPage &&
    bytes.firstOffset % 4 === 0 &&
    bytes.lastOffset === bytes.firstOffset + 3;
  if (access === "w" && doubleword) return "raised";
  return { refusedAtPage: Math.max(bytes.firstPage, INTERRUPT_FIRST_PAGE) };
}
