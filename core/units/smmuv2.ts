import type { ReasonClass } from "../../events/vocabulary/reason.ts";
import { stage1Access } from "./smmuv3.ts";
import { anyTarget, noInterrupts, sameCauseBits, type UnitReason, type UnitRules } from "./unitRules.ts";

/** FSR values of a context bank, AArch64 format (hardware 2.2): bits 10:9 are the format, bits 8:1 the cause. */
export const SMMUV2_REASONS: readonly UnitReason[] = [
  { code: "0x402", text: "translation fault (TF)", reason: "unmapped" },
  { code: "0x404", text: "access flag fault (AFF)", reason: "permission" },
  { code: "0x408", text: "permission fault (PF)", reason: "permission" },
  { code: "0x410", text: "external fault on a walk (EF)", reason: "table" },
  { code: "0x420", text: "TLB match conflict (TLBMCF)", reason: "conflict" },
  { code: "0x440", text: "TLB lock fault (TLBLKF)", reason: "config" },
  { code: "0x480", text: "address size fault (ASF)", reason: "address-size" },
  { code: "0x500", text: "unsupported upstream transaction (UUT)", reason: "external" },
];

// FORMAT, SS and MULTI tell how the bank is set up, not why it refused.
const CAUSE_BITS = 0x1fen;

/** Arm SMMUv1/v2, stage 1 (hardware 2). */
export const SMMUV2: UnitRules = {
  family: "smmuv2",
  reasons: SMMUV2_REASONS,
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
    case "address-size": // an input wider than the table is a translation fault at the first level (hardware 2.2)
      return "0x402";
    case "permission":
      return "0x408";
    default:
      return null;
  }
}
