import type { DssReason, Placement, SafetyResponse, ServiceName } from "../../events/vocabulary/service.ts";

/** The service of this machine. */
export interface ServiceState {
  readonly name: ServiceName;
  readonly phase: "starting" | "running" | "dss";
  /** Null until the host/guest decision (HG-2). */
  readonly placement: Placement | null;
  readonly safety: SafetyResponse;
  readonly dss: DssState | null;
}

/** Why the service is in its Design Safe State, by which requirement, and the event that caused it. */
export interface DssState {
  readonly reason: DssReason;
  readonly requirement: string;
  readonly seq: number;
}
