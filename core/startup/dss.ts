import type { StartupOutcome } from "../../events/startupEvents.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { ConfigPlace } from "../../events/vocabulary/configFacts.ts";
import type { DssReason } from "../../events/vocabulary/service.ts";
import type { IommuState } from "../state.ts";
import { message } from "./messages.ts";
import type { ServiceState } from "./serviceState.ts";

/** Why a service must enter its Design Safe State: the contract's reason, the requirement, and what happened. */
export interface DssCause {
  readonly reason: DssReason;
  readonly requirement: string;
  readonly detail: string;
  readonly told?: ConfigPlace | null;
}

/**
 * The service reports and exits (DSS-1), and the system is told to enter its own (DSS-2). Nothing is said of units:
 * translation stays as it was programmed, and enabled where it was (G-8).
 */
export function enterDss(service: ServiceState | null, cause: DssCause): readonly StartupOutcome[] {
  const { reason, requirement, detail, told = null } = cause;
  // DSS-3: the causes 2 to 4 report in so many words that required hardware is absent.
  const text = reason === "hardware-absent" ? `required hardware is absent: ${detail}` : detail;
  return [
    message(service, "error", `${text}; entering the Design Safe State`),
    { kind: "DssEntered", reason, requirement, detail, told, exitStatus: 1 },
    { kind: "SystemDssRequested", requirement: "DSS-2" },
  ];
}

/**
 * True for what can have no effect once the service is in its DSS: that state is absorbing. Transfers are still judged, by
 * the tables in force; what hardware reports and what people note is still heard; clients are told that nobody answers.
 */
export function dssForbids(state: IommuState, stimulus: Stimulus): boolean {
  if (state.service?.phase !== "dss") return false;
  return !HEARD_IN_DSS.has(stimulus.kind);
}

const HEARD_IN_DSS: ReadonlySet<Stimulus["kind"]> = new Set<Stimulus["kind"]>([
  "dma",
  "device",
  "fault",
  "loss",
  "status",
  "mark",
  "unknown",
  // Processes live on, and learn that nobody answers their calls.
  "client",
  "call",
  "exit",
  // A hypervisor starts VMs, or refuses to, whether or not there is a service (HV-8).
  "vm",
  "vm.stop",
  "guest.fail",
]);
