import { isDraft, original } from "immer";
import type { BoardFacts, CoveredRange } from "../../events/vocabulary/boardFacts.ts";
import type { ConfigFacts, ConfigPlace } from "../../events/vocabulary/configFacts.ts";
import type { UnitName } from "../../events/vocabulary/names.ts";
import type {
  Component,
  DssReason,
  Placement,
  SafetyResponse,
  ServiceName,
} from "../../events/vocabulary/service.ts";
import type { Asks, LibraryRole, Question } from "../../events/vocabulary/startupQuestion.ts";
import type { IommuState } from "../state.ts";

/** The service of this machine: plain data, replaced as a whole by each outcome and never written in place. */
export interface ServiceState {
  readonly name: ServiceName;
  readonly phase: "starting" | "running" | "dss";
  /** Null until the host/guest decision (HG-2). */
  readonly placement: Placement | null;
  readonly safety: SafetyResponse;
  readonly dss: DssState | null;
  /** The question that is not answered yet, and its number among all questions, from 1; 0: none was asked. */
  readonly asked: Question | null;
  readonly step: number;
  /** The first thing wrong with the configuration; null: nothing is. */
  readonly refusal: ConfigRefusal | null;
  readonly config: ConfigFacts | null;
  readonly architecture: "x86" | "arm" | null;
  /** Libraries that were tried, loaded or not, in order. */
  readonly libraries: readonly TriedLibrary[];
  /** Everything whose certification was told (SAF-9), libraries included. */
  readonly components: readonly Component[];
  readonly board: BoardFacts | null;
  /** What the units of this machine cover; null until they are resolved. */
  readonly units: readonly ManagedUnit[] | null;
  /** Questions that have their answer and need no other memory of it, and how many of those that are asked in a row. */
  readonly answered: { readonly [ask in Asks]?: number };
}

/** What is wrong with a configuration, and where. */
export interface ConfigRefusal {
  /** The seq of what told it. */
  readonly at: number;
  readonly code: string;
  readonly message: string;
  readonly place: ConfigPlace | null;
}

/** A library that was asked for. */
export interface TriedLibrary {
  readonly role: LibraryRole;
  readonly name: string;
  readonly found: boolean;
  readonly loaded: boolean;
}

/** What the service knows of a unit beyond its registers. */
export interface ManagedUnit {
  readonly unit: UnitName;
  readonly bypass: boolean;
  readonly reservedStreamIds: readonly number[];
  readonly covers: readonly CoveredRange[] | null;
}

/** Why the service is in its Design Safe State, by which requirement, and the event that caused it. */
export interface DssState {
  readonly reason: DssReason;
  readonly requirement: string;
  readonly seq: number;
}

/** The service as plain data, also of a state that is being written: it is replaced, never written in place. */
export function serviceOf({ service }: Pick<IommuState, "service">): ServiceState | null {
  return isDraft(service) ? (original(service as object) as unknown as ServiceState) : service;
}

/** A service that has just been launched. */
export function newService(name: ServiceName): ServiceState {
  return {
    name,
    phase: "starting",
    placement: null,
    safety: name === "smmuman-safety" ? "required" : "none",
    dss: null,
    asked: null,
    step: 0,
    refusal: null,
    config: null,
    architecture: null,
    libraries: [],
    components: [],
    board: null,
    units: null,
    answered: {},
  };
}
