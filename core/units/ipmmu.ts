import type { ReasonClass } from "../../events/vocabulary/reason.ts";
import { stage1Access } from "./smmuv3.ts";
import { anyTarget, noInterrupts, sameCauseBits, type UnitReason, type UnitRules } from "./unitRules.ts";

/** Bits of IMSTR (hardware 4). The record has neither access nor micro-TLB. */
export const IPMMU_REASONS: readonly UnitReason[] = [
  { code: "0x1", text: "translation fault (TF)", reason: "unmapped" },
  { code: "0x2", text: "permission fault (PF)", reason: "permission" },
  { code: "0x4", text: "abort on a walk (ABORT)", reason: "table" },
  { code: "0x10", text: "multiple TLB hits (MHIT)", reason: "conflict" },
];

// Level and error code beside the cause bits do not make it another cause.
const CAUSE_BITS = 0x17n;

/** Renesas R-Car IPMMU: granting write also grants read (RCR-5). */
export const IPMMU: UnitRules = {
  family: "ipmmu",
  reasons: IPMMU_REASONS,
  codeFor,
  effectiveAccess: stage1Access,
  controlsExecute: true,
  sameCode: sameCauseBits(CAUSE_BITS),
  interrupt: noInterrupts,
  refusedTarget: anyTarget,
  targetCode: null,
  requesterCodes: [],
};

function codeFor(reason: ReasonClass): string | null {
  switch (reason) {
    case "unmapped":
    case "address-size":
      return "0x1";
    case "permission":
      return "0x2";
    default:
      return null;
  }
}
