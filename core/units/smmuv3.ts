import { type Access, READ, unionAccess, WRITE } from "../../events/vocabulary/access.ts";
import type { ReasonClass } from "../../events/vocabulary/reason.ts";
import { anyTarget, noInterrupts, sameCodeText, type UnitReason, type UnitRules } from "./unitRules.ts";

/** Event records by name (hardware 3.2). */
export const SMMUV3_REASONS: readonly UnitReason[] = [
  { code: "F_UUT", text: "unsupported upstream transaction", reason: "external" },
  { code: "C_BAD_STREAMID", text: "stream ID out of range", reason: "no-object" },
  { code: "F_STE_FETCH", text: "stream table entry cannot be read", reason: "config" },
  { code: "C_BAD_STE", text: "stream table entry is invalid", reason: "config" },
  { code: "F_BAD_ATS_TREQ", text: "ATS translation request not allowed", reason: "blocked-translation" },
  { code: "F_STREAM_DISABLED", text: "stream is disabled", reason: "disabled" },
  { code: "F_TRANSL_FORBIDDEN", text: "translated request not allowed", reason: "blocked-translation" },
  { code: "C_BAD_SUBSTREAMID", text: "substream ID is invalid", reason: "config" },
  { code: "F_CD_FETCH", text: "context descriptor cannot be read", reason: "config" },
  { code: "C_BAD_CD", text: "context descriptor is invalid", reason: "config" },
  { code: "F_WALK_EABT", text: "external abort on a table walk", reason: "table" },
  { code: "F_TRANSLATION", text: "no translation", reason: "unmapped" },
  { code: "F_ADDR_SIZE", text: "output address too wide", reason: "address-size" },
  { code: "F_ACCESS", text: "access flag is clear", reason: "permission" },
  { code: "F_PERMISSION", text: "no permission", reason: "permission" },
  { code: "F_TLB_CONFLICT", text: "two TLB entries match", reason: "conflict" },
  { code: "F_CFG_CONFLICT", text: "two configurations match", reason: "conflict" },
  { code: "E_PAGE_REQUEST", text: "page request hint", reason: "unknown" },
  { code: "F_VMS_FETCH", text: "VM structure cannot be read", reason: "config" },
];

/** Arm SMMUv3, stage 1 (hardware 3). */
export const SMMUV3: UnitRules = {
  family: "smmuv3",
  reasons: SMMUV3_REASONS,
  codeFor,
  effectiveAccess: stage1Access,
  controlsExecute: true,
  sameCode: sameCodeText,
  interrupt: noInterrupts,
  refusedTarget: anyTarget,
  targetCode: null,
  requesterCodes: ["C_BAD_STREAMID", "C_BAD_STE", "F_STREAM_DISABLED"],
};

/** Stage 1 has no write-only: an entry that can be written can be read (hardware 3.4). */
export function stage1Access(granted: Access): Access {
  return granted & WRITE ? unionAccess(granted, READ) : granted;
}

function codeFor(reason: ReasonClass): string | null {
  switch (reason) {
    case "unmapped":
    case "address-size": // of the input: F_TRANSLATION at stage 1, F_ADDR_SIZE is of the output (hardware 3.4)
      return "F_TRANSLATION";
    case "permission":
      return "F_PERMISSION";
    // A stream without an object is configured to abort, and that leaves no event (hardware 3.1).
    default:
      return null;
  }
}
