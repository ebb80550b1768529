import type { Json } from "../../base/canonicalJson.ts";

/** One difference. `text` says it in words; `seqA` and `seqB` are the events that it begins with, null where there is none. */
export interface Difference {
  readonly seqA: number | null;
  readonly seqB: number | null;
  readonly text: string;
  readonly [member: string]: Json;
}

/** What of one kind only B has, only A has, or both have and differ in. */
export interface Changes {
  readonly added: readonly Difference[];
  readonly removed: readonly Difference[];
  readonly changed: readonly Difference[];
}

/** The kinds of things that are compared, in the order in which they are told. */
export const ASPECTS = [
  "config",
  "service",
  "units",
  "devices",
  "objects",
  "mappings",
  "verdicts",
  "faults",
  "exposure",
] as const;
/** One kind. */
export type Aspect = (typeof ASPECTS)[number];

/** Two boots compared (contract 1, `diff`). */
export interface DiffReport extends Readonly<Record<Aspect, Changes>> {
  readonly a: Side;
  readonly b: Side;
  readonly equal: boolean;
  readonly firstDifference: FirstDifference | null;
  readonly alignment: AlignmentReport;
  /** What was seen and does not count: numbers of like things, addresses handed out differently, names. */
  readonly notCounted: NotCounted;
  /** Event by event, where that was asked for; else null. */
  readonly strict: StrictReport | null;
}

/** One boot of a comparison. `events`: how many of them were compared. */
export interface Side {
  readonly boot: string;
  readonly events: number;
  readonly family: string;
}

/** Where the causal histories part: the event of each boot, null where the boot has none there. */
export interface FirstDifference {
  readonly seqA: number | null;
  readonly seqB: number | null;
  readonly aspect: Aspect | "strict";
  readonly text: string;
  /** The boot that alone has it; null: both have something there. */
  readonly only: "a" | "b" | null;
  /** The events themselves, as `log` tells them, with a few before and after. */
  readonly contextA: readonly Json[];
  readonly contextB: readonly Json[];
}

/**
 * How the boots were compared. `event-by-event`: nearly all of one has its counterpart in the other, so each that has
 * none counts. `by-kind`: two runs; how often a thing happened is not counted while it is about as often.
 */
export interface AlignmentReport {
  readonly kind: "event-by-event" | "by-kind";
  /** Events at the beginning that are the same, byte for byte, and were compared by their digests alone. */
  readonly samePrefix: number;
  /** Events at the end that are the same and follow the same state, so that nothing of them can differ. */
  readonly sameSuffix: number;
  readonly grants: { readonly paired: number; readonly onlyA: number; readonly onlyB: number };
  readonly transfers: { readonly paired: number; readonly onlyA: number; readonly onlyB: number };
}

/** Differences that are not counted. */
export interface NotCounted {
  /** Grants that lie at other addresses, and grants that lead elsewhere, as they were handed out differently. */
  readonly addresses: number;
  readonly targets: number;
  /** Objects that are named differently. */
  readonly names: number;
  /** Things that happened about as often, by kind. */
  readonly amounts: readonly Amount[];
}

/** How often something of one kind happened in both boots. */
export interface Amount {
  readonly what: string;
  readonly a: number;
  readonly b: number;
}

/** Two logs, event by event: times, addresses and order included; where a line was written is not. */
export interface StrictReport {
  readonly equal: boolean;
  /** How many events at the beginning are the same. */
  readonly samePrefix: number;
  readonly firstDifference: { readonly seqA: number | null; readonly seqB: number | null } | null;
  /** Events of both that differ in their time alone; events in one boot only, by content. */
  readonly times: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** False where they differ too much to be aligned in order. */
  readonly aligned: boolean;
}

/** Nothing differs. */
export const NO_CHANGES: Changes = { added: [], removed: [], changed: [] };

/** Changes being collected. */
export class ChangeList implements Changes {
  readonly added: Difference[] = [];
  readonly removed: Difference[] = [];
  readonly changed: Difference[] = [];

  get size(): number {
    return this.added.length + this.removed.length + this.changed.length;
  }
}

/** Two numbers are about as many: they differ by 16 or by a quarter at most. Two runs of one machine never differ less. */
export function aboutAsMany(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(16, Math.max(a, b) / 4);
}
