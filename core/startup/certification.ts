import type { StartupOutcome } from "../../events/startupEvents.ts";
import type { Component } from "../../events/vocabulary/service.ts";
import type { DssCause } from "./dss.ts";
import { isSafetyName } from "./libraries.ts";
import { message } from "./messages.ts";
import type { ServiceState } from "./serviceState.ts";

/** What the service makes of a component: facts, and a reason to stop where it is required to be certified (SAF-8). */
export function judgeComponent(
  service: ServiceState,
  component: Component,
): { readonly facts: readonly StartupOutcome[]; readonly cause: DssCause | null } {
  const { name, certified } = component;
  const report = (
    response: "accepted" | "accepted-silently" | "warned" | "refused",
    requirement: string,
  ): StartupOutcome => ({ kind: "ComponentReported", component, response, requirement });
  if (certified) return { facts: [report("accepted", "SAF-8")], cause: null };
  const why = isSafetyName(name)
    ? `${name} bears the name of a safety variant but is not certified`
    : `${name} is not safety-certified`;
  switch (service.safety) {
    case "none":
      return { facts: [report("accepted-silently", "SAF-8")], cause: null };
    case "warn":
      return { facts: [report("warned", "SAF-8"), message(service, "warning", why)], cause: null };
    case "required": {
      const requirement = requirementOf(service, name);
      const cause: DssCause = { reason: "component-not-certified", requirement, detail: why };
      return { facts: [report("refused", requirement)], cause };
    }
  }
}

// The rule that the refusal rests on: a renamed file, a guest's default, the safety service's own, or an explicit option.
function requirementOf({ name, placement }: ServiceState, component: string): string {
  if (isSafetyName(component)) return "SAF-8a";
  if (name !== "smmuman-safety") return "SAF-8";
  return placement === "guest" ? "DSS-3.6" : "G-6";
}

/** Whether the service and everything it depends on is certified, as far as was told (SAF-9); null: not yet told. */
export function isCertified({ name, phase, components }: ServiceState): boolean | null {
  if (phase === "starting") return null;
  return name === "smmuman-safety" && components.every(({ certified }) => certified);
}
