import type { Severity } from "../base/diagnostic.ts";
import type { Access } from "./vocabulary/access.ts";
import type { PageNumber } from "./vocabulary/address.ts";
import type { BoardFacts, CoveredRange, Soc } from "./vocabulary/boardFacts.ts";
import type { ByteRange } from "./vocabulary/byteRange.ts";
import type { ConfigFacts, ConfigPlace } from "./vocabulary/configFacts.ts";
import type { DeviceName } from "./vocabulary/device.ts";
import type { UnitName } from "./vocabulary/names.ts";
import type { Component, DssReason, Placement, ServiceName } from "./vocabulary/service.ts";
import type { Answer, LibraryRole, Question } from "./vocabulary/startupQuestion.ts";

/** What the start-up of a service is told from outside: its command line, its configuration, the answers of its board. */
export type StartupStimulus =
  | ServiceStartStimulus
  | ConfigOptionStimulus
  | ConfigProblemStimulus
  | ConfigEndStimulus
  | AnswerStimulus
  | FailStimulus;

/** A service is launched. `arguments`: its command line, as far as it is known. */
export interface ServiceStartStimulus {
  readonly kind: "service.start";
  readonly service: ServiceName;
  readonly arguments: readonly string[];
}

/** One option was read (ST-6): what it says and what becomes of it. */
export interface ConfigOptionStimulus {
  readonly kind: "config.option";
  /** Its number among all options, from 0. */
  readonly index: number;
  readonly option: string;
  readonly arguments: readonly string[];
  readonly effect: "kept" | "replaced" | "ignored" | "refused";
  readonly because: string | null;
  readonly requirement: string | null;
  /** The number of the option that takes its place (LANG-8). */
  readonly replacedBy: number | null;
  readonly column: number;
}

/** Something is wrong with the configuration; an error ends the start-up (G-7). */
export interface ConfigProblemStimulus {
  readonly kind: "config.problem";
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly place: {
    readonly file: string | null;
    readonly line: number | null;
    readonly column: number | null;
  };
}

/** The configuration is read to its end; this is what it comes to. */
export interface ConfigEndStimulus {
  readonly kind: "config.end";
  readonly config: ConfigFacts;
}

/** The answer to the question of step `step`. */
export interface AnswerStimulus {
  readonly kind: "answer";
  readonly step: number;
  readonly answer: Answer;
}

/** What a scenario can make fail (contract 5). */
export const FAILURES = [
  "library",
  "unit",
  "vdev",
  "memory",
  "procnto",
  "signal",
  "interrupt",
  "step",
] as const;
/** One of them. */
export type Failure = (typeof FAILURES)[number];

/** Something fails while the service runs, or a signal or an interrupt comes that nobody expects. */
export interface FailStimulus {
  readonly kind: "fail";
  readonly what: Failure;
  readonly name: string | null;
  /** A scenario's wish when: the n-th time, or in which part; said here only to be kept. */
  readonly at: number | "start-up" | "run" | null;
}

/** What the start-up makes of it. */
export type StartupOutcome =
  | {
      readonly kind: "ServiceStarted";
      readonly service: ServiceName;
      /** What it says goes there until it is ready (OUT-1). */
      readonly output: readonly OutputChannel[];
    }
  | { readonly kind: "Asked"; readonly step: number; readonly question: Question }
  | { readonly kind: "NoOtherInstance" }
  | {
      readonly kind: "PlacementDecided";
      readonly placement: Placement;
      readonly architecture: "x86" | "arm" | null;
      readonly requirement: string;
    }
  | { readonly kind: "ConfigOptionRead"; readonly index: number; readonly option: string }
  | {
      readonly kind: "ConfigOptionReplaced";
      readonly index: number;
      readonly option: string;
      readonly by: number | null;
      readonly requirement: string | null;
    }
  | {
      readonly kind: "ConfigOptionIgnored";
      readonly index: number;
      readonly option: string;
      readonly because: string | null;
      readonly requirement: string | null;
    }
  | {
      readonly kind: "ConfigOptionRefused";
      readonly index: number;
      readonly option: string;
      readonly because: string | null;
      readonly requirement: string | null;
    }
  | {
      readonly kind: "ConfigRefused";
      readonly code: string;
      readonly message: string;
      readonly place: ConfigProblemStimulus["place"];
      readonly requirement: string;
    }
  | {
      /** A warning or a note: the start-up goes on. */
      readonly kind: "ConfigRemarked";
      readonly code: string;
      readonly message: string;
      readonly place: ConfigProblemStimulus["place"];
    }
  | { readonly kind: "ConfigAccepted"; readonly config: ConfigFacts }
  | {
      /** Fewer guarantees than the service gives by itself; explicit, and logged (G-6). */
      readonly kind: "ProtectionRelaxed";
      readonly what: "safety" | "bypass" | "acpi-ignored" | "soc-unchecked";
      readonly detail: string;
      readonly requirement: string;
    }
  | {
      readonly kind: "LibraryRefused";
      readonly role: LibraryRole;
      readonly name: string;
      readonly because: "not-found" | "not-loadable" | "failed";
      readonly requirement: string;
    }
  | {
      readonly kind: "LibraryLoaded";
      readonly role: LibraryRole;
      readonly name: string;
      readonly certified: boolean;
      readonly requirement: string;
    }
  | {
      readonly kind: "ComponentReported";
      readonly component: Component;
      /** What the service makes of it (SAF-8). */
      readonly response: "accepted" | "accepted-silently" | "warned" | "refused";
      readonly requirement: string;
    }
  | { readonly kind: "ComponentsTold"; readonly by: "system" | "vdev"; readonly count: number }
  | { readonly kind: "VdevConfirmed"; readonly fact: "host-service" | "attached" }
  | { readonly kind: "SocMatched"; readonly soc: Soc; readonly requirement: string }
  | { readonly kind: "BoardRead"; readonly board: BoardFacts }
  | UnitResolved
  | DeviceResolved
  | StartupGranted
  | {
      /** The pages granted hold bytes that were not asked for, or rights that were not (CM-12, G-26, RCR-5). */
      readonly kind: "GrantWidened";
      readonly device: DeviceName;
      readonly requested: ByteRange;
      readonly requestedAccess: Access;
      readonly firstPage: PageNumber;
      readonly lastPage: PageNumber;
      readonly access: Access;
      readonly requirement: string;
    }
  | {
      /** The tables of a device, or of the unit itself where `device` is null. */
      readonly kind: "TablesBuilt";
      readonly unit: UnitName;
      readonly device: DeviceName | null;
    }
  | { readonly kind: "UnitProgrammed"; readonly unit: UnitName }
  | { readonly kind: "UnitEnabled"; readonly unit: UnitName }
  | {
      /** From here on the device reaches only what it was granted; `since`: the seq from which it could do DMA (PUR-5). */
      readonly kind: "DeviceConfined";
      readonly device: DeviceName;
      readonly unit: UnitName;
      readonly since: number;
    }
  | { readonly kind: "AbilitiesCreated"; readonly abilities: readonly string[] }
  | { readonly kind: "NameAttached"; readonly name: string }
  | { readonly kind: "UserChanged"; readonly user: string }
  | {
      /** Initialization is over. In the background this is when the launching command returns (FG-2, G-3). */
      readonly kind: "ServiceReady";
      readonly foreground: boolean;
      readonly output: readonly OutputChannel[];
      /** What the launching command returns; null: it stays, as the service is in the foreground. */
      readonly exitStatus: 0 | null;
    }
  | {
      /** The service says something, and where it goes (OUT-1, DBG-1). */
      readonly kind: "MessageEmitted";
      readonly level: "error" | "warning" | "info" | "debug";
      readonly text: string;
      readonly to: readonly OutputChannel[];
    }
  | DssEntered
  | { readonly kind: "SystemDssRequested"; readonly requirement: "DSS-2" };

/** Where a service's output goes (OUT-1). */
export type OutputChannel = "stderr" | "slog2";

/** One unit that the service manages, and who told of it. */
export interface UnitResolved {
  readonly kind: "UnitResolved";
  readonly unit: UnitName;
  readonly from: "board" | "configuration" | "vdev";
  /** The board's name of the unit that the configuration describes in its place (LANG-9, G-10). */
  readonly overrides: string | null;
  /** Streams that are not identified pass (ARM-6). */
  readonly bypass: boolean;
  readonly reservedStreamIds: readonly number[];
  readonly covers: readonly CoveredRange[] | null;
  readonly told: ConfigPlace | null;
}

/** Which unit controls a device, and how that is known; null: none, so nothing restricts it. */
export interface DeviceResolved {
  readonly kind: "DeviceResolved";
  readonly device: DeviceName;
  readonly unit: UnitName | null;
  readonly by: "use" | "board" | "covers" | "only-unit" | "library" | "vdev" | "none";
  /** How units tell it apart: `unit id`. Devices with the same one have the same access (LIM-6). */
  readonly identifiers: readonly string[];
  readonly configured: boolean;
  readonly told: ConfigPlace | null;
}

/** Pages that the start-up configuration or a reserved region grants a device; no client removes them (G-29, G-35). */
export interface StartupGranted {
  readonly kind: "StartupGranted";
  readonly device: DeviceName;
  readonly firstPage: PageNumber;
  readonly lastPage: PageNumber;
  readonly access: Access;
  /** What was asked for, before rounding. */
  readonly requested: ByteRange;
  /** `allow`: by the configuration, `name` is the set; `reserved`: a reserved region, `name` who told of it. */
  readonly by: "allow" | "reserved";
  readonly name: string | null;
  readonly told: ConfigPlace | null;
}

/** The service is in its Design Safe State: it exits (DSS-1). Its units go on as they were programmed (G-8). */
export interface DssEntered {
  readonly kind: "DssEntered";
  readonly reason: DssReason;
  /** The id of the requirement that asks for it. */
  readonly requirement: string;
  /** What happened, a sentence. */
  readonly detail: string;
  /** Where the configuration says what led here. */
  readonly told: ConfigPlace | null;
  readonly exitStatus: 1;
}

const STARTUP_OUTCOMES: { readonly [kind in StartupOutcome["kind"]]: true } = {
  ServiceStarted: true,
  Asked: true,
  NoOtherInstance: true,
  PlacementDecided: true,
  ConfigOptionRead: true,
  ConfigOptionReplaced: true,
  ConfigOptionIgnored: true,
  ConfigOptionRefused: true,
  ConfigRefused: true,
  ConfigRemarked: true,
  ConfigAccepted: true,
  ProtectionRelaxed: true,
  LibraryRefused: true,
  LibraryLoaded: true,
  ComponentReported: true,
  ComponentsTold: true,
  VdevConfirmed: true,
  SocMatched: true,
  BoardRead: true,
  UnitResolved: true,
  DeviceResolved: true,
  StartupGranted: true,
  GrantWidened: true,
  TablesBuilt: true,
  UnitProgrammed: true,
  UnitEnabled: true,
  DeviceConfined: true,
  AbilitiesCreated: true,
  NameAttached: true,
  UserChanged: true,
  ServiceReady: true,
  MessageEmitted: true,
  DssEntered: true,
  SystemDssRequested: true,
};

const STARTUP_STIMULI: { readonly [kind in StartupStimulus["kind"]]: true } = {
  "service.start": true,
  "config.option": true,
  "config.problem": true,
  "config.end": true,
  answer: true,
  fail: true,
};

/** True for what a start-up is told, or for a failure. */
export function isStartupStimulus(event: { readonly kind: string }): event is StartupStimulus {
  return Object.hasOwn(STARTUP_STIMULI, event.kind);
}

/** True for what a start-up or a Design Safe State brings about. */
export function isStartupOutcome(event: { readonly kind: string }): event is StartupOutcome {
  return Object.hasOwn(STARTUP_OUTCOMES, event.kind);
}
