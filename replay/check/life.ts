import type { SafetyResponse, ServiceName } from "../../events/vocabulary/service.ts";

/** A whole life of a machine: where it lives, how it starts, and what happens then. Plain data, so that it can be shrunk. */
export interface Life {
  /** Its place in the list of worlds. */
  readonly world: number;
  readonly startup: StartupPlan;
  /** Codes of the world's alphabet. */
  readonly happenings: readonly number[];
  /** Where it is cut in two, to be told again from a snapshot; null: it is not. */
  readonly cut: number | null;
}

/** How a start-up goes. */
export interface StartupPlan {
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly safety: SafetyResponse;
  readonly configError: boolean;
  /** The configuration names a safety file and another user, and says some things twice. */
  readonly elaborate: boolean;
  /** The step whose answer is not as it should be, and which way it is bad; null: all is well. */
  readonly bad: { readonly step: number; readonly how: number } | null;
  /** A device tries a page before this step; null: none does. */
  readonly early: { readonly step: number; readonly device: number } | null;
}

/** The start-up of a service without anything to trouble it. */
export const PLAIN_STARTUP: StartupPlan = {
  service: "smmuman",
  guest: false,
  safety: "none",
  configError: false,
  elaborate: false,
  bad: null,
  early: null,
};

/** How many things happen in a life after its start-up at most; only a storm of refused transfers is longer. */
export const HAPPENINGS_MAX = 20;
