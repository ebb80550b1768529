import { unreachable } from "../../base/assert.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { FailStimulus } from "../../events/startupEvents.ts";
import { type DssCause, enterDss } from "./dss.ts";
import type { ServiceState } from "./serviceState.ts";

/** A failure, a signal or an interrupt while the service lives: every one it does not know how to bear ends it (DSS-1). */
export function failureWhileRunning(service: ServiceState | null, fail: FailStimulus): readonly Outcome[] {
  const cause = causeOf(service, fail);
  return cause === null ? [{ kind: "Ignored", why: "no-effect" }] : enterDss(service, cause);
}

// What a process ignores unless it asks for it; every other signal ends it.
const HARMLESS_SIGNALS: ReadonlySet<string> = new Set(["SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"]);

function causeOf(service: ServiceState | null, { what, name }: FailStimulus): DssCause | null {
  const which = name === null ? "" : ` ${name}`;
  switch (what) {
    case "signal": {
      const signal = name ?? "SIGTERM";
      if (HARMLESS_SIGNALS.has(signal)) return null;
      // STP-1: nothing may stop the service; a signal that does is a DSS, and the units stay as they are (G-8).
      return { reason: "terminated", requirement: "G-8", detail: `the service was stopped by ${signal}` };
    }
    case "interrupt":
      return undefinedCondition(`an interrupt${which} came that no unit is known to raise`);
    case "procnto":
      return undefinedCondition(`the kernel refused a request${which === "" ? "" : `:${which}`}`);
    case "unit":
      return {
        reason: "unit-failure",
        requirement: "DSS-3.1",
        detail: `unit${which} does not answer any more`,
      };
    case "memory":
      return {
        reason: "resource-exhausted",
        requirement: "DSS-3.1",
        detail: "there is no memory left for tables",
      };
    case "vdev":
      if (service !== null && service.placement !== "guest") return null;
      return {
        reason: "vdev-not-confirmed",
        requirement: "G-2",
        detail: "the vdev-smmu does not answer any more",
      };
    // Libraries are loaded and steps are taken while the service starts, not later.
    case "library":
    case "step":
      return null;
    default:
      return unreachable(what, "failure");
  }
}

function undefinedCondition(detail: string): DssCause {
  return { reason: "undefined-condition", requirement: "DSS-3.1", detail };
}
