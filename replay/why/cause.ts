import { inputWidth } from "../../core/state.ts";
import { rulesOf } from "../../core/units/families.ts";
import type { TransferDenied } from "../../events/outcome.ts";
import {
  covers,
  formatAccess,
  NO_ACCESS,
  neededAccess,
  parseAccess,
} from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { unattachedCause } from "./attachmentCause.ts";
import type { Cause, CauseKind } from "./causeKinds.ts";
import { type Evidence, grantInForce, lastBefore, objectAsKnown } from "./evidence.ts";
import { staleCause, unrestrictedCause } from "./openCause.ts";
import { stageCause } from "./stageCause.ts";
import { pagesText } from "./tell.ts";
import { unmappedCause } from "./unmappedCause.ts";
import { agoText, byWhom, present } from "./when.ts";

/** The cause, drawn from the evidence alone. The first rule that the evidence proves is the answer. */
export function causeOf(evidence: Evidence): Cause {
  const cause = ownCause(evidence);
  const dss = evidence.state.service?.dss ?? null;
  if (dss === null || evidence.verdict.kind !== "TransferDenied") return cause;
  // After it nothing is granted any more; what was revoked before has its own cause.
  const kind = GRANTLESS.has(cause.kind) ? "dss" : cause.kind;
  const text = `${cause.text}; the service is in its Design Safe State since seq ${dss.seq} (${dss.reason}, ${dss.requirement}) and grants nothing`;
  return { kind, text, seqs: [...cause.seqs, dss.seq] };
}

const GRANTLESS: ReadonlySet<CauseKind> = new Set(["never-granted", "never-attached", "request-refused"]);

function ownCause(evidence: Evidence): Cause {
  const { verdict, question } = evidence;
  if (verdict.conformance === "stale") return staleCause(evidence);
  switch (verdict.kind) {
    case "InterruptRaised":
      return {
        kind: "interrupt",
        text: "a write into the range that the unit keeps for interrupts: an interrupt, neither a DMA nor a fault",
        seqs: [],
      };
    case "TransferPermitted": {
      if (verdict.via !== "grant") return unrestrictedCause(evidence, verdict.via);
      if (question.observed?.verdict === "denied") {
        return {
          kind: "recorded-otherwise",
          text: `the recorded machine refused it, though the grant of seq ${verdict.grantedAt} permits it: the recording lacks a revocation, or the unit has a rule that we do not know`,
          seqs: present([verdict.grantedAt]),
        };
      }
      const { offset, page } = verdict.target;
      const inVm =
        evidence.inVm === null
          ? ""
          : `; in VM ${evidence.inVm.name} the address stands for host-physical ${formatAddress(page, offset)}`;
      return {
        kind: "granted",
        text: `permitted by the grant of seq ${verdict.grantedAt}${inVm}`,
        seqs: present([verdict.grantedAt]),
      };
    }
    case "TransferDenied":
      return deniedCause(evidence, verdict);
  }
}

/** What became of the page in the guest: the host's tables follow the guest's, request by request (HV-4). */
function guestHistory(evidence: Evidence, denied: TransferDenied, staged: Cause): Cause {
  const { object, inVm } = evidence;
  if (denied.reason !== "unmapped" || object === null || inVm === null) return staged;
  const { kind, text, seqs } = unmappedCause(evidence, denied);
  if (!GUEST_HISTORY.has(kind)) return staged;
  const told = text.replaceAll(object, objectAsKnown(evidence) ?? object);
  return { kind, text: `in the guest of VM ${inVm.name}: ${told}`, seqs: [...staged.seqs, ...seqs] };
}

const GUEST_HISTORY: ReadonlySet<CauseKind> = new Set<CauseKind>([
  "use-after-unmap",
  "use-before-map",
  "past-the-end",
  "before-the-start",
]);

function deniedCause(evidence: Evidence, denied: TransferDenied): Cause {
  const staged = stageCause(evidence, denied);
  if (staged !== null)
    return staged.kind === "guest-not-granted" ? guestHistory(evidence, denied, staged) : staged;
  switch (denied.reason) {
    case "no-object":
      return unattachedCause(evidence);
    case "address-size": {
      const width = inputWidth(evidence.state, evidence.state.devices.get(evidence.question.device));
      const own = evidence.state.devices.get(evidence.question.device)?.unit ?? null;
      const unit = lastBefore(
        evidence,
        ({ event }) => event.kind === "unit" && (own === null || event.unit === own),
      );
      return {
        kind: "address-width",
        text: `the address ${atText(denied)} has bits above the ${width ?? "?"} that the unit takes; no grant can permit it`,
        seqs: present([unit?.seq]),
      };
    }
    case "interrupt-range":
      return interruptRangeCause(evidence, denied);
    case "permission":
      return lessAccessCause(evidence, denied);
    case "unmapped":
      return evidence.hasGrants ? unmappedCause(evidence, denied) : notRecordedCause(evidence);
    default:
      return { kind: "other", text: `refused: ${denied.reason}`, seqs: [] };
  }
}

function interruptRangeCause(evidence: Evidence, denied: TransferDenied): Cause {
  const grant = grantInForce(evidence);
  const own =
    rulesOf(evidence.state.family).interrupt(evidence.question.bytes, evidence.question.access) !== "none";
  const where =
    !own && grant !== null
      ? `${atText(denied)} is translated to ${formatAddress(denied.at.page + grant.value.delta, denied.at.offset)}, which lies in the range that the unit keeps for interrupts`
      : `${atText(denied)} lies in the range that the unit keeps for interrupts${grant === null ? "" : "; that it was granted does not matter"}`;
  return {
    kind: "interrupt-range",
    text: `${where}; only an aligned 4-byte write there is valid, and that is no DMA`,
    seqs: present([grant?.value.since]),
  };
}

function lessAccessCause(evidence: Evidence, denied: TransferDenied): Cause {
  const { question, grantsOfPage, object, state } = evidence;
  const run = grantInForce(evidence);
  const missing = denied.access === "w" ? "write" : "read";
  if (run === null)
    return { kind: "less-access", text: `${atText(denied)} is granted, but not to ${missing}`, seqs: [] };
  const rules = rulesOf(state.family);
  const enough = (access: string) =>
    covers(rules.effectiveAccess(parseAccess(access) ?? NO_ACCESS), neededAccess(question.access));
  const wider = grantsOfPage.findLast(
    (row) =>
      row.object === object && row.revokedSeq !== null && row.revokedSeq < question.seq && enough(row.access),
  );
  const was =
    wider === undefined
      ? ""
      : `; it was granted ${wider.access} at seq ${wider.grantedSeq}, until seq ${wider.revokedSeq}${byWhom(evidence, wider.revokedSeq!, object)}, ${agoText(evidence, wider.revokedSeq!)}`;
  return {
    kind: "less-access",
    text: `${pagesText(run.first, run.last)} of ${object} is granted ${formatAccess(run.value.access)}; the right to ${missing} is missing${was}`,
    seqs: present([wider?.grantedSeq, run.value.since]),
  };
}

function notRecordedCause({ question }: Evidence): Cause {
  return {
    kind: "not-recorded",
    text: `the recording holds no grants at all, so it cannot say whether ${question.device} was ever granted this address`,
    seqs: [],
  };
}

function atText(denied: TransferDenied): string {
  return formatAddress(denied.at.page, denied.at.offset);
}
