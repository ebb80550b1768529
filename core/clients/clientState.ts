import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ObjectName, VmName } from "../../events/vocabulary/names.ts";

/** A process that is, or may become, a client of the service through libsmmu. */
export interface ClientState {
  /** The custom abilities it holds: `smmu/attach`, `smmu/target` (PRV-1). */
  readonly abilities: readonly string[];
  /** The VM it runs in; null: the machine of this state. */
  readonly vm: VmName | null;
  /** Its recorder saw this process alone. */
  readonly view?: "own";
  readonly connected: boolean;
  /** Its own names of its objects: two clients may use one name for two objects. */
  readonly handles: ReadonlyMap<string, ObjectName>;
  /** How many objects it has created, to name those that it gives no name. */
  readonly objectsCreated: number;
  /** Fault records it has not fetched yet, oldest first, at most 64 (FLT-3). */
  readonly records: readonly FaultRecord[];
  /** A record was dropped because there were 64, and the client was not told yet (SSF_DROPPED_FAULTS). */
  readonly dropped: boolean;
  /** Registered for one notification (FLT-5). */
  readonly notify: boolean;
}

/** A fault as the service keeps it for one client: what the hardware told, and no more (FLT-4). */
export interface FaultRecord {
  /** The seq of the refused transfer; the client never learns it. */
  readonly fault: number;
  readonly device: DeviceName | null;
  /** Hex text; null where the unit reports none. */
  readonly address: string | null;
  readonly hardware: number;
}

/** A process that has just begun. */
export function newClient(
  abilities: readonly string[],
  vm: VmName | null,
  view: "own" | undefined = undefined,
): ClientState {
  return {
    abilities,
    vm,
    ...(view === undefined ? {} : { view }),
    connected: false,
    handles: new Map(),
    objectsCreated: 0,
    records: [],
    dropped: false,
    notify: false,
  };
}
