import type { Json } from "../../base/canonicalJson.ts";

/** What a bisection found: the first event after which two boots differ in one respect. */
export interface Bisection {
  readonly a: string;
  readonly b: string;
  /** What was asked for: a property, or a fault's signature. */
  readonly respect: string;
  readonly differ: boolean;
  /** The event of each boot; null where it has none there, or they do not differ. */
  readonly seqA: number | null;
  readonly seqB: number | null;
  /** The boot that alone has the event; null: both have one there. */
  readonly only: "a" | "b" | null;
  readonly text: string;
  readonly contextA: readonly Json[];
  readonly contextB: readonly Json[];
  /** The fault that was asked for, where it was one. */
  readonly fault: BisectedFault | null;
  /** States that were made anew from a snapshot to find it; 0: the aligned histories told it by themselves. */
  readonly statesRebuilt: number;
}

/** A fault that one boot has, and its place in the other. */
export interface BisectedFault {
  readonly boot: "a" | "b";
  readonly seqA: number | null;
  readonly seqB: number | null;
  /** How often each boot has a fault of this signature, as far as they differ. */
  readonly text: string;
}
