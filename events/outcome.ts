import type { ClientOutcome } from "./clientEvents.ts";
import type { StartupOutcome } from "./startupEvents.ts";
import type { VmOutcome } from "./vmEvents.ts";
import type { Access, TransferAccess } from "./vocabulary/access.ts";
import type { Address, PageNumber } from "./vocabulary/address.ts";
import type { ByteRange } from "./vocabulary/byteRange.ts";
import type { DeviceName } from "./vocabulary/device.ts";
import type { ClientName, ObjectName, UnitName } from "./vocabulary/names.ts";
import type { ReasonClass } from "./vocabulary/reason.ts";

/** What the machine made of a stimulus. `decide` alone makes them; `evolve` applies them and refuses nothing. */
export type Outcome =
  | {
      readonly kind: "UnitAdded";
      readonly unit: UnitName;
      readonly base: Address | null;
      readonly addressWidth: number | null;
      readonly faultRecords?: number;
      readonly faultMerging?: boolean;
    }
  | { readonly kind: "TranslationSwitched"; readonly unit: UnitName | null; readonly enabled: boolean }
  | {
      readonly kind: "DeviceAdded";
      readonly device: DeviceName;
      readonly unit: UnitName | null;
      /** `unit id`, or `id` where the unit is not known. */
      readonly identifiers?: readonly string[];
    }
  | {
      readonly kind: "ObjectCreated";
      readonly object: ObjectName;
      readonly client: ClientName | null;
      /** The client looks after reserved regions itself: SOCF_RESERVED_MANUAL (RSV-2). */
      readonly reservedManual?: true;
    }
  | { readonly kind: "ObjectDestroyed"; readonly object: ObjectName }
  | { readonly kind: "DeviceAttached"; readonly device: DeviceName; readonly object: ObjectName }
  | { readonly kind: "DeviceDetached"; readonly device: DeviceName; readonly object: ObjectName }
  | MappingAdded
  | MappingRemoved
  | { readonly kind: "PassthroughSwitched"; readonly device: DeviceName; readonly enabled: boolean }
  | TransferPermitted
  | TransferDenied
  | InterruptRaised
  | { readonly kind: "FaultReported"; readonly device: DeviceName | null; readonly page: PageNumber | null }
  | CacheInvalidated
  | { readonly kind: "Ignored"; readonly why: IgnoredReason }
  | StartupOutcome
  | ClientOutcome
  | VmOutcome;

/** Why a stimulus changed nothing. */
export type IgnoredReason =
  | "no-effect"
  | "object-exists"
  | "object-unknown"
  | "not-attached-there"
  | "note"
  | "unknown-kind"
  | "not-asked" // an answer to no question, or to another one
  | "dss"; // the service is in its Design Safe State, which nothing leaves

/** The pages are granted; `delta` is target page minus page, the same for all of them. */
export interface MappingAdded {
  readonly kind: "MappingAdded";
  readonly object: ObjectName;
  readonly firstPage: PageNumber;
  readonly lastPage: PageNumber;
  readonly delta: number;
  readonly access: Access;
}

/** The pages are no longer granted; what was cached of them may live on until it is invalidated. */
export interface MappingRemoved {
  readonly kind: "MappingRemoved";
  readonly object: ObjectName;
  readonly firstPage: PageNumber;
  readonly lastPage: PageNumber;
}

/** How a permitted transfer was permitted: by a grant, or because nothing restricted it. */
export type PermittedVia =
  | "grant"
  | "undescribed"
  | "translation-off"
  | "pass-through"
  | "bypass" // its stream is not identified, and the unit lets such streams pass (ARM-6)
  | "no-unit"; // no unit is in front of it

/** The transfer goes to `target`. `grantedAt` is the seq of the grant of its first page, null when unrestricted. */
export interface TransferPermitted {
  readonly kind: "TransferPermitted";
  readonly device: DeviceName;
  readonly via: PermittedVia;
  readonly target: Address;
  readonly grantedAt: number | null;
  readonly conformance: Conformance | null;
}

/** The transfer is refused, whole, at the first byte that may not pass. `code` is the family's own, null: none is recorded. */
export interface TransferDenied {
  readonly kind: "TransferDenied";
  readonly device: DeviceName;
  readonly access: TransferAccess;
  readonly reason: ReasonClass;
  readonly code: string | null;
  readonly at: Address;
  readonly conformance: Conformance | null;
  /** Of a pass-through device: whose table refused, the guest's, the VM's memory, or the host's (HV-13). */
  readonly stage?: "guest" | "vm" | "host";
  /** What the guest's table makes of `at`. */
  readonly guestAddress?: Address;
  /** The memory behind that; null: the VM has none there. */
  readonly hostAddress?: Address | null;
}

/** A write into the interrupt range: neither a DMA nor a fault (hardware 1.4 rule 2). */
export interface InterruptRaised {
  readonly kind: "InterruptRaised";
  readonly device: DeviceName;
  readonly conformance: Conformance | null;
}

/** Our verdict beside the recorded one: the same, explained by a cached translation (contract 2 rule 6), or not the same. */
export type Conformance = "agreed" | "stale" | "diverged";

/** Cached translations are forgotten: of one object or of all, for one device or all, in a range or everywhere. */
export interface CacheInvalidated {
  readonly kind: "CacheInvalidated";
  readonly object: ObjectName | null;
  readonly device: DeviceName | null;
  readonly bytes: ByteRange | null;
}
