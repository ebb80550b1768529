import type { Json } from "../base/canonicalJson.ts";
import type { Digest } from "../base/digest.ts";
import type { BootHeader } from "../events/recordedEvent.ts";

/**
 * The append-only log as the rest of the house sees it. To a store a block of events, a snapshot and a fault are
 * bytes and texts; only the codec and the machine know what they mean. All calls are synchronous.
 */
export interface EventStore {
  /** All boots, by name. */
  boots(): readonly BootInfo[];
  boot(name: string): BootInfo | null;
  /** Begins a boot; an incomplete boot of that name (a killed import) is replaced, a complete one is an error. */
  create(start: BootStart): BootWriter;
  read(name: string): BootReader;
  /** Removes a boot and everything derived from it; false when there is none. */
  remove(name: string): boolean;
  /** Replaces what was derived of a boot (snapshots, projections) in one transaction. */
  rebuild(name: string, derived: Derived, summary: BootSummary): void;
  /** Recomputes each boot's digest chain; the first bad block names its first seq. */
  verifyChains(): readonly ChainCheck[];
  close(): void;
}

/** What is known of a boot when it begins. */
export interface BootStart {
  readonly name: string;
  /** How it came to be: `import`, `boot`, `check`, ... and the files as they were named. */
  readonly source: string;
  /** SHA-256 of the raw inputs, to tell a repeated import; null where unknown (standard input). */
  readonly sourceDigest: Digest | null;
  readonly header: BootHeader;
}

/** What is known of a boot when it is whole. */
export interface BootSummary {
  readonly faults: number;
  readonly skipped: number;
  /** Of the last state. */
  readonly stateDigest: Digest;
  /** The DSS that the boot ended in, or null. */
  readonly dss: Json;
}

/** A boot in the store. */
export interface BootInfo extends BootStart {
  readonly events: number;
  /** False while its import runs, and after a killed one. */
  readonly complete: boolean;
  /** The head of the digest chain. */
  readonly logDigest: Digest;
  /** Null until the boot is complete. */
  readonly summary: BootSummary | null;
  /** The files its events come from, by number: `Origin.file` of block bytes. */
  readonly files: readonly string[];
}

/** One block of encoded events: `count` events from `firstSeq`. */
export interface Block {
  readonly firstSeq: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** SHA-256 over the digest before, firstSeq, count and bytes. */
  readonly digest: Digest;
}

/** The machine's state before event `seq`, as text bytes, and its digest. */
export interface Snapshot {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly stateDigest: Digest;
}

/** Appends to one boot. Each append is one transaction: a killed writer leaves a valid, shorter, incomplete boot. */
export interface BootWriter {
  readonly name: string;
  append(block: { readonly count: number; readonly bytes: Uint8Array }, derived: Derived): void;
  /** The file numbers that the blocks use must be told before the block that uses them is appended. */
  files(names: readonly string[]): void;
  finish(summary: BootSummary): BootInfo;
  /** Gives up: removes the boot. */
  abandon(): void;
}

/** Reads one boot. */
export interface BootReader {
  readonly info: BootInfo;
  /** The blocks that hold events from `fromSeq` on, in order, read lazily. */
  blocks(fromSeq?: number): Iterable<Block>;
  /** The last snapshot at or before `seq`, or null. */
  snapshot(seq: number): Snapshot | null;
  snapshots(): Iterable<Snapshot>;
  faults(): Iterable<FaultRow>;
  verdicts(): readonly VerdictRow[];
  losses(): readonly LossRow[];
  findings(): Iterable<FindingRow>;
  /** Grants of an object whose pages meet `firstPage..lastPage`, oldest first; `object` null: of all. */
  mappings(query: {
    readonly object: string | null;
    readonly firstPage: number;
    readonly lastPage: number;
  }): Iterable<MappingRow>;
}

/** What a stretch of the log adds to the projections, and a snapshot at its end where one is due. */
export interface Derived {
  readonly snapshots: readonly Snapshot[];
  readonly faults: readonly FaultRow[];
  readonly mappings: readonly MappingRow[];
  readonly losses: readonly LossRow[];
  readonly findings: readonly FindingRow[];
  /** Counts to add to those already there. */
  readonly verdicts: readonly VerdictRow[];
}

/** Nothing derived. */
export const NOTHING_DERIVED: Derived = {
  snapshots: [],
  faults: [],
  mappings: [],
  losses: [],
  findings: [],
  verdicts: [],
};

/** A fault: a refused transfer, a report, or both joined. `json` is the contract's fault object, canonical. */
export interface FaultRow {
  readonly seq: number;
  readonly t: number | null;
  readonly device: string | null;
  readonly kind: string;
  readonly reason: string | null;
  readonly code: string | null;
  readonly access: string;
  /** Page number of the address; null where there is no address. */
  readonly page: number | null;
  readonly json: string;
}

/** A grant's life on a run of pages: given at `grantedSeq`, taken away or replaced at `revokedSeq` (null: still there). */
export interface MappingRow {
  readonly object: string;
  readonly firstPage: number;
  readonly lastPage: number;
  readonly targetPage: number;
  readonly access: string;
  readonly grantedSeq: number;
  readonly revokedSeq: number | null;
}

/** How many transfers of a device ended so. `outcome`: `permitted` | `denied` | `interrupt`; `why`: the way or the reason class. */
export interface VerdictRow {
  readonly device: string;
  readonly outcome: string;
  readonly why: string;
  readonly conformance: string | null;
  readonly count: number;
}

/** Something the recorder lost (logs 1). */
export interface LossRow {
  readonly seq: number;
  readonly t: number | null;
  readonly what: string;
  readonly function: string | null;
  readonly count: number | null;
}

/** A verdict of ours that is not the recorded one. */
export interface FindingRow {
  readonly seq: number;
  readonly conformance: "stale" | "diverged";
  /** Canonical JSON of the recorded and of our verdict. */
  readonly expected: string;
  readonly actual: string;
}

/** The chain of one boot, recomputed. */
export interface ChainCheck {
  readonly boot: string;
  readonly ok: boolean;
  /** The first event that can no longer be trusted. */
  readonly firstBad: number | null;
}

/** Why a store cannot be used; the message is a sentence for the user. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly reason: StoreErrorReason;
  constructor(reason: StoreErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** `damaged`, `foreign` and `newer` are exit 3; the others exit 2 (contract 1). */
export type StoreErrorReason =
  | "damaged"
  | "foreign"
  | "newer"
  | "locked"
  | "read-only"
  | "full"
  | "missing"
  | "exists"
  | "io";
