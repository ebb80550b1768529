import { unreachable } from "../../base/assert.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { FailStimulus } from "../../events/startupEvents.ts";
import { parseAddress } from "../../events/vocabulary/address.ts";
import type { UnitName } from "../../events/vocabulary/names.ts";
import type { IommuState } from "../state.ts";
import { type DssCause, enterDss } from "./dss.ts";
import { type ServiceState, serviceOf } from "./serviceState.ts";

/** A failure, a signal or an interrupt while the service lives: every one it does not know how to bear ends it (DSS-1). */
export function failureWhileRunning(
  state: Pick<IommuState, "service" | "units">,
  fail: FailStimulus,
): readonly Outcome[] {
  const service = serviceOf(state);
  const cause = isOfNobody(state, service, fail) ? null : causeOf(service, fail);
  return cause === null ? [{ kind: "Ignored", why: "no-effect" }] : enterDss(service, cause);
}

/** A unit that this service does not have cannot fail it; and an interrupt of a unit's own is not unknown. */
function isOfNobody(
  { units }: Pick<IommuState, "units">,
  service: ServiceState | null,
  { what, name }: FailStimulus,
): boolean {
  if (service === null || name === null) return false;
  if (what === "unit") return service.units !== null && !units.has(name as UnitName);
  return what === "interrupt" && service.phase === "running" && interruptsOf(service).has(numberOf(name));
}

// Where a unit's interrupt comes and no unit has a fault, there is nothing to do (ARM-2, RCR-1).
function interruptsOf({ config }: ServiceState): ReadonlySet<string> {
  const { smmu = null, units = [] } = config ?? {};
  const told = units.flatMap(({ parameters }) => [parameters["NScIrpt"], parameters["NSgIrpt"]]);
  const vector = smmu?.type === "rcar3" ? smmu.parameters[1] : undefined;
  return new Set([...told, vector].filter((each) => each !== undefined).map((each) => numberOf(`${each}`)));
}

/** A number as one text, however it is written. */
function numberOf(text: string): string {
  const hex = text.startsWith("0x") ? parseAddress(text) : null;
  return hex === null ? text : `${hex.page * 4096 + hex.offset}`;
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
