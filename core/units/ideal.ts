import { anyTarget, asGranted, noInterrupts, sameCodeText, type UnitRules } from "./unitRules.ts";

/** An ideal unit: what is granted is permitted, nothing else, and it has no codes (contract 2). */
export const IDEAL: UnitRules = {
  family: "ideal",
  reasons: [],
  codeFor: () => null,
  effectiveAccess: asGranted,
  controlsExecute: true,
  sameCode: sameCodeText,
  interrupt: noInterrupts,
  refusedTarget: anyTarget,
  targetCode: null,
  requesterCodes: [],
};
