import type { Json } from "../base/canonicalJson.ts";
import type { ClientStimulus } from "./clientEvents.ts";
import type { StartupStimulus } from "./startupEvents.ts";
import type { VmStimulus } from "./vmEvents.ts";
import type { Access, TransferAccess } from "./vocabulary/access.ts";
import type { Address, PageNumber } from "./vocabulary/address.ts";
import type { ByteRange } from "./vocabulary/byteRange.ts";
import type { DeviceName } from "./vocabulary/device.ts";
import type { FaultReport } from "./vocabulary/faultReport.ts";
import type { ClientName, ObjectName, UnitName } from "./vocabulary/names.ts";

/**
 * What came from outside: a recorder told it, or a scenario asks for it. The kinds are the words of the trace
 * format (contract 2); what the machine made of a stimulus is an Outcome, whose kinds are PascalCase.
 */
export type Stimulus =
  | UnitStimulus
  | TranslationStimulus
  | DeviceStimulus
  | ObjectCreateStimulus
  | ObjectDestroyStimulus
  | AttachStimulus
  | DetachStimulus
  | MapStimulus
  | UnmapStimulus
  | PassthroughStimulus
  | DmaStimulus
  | FaultStimulus
  | InvalidateStimulus
  | LossStimulus
  | StatusStimulus
  | MarkStimulus
  | UnknownStimulus
  | StartupStimulus
  | ClientStimulus
  | VmStimulus;

/** An IOMMU/SMMU exists. `addressWidth` in bits. */
export interface UnitStimulus {
  readonly kind: "unit";
  readonly unit: UnitName;
  readonly base: Address | null;
  readonly addressWidth: number | null;
  /** How many fault records its registers, its event queue or each context bank holds, where that is to be minded. */
  readonly faultRecords?: number;
  /** VT-d: a second fault of a requester that has a record leaves none (hardware 1.6). */
  readonly faultMerging?: boolean;
}

/** Translation was switched; null `unit`: on all units. */
export interface TranslationStimulus {
  readonly kind: "translation";
  readonly unit: UnitName | null;
  readonly enabled: boolean;
}

/** A DMA device exists, behind `unit` where that is known. */
export interface DeviceStimulus {
  readonly kind: "device";
  readonly device: DeviceName;
  readonly unit: UnitName | null;
  /** What its unit knows it by, where devices may share that: StreamIDs, micro-TLBs, a bridge's requester ID (LIM-4). */
  readonly identifiers?: readonly string[];
}

/** An address space exists. */
export interface ObjectCreateStimulus {
  readonly kind: "object.create";
  readonly object: ObjectName;
  readonly client: ClientName | null;
}

/** An address space is gone, with its grants. */
export interface ObjectDestroyStimulus {
  readonly kind: "object.destroy";
  readonly object: ObjectName;
  readonly client: ClientName | null;
}

/** The device now uses that object, and no other. */
export interface AttachStimulus {
  readonly kind: "attach";
  readonly device: DeviceName;
  readonly object: ObjectName;
}

/** The device no longer uses that object. */
export interface DetachStimulus {
  readonly kind: "detach";
  readonly device: DeviceName;
  readonly object: ObjectName;
}

/**
 * A grant. `bytes` is what was asked; the pages it touches are what is granted (CM-12). `targetPage` is where
 * `bytes.firstPage` goes; the low 12 bits of target and address are the same by the format.
 */
export interface MapStimulus {
  readonly kind: "map";
  readonly object: ObjectName;
  readonly bytes: ByteRange;
  readonly targetPage: PageNumber;
  readonly access: Access;
  /** What the requester asked for, where the tables came out wider. */
  readonly requested: Access | null;
}

/** A revocation of the pages that `bytes` touches. */
export interface UnmapStimulus {
  readonly kind: "unmap";
  readonly object: ObjectName;
  readonly bytes: ByteRange;
}

/** The unit lets this device through untranslated, or stops doing so. */
export interface PassthroughStimulus {
  readonly kind: "passthrough";
  readonly device: DeviceName;
  readonly enabled: boolean;
}

/** One transfer, and what the recorded machine did with it where that is known. */
export interface DmaStimulus {
  readonly kind: "dma";
  readonly device: DeviceName;
  readonly bytes: ByteRange;
  readonly access: TransferAccess;
  readonly observed: Observed | null;
}

/** What a recorded machine decided; null where it does not say. */
export interface Observed {
  readonly verdict: "permitted" | "denied";
  readonly target: Address | null;
  readonly code: string | null;
  readonly reason: string | null;
}

/** A fault record, as the hardware or an operating system reported it. */
export interface FaultStimulus {
  readonly kind: "fault";
  readonly device: DeviceName | null;
  readonly report: FaultReport;
}

/**
 * The unit was told to forget cached translations: of `object`, or as far as `device` is concerned, or of all;
 * in `bytes`, or everywhere.
 */
export interface InvalidateStimulus {
  readonly kind: "invalidate";
  readonly object: ObjectName | null;
  readonly device: DeviceName | null;
  readonly bytes: ByteRange | null;
}

/** The recorder says that reports are missing (logs 1: loss markers). `count` is null where it does not say how many. */
export interface LossStimulus {
  readonly kind: "loss";
  readonly what: "suppressed" | "overflow" | "queue-overflow" | "merged" | "orphan";
  readonly unit: string | null;
  /** The kernel function whose lines were dropped, where named. */
  readonly function: string | null;
  readonly count: number | null;
}

/** A decoded VT-d fault status line (hardware 1.6). */
export interface StatusStimulus {
  readonly kind: "status";
  readonly unit: string | null;
  readonly fsts: string;
  readonly primaryPending: boolean;
  readonly overflow: boolean;
  readonly recordIndex: number;
}

/** A note in the stream. */
export interface MarkStimulus {
  readonly kind: "mark";
  readonly text: string;
}

/** A record of a kind we do not know: kept as it is, and without effect. */
export interface UnknownStimulus {
  readonly kind: "unknown";
  readonly name: string;
  readonly fields: { readonly [name: string]: Json };
}
