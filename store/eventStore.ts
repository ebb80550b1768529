import type { Json } from "../base/canonicalJson.ts";
import type { Digest } from "../base/digest.ts";
import type { BootHeader } from "../events/recordedEvent.ts";

/** The most bytes of one block or of one snapshot. */
export const STORED_BYTES_MAX = 2 ** 29;

/**
 * The append-only log as the rest of the house sees it. To a store a block of events, a snapshot and a fault are
 * bytes and texts; only the codec and the machine know what they mean. All calls are synchronous, and each may throw
 * a {@link StoreError}; one that throws has changed nothing.
 */
export interface EventStore {
  /** All boots, by name. */
  boots(): readonly BootInfo[];
  boot(name: string): BootInfo | null;
  /**
   * Begins a boot; an incomplete boot of that name (a killed import) is replaced, a complete one is an error (`exists`).
   * One boot is written at a time, in all processes: a second writer waits for the first, then gives up (`locked`).
   */
  create(start: BootStart): BootWriter;
  /** The boot as it stands now; an incomplete one too. `missing` when there is none. */
  read(name: string): BootReader;
  /** Removes a boot and everything derived from it; false when there is none. */
  remove(name: string): boolean;
  /** Replaces what was derived of a complete boot (snapshots, projections) in one transaction. */
  rebuild(name: string, derived: Derived, summary: BootSummary): void;
  /** Recomputes each boot's digest chain, by name; the first bad block names its first seq. */
  verifyChains(): readonly ChainCheck[];
  /** What the store finds wrong with its own storage, beyond the chains: sentences for the user, none when it is sound. */
  storageFaults(): readonly string[];
  /** Lets go of everything; a boot still being written stays, incomplete. */
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
  /**
   * All files so far, by number; the list may only grow. The file numbers that a block uses must be told before that
   * block is appended.
   */
  files(names: readonly string[]): void;
  finish(summary: BootSummary): BootInfo;
  /** Gives up: removes the boot. Neither this writer nor its boot can be used afterwards. */
  abandon(): void;
}

/** Reads one boot. */
export interface BootReader {
  /** As it was when reading began; blocks appended since are not read. */
  readonly info: BootInfo;
  /**
   * The blocks that hold events from `fromSeq` on, in order, read lazily; each is checked against the digest chain
   * before it is given, so that damage is an error (`damaged`) and never garbage.
   */
  blocks(fromSeq?: number): Iterable<Block>;
  /** The last snapshot at or before `seq`, or null. */
  snapshot(seq: number): Snapshot | null;
  /** By seq. */
  snapshots(): Iterable<Snapshot>;
  /** From `fromSeq` on, by seq; those of one seq in the order told. */
  faults(fromSeq?: number): Iterable<FaultRow>;
  /** By device, outcome, why and conformance (null first). */
  verdicts(): readonly VerdictRow[];
  /** By seq; those of one seq in the order told. */
  losses(): readonly LossRow[];
  /** By seq; those of one seq in the order told. */
  findings(): Iterable<FindingRow>;
  /** Every mapping row in the order told, read lazily. */
  allMappings(): Iterable<MappingRow>;
  /**
   * Grants of an object whose pages meet `firstPage..lastPage`, oldest grant first, those of one grant in the order
   * told; `object` null: of all. For a few pages; to read them all see {@link BootReader.allMappings}.
   */
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
  /** The address as the fault tells it, all 64 bits: for whoever queries by hand. */
  readonly address: string | null;
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
  constructor(reason: StoreErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
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
