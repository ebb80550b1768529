import type { Json } from "../base/canonicalJson.ts";
import type { Outcome } from "../events/outcome.ts";
import type { DmaStimulus } from "../events/stimulus.ts";
import { formatAddress } from "../events/vocabulary/address.ts";

/** What was recorded of a transfer, for people and programs. */
export function observedJson({ observed }: DmaStimulus): Json {
  if (observed === null) return null;
  const { verdict, target, code, reason } = observed;
  return {
    verdict,
    target: target === null ? null : formatAddress(target.page, target.offset),
    code,
    reason,
  };
}

/** What our rules say of a transfer, in the same form. */
export function actualJson(outcome: Outcome): Json {
  switch (outcome.kind) {
    case "TransferPermitted":
      return {
        verdict: "permitted",
        target: formatAddress(outcome.target.page, outcome.target.offset),
        code: null,
        reason: null,
        via: outcome.via,
      };
    case "TransferDenied":
      return {
        verdict: "denied",
        target: null,
        code: outcome.code,
        reason: outcome.reason,
        at: formatAddress(outcome.at.page, outcome.at.offset),
        ...(outcome.stage === undefined ? {} : { stage: outcome.stage }),
      };
    case "InterruptRaised":
      return { verdict: "interrupt", target: null, code: null, reason: "interrupt-range" };
    default:
      return null;
  }
}
