/**
 * The data that the page shows, as the server sends it: plain, and complete in itself. Addresses are lower-case hex
 * texts, pages are page numbers, times are ns since the start of the recording, null where unknown.
 */

/** What an event is about, coarsely: the classes that a timeline counts and draws. The order is the order of drawing. */
export const CATEGORIES = [
  "transfer",
  "grant",
  "revoke",
  "invalidate",
  "setup",
  "service",
  "client",
  "note",
  "stale",
  "fault",
] as const;
/** One of them. */
export type Category = (typeof CATEGORIES)[number];

/** What a lane of the timeline belongs to. */
export type LaneKind = "all" | "service" | "unit" | "device" | "object" | "client" | "vm";

/** One lane; its number is its place in {@link BootView.lanes}. */
export interface Lane {
  readonly kind: LaneKind;
  readonly name: string;
  readonly events: number;
  readonly faults: number;
}

/** A boot in the list of boots. */
export interface BootLine {
  readonly boot: string;
  readonly source: string;
  readonly family: string;
  readonly events: number;
  readonly faults: number;
  readonly complete: boolean;
  readonly dss: string | null;
}

/** The boot that is shown where none is asked for: the one with the most faults; null: there are none. */
export function firstShown(boots: readonly BootLine[]): string | null {
  return boots.toSorted((a, b) => b.faults - a.faults)[0]?.boot ?? null;
}

/** A stretch of the timeline with a meaning of its own. `toSeq` is inclusive; null: to the end. */
export interface Band {
  readonly kind: "phase" | "unprotected" | "dss" | "storm";
  /** The lane it belongs to; 0 is all. */
  readonly lane: number;
  readonly fromSeq: number;
  readonly toSeq: number | null;
  readonly text: string;
}

/** All that the first view of a boot needs. */
export interface BootView extends BootLine {
  readonly lanes: readonly Lane[];
  /** Events on things that found no lane of their own, as there are too many. */
  readonly laneless: number;
  readonly kinds: readonly { readonly kind: string; readonly category: Category; readonly events: number }[];
  readonly reasons: readonly string[];
  readonly bands: readonly Band[];
  readonly bandsOmitted: number;
  readonly firstT: number | null;
  readonly lastT: number | null;
  readonly note: string | null;
  readonly recorder: string | null;
}

/** How many columns a tile has; at level L each is 2^L events wide. */
export const TILE_COLUMNS = 512;

/** Counts by lane and class in the columns of one tile; only columns that hold anything. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** `[lane, category, columns, counts]`. */
  readonly rows: readonly (readonly [number, number, readonly number[], readonly number[]])[];
  /** The time of the first event of each column. */
  readonly times: readonly (number | null)[];
}

/** One event in a list. */
export interface EventRow {
  readonly seq: number;
  readonly t: number | null;
  readonly kind: string;
  readonly category: Category;
  readonly text: string;
  readonly reason: string | null;
  readonly mark: "fault" | "stale" | "diverged" | null;
}

/** A stretch of the list of events that a filter lets through. */
export interface EventPage {
  /** How many pass the filter in all. */
  readonly total: number;
  /** The place of the first row among them. */
  readonly offset: number;
  readonly rows: readonly EventRow[];
  /** The place of the last one at or before the seq asked for, -1: none. */
  readonly near: number;
}

/** Plain data of any shape. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** One event, whole, with the faults that it is or reports and the verdict's comparison with what was recorded. */
export interface EventDetail {
  readonly event: { readonly [name: string]: Plain };
  readonly text: string;
  readonly faults: readonly { readonly [name: string]: Plain }[];
  /** Whether `why` can be asked about it. */
  readonly explainable: boolean;
}

/** Address ranges of one kind that the state holds: an object's, a device's own, a guest's memory. */
export interface SpaceRef {
  /** Its name in requests. */
  readonly id: string;
  readonly title: string;
  readonly mappings: number;
  readonly bytes: string;
  /** How many runs of revoked pages a cache may still hold. */
  readonly stale: number;
}

/** The machine after an event; mappings are asked for apart. */
export interface StateView {
  readonly seq: number;
  readonly t: number | null;
  readonly phase: string;
  readonly service: {
    readonly name: string;
    readonly placement: string | null;
    readonly dss: { readonly reason: string; readonly requirement: string; readonly seq: number } | null;
  } | null;
  readonly translationOfAll: boolean | null;
  readonly units: readonly {
    readonly unit: string;
    readonly base: string | null;
    readonly addressWidth: number | null;
    readonly translation: boolean | null;
  }[];
  readonly devices: readonly {
    readonly device: string;
    readonly unit: string | null;
    readonly object: string | null;
    /** `confined`, or why nothing restricts it. */
    readonly route: string;
    readonly permitted: number;
    readonly denied: number;
    readonly stale: number;
    readonly spaces: readonly SpaceRef[];
  }[];
  readonly objects: readonly {
    readonly object: string;
    readonly client: string | null;
    readonly devices: readonly string[];
    readonly space: SpaceRef;
  }[];
  readonly clients: readonly {
    readonly client: string;
    readonly vm: string | null;
    readonly connected: boolean;
    readonly records: number;
    readonly objects: readonly string[];
  }[];
  readonly guests: readonly {
    readonly vm: string;
    readonly running: boolean;
    readonly unity: boolean;
    readonly pass: readonly string[];
    /** Stage 2: guest-physical to host-physical. */
    readonly memory: SpaceRef;
    /** Stage 1, as the guest's own service made it. */
    readonly objects: readonly SpaceRef[];
  }[];
  readonly pendingFaults: number;
  readonly droppedFaults: number;
  /** How many rows each list leaves out. */
  readonly omitted: number;
}

/** A run of granted pages. */
export interface Run {
  readonly firstPage: number;
  readonly lastPage: number;
  readonly targetPage: number;
  readonly access: string;
  readonly since: number;
  /** The event that took it away; null: it is granted at the cursor. */
  readonly revoked: number | null;
}

/** A part of an address space at one moment: its runs where they are few, else how much of each column is granted. */
export interface SpaceView {
  readonly space: string;
  readonly seq: number;
  readonly firstPage: number;
  readonly lastPage: number;
  readonly runs: readonly Run[];
  readonly runsTotal: number;
  /** For each column, by access, the part of its pages that is granted: 0..1. Empty where all runs are told. */
  readonly columns: readonly { readonly access: string; readonly parts: readonly number[] }[];
  /** Runs that were granted before the cursor and are no longer; null: still being gathered. */
  readonly revoked: readonly Run[] | null;
  readonly revokedTotal: number;
  readonly faults: readonly { readonly seq: number; readonly page: number; readonly reason: string | null }[];
  readonly faultsTotal: number;
  /** From the first to the last page that is granted or was; null: none. */
  readonly extent: readonly [number, number] | null;
}

/** How many columns a picture of an address space has at most. */
export const SPACE_COLUMNS_MAX = 1024;

/** Why a transfer was judged as it was, as `smmu why --json` tells it. */
export interface WhyView {
  readonly seq: number;
  readonly verdict: string;
  readonly reason: string | null;
  readonly code: string | null;
  readonly text: string;
  readonly because: readonly {
    readonly seq: number;
    readonly t: number | null;
    readonly kind: string;
    readonly origin: { readonly file: string; readonly line: number | null } | null;
    readonly text: string;
  }[];
  readonly nearMisses: readonly {
    readonly since: number;
    readonly until: number | null;
    readonly text: string;
  }[];
  readonly fix: {
    readonly configuration: readonly string[];
    readonly calls: readonly string[];
    readonly advice: string;
    readonly opens: readonly string[];
  } | null;
  readonly otherwise: string | null;
  readonly missing: readonly string[];
}

/** The states a short boot goes through: nodes are distinct states, edges are events. */
export interface GraphView {
  readonly nodes: readonly { readonly digest: string; readonly firstSeq: number }[];
  readonly edges: readonly {
    readonly seq: number;
    readonly from: number;
    readonly to: number;
    readonly text: string;
  }[];
}

/** The most events of a boot whose state graph is drawn. */
export const GRAPH_EVENTS_MAX = 200;

/** What a refused request answers. */
export interface Problem {
  readonly error: string;
}

/** Two boots compared by meaning, as `smmu diff` does. */
export interface DiffView {
  readonly a: string;
  readonly b: string;
  readonly equal: boolean;
  readonly first: DiffLine | null;
  readonly lines: readonly DiffLine[];
  readonly omitted: number;
  /** Seqs of A and of B that stand at the same place, rising: the way between the two timelines. */
  readonly places: readonly (readonly [number, number])[];
}

/** One difference; a seq is null where that boot has nothing there. */
export interface DiffLine {
  readonly aspect: string;
  readonly change: "added" | "removed" | "changed" | "first";
  readonly seqA: number | null;
  readonly seqB: number | null;
  readonly text: string;
}

/** The most events of two boots together that the viewer compares: a few seconds of a thread, and its memory. */
export const DIFF_EVENTS_MAX = 5_000_000;
