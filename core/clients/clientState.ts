import type { Json } from "../../base/canonicalJson.ts";
import type { VmName } from "../../events/vocabulary/names.ts";

/** A process that is, or may become, a client of the service through libsmmu. */
export interface ClientState {
  /** The custom abilities it holds: `smmu/attach`, `smmu/target` (PRV-1). */
  readonly abilities: readonly string[];
  /** The VM it runs in; null: the machine of this state. */
  readonly vm: VmName | null;
  readonly connected: boolean;
  /** Fault records it has not fetched yet, oldest first, at most 64 (FLT-3). */
  readonly records: readonly Json[];
  /** Set when a record was dropped because there were 64 (SSF_DROPPED_FAULTS). */
  readonly dropped: boolean;
  /** Registered for one notification (FLT-5). */
  readonly notify: boolean;
}
