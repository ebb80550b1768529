import type { Access } from "../../events/vocabulary/access.ts";
import type { IntervalMap } from "../parts/intervalMap.ts";

/** What a client asked for on a run of bytes. Byte numbers lie below 2^53: no unit's memory reaches further (hardware 3.6). */
export interface RangeGrant {
  readonly access: Access;
  /** Target byte minus byte; a multiple of 4096. 0: unity (CM-15). */
  readonly delta: number;
}

/** An object's requests, byte by byte and disjoint: for overlap the later call's flags replaced the earlier (G-29). */
export type ObjectRanges = IntervalMap<RangeGrant>;
