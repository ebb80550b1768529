import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ClientName, ObjectName, UnitName, VmName } from "../../events/vocabulary/names.ts";

/** Who and what lives of one world can name; what stands first is the simplest. */
export interface Cast {
  readonly devices: readonly DeviceName[];
  readonly clients: readonly CastClient[];
  /** Pages that clients map and that recordings grant. */
  readonly pages: readonly number[];
  /** Further pages that transfers try. */
  readonly otherPages: readonly number[];
  /** Where pages go that are not mapped to themselves. */
  readonly targets: readonly number[];
  readonly units: readonly UnitName[];
  /** Objects of a recording without a service. */
  readonly objects: readonly ObjectName[];
  readonly vms: readonly VmName[];
}

/** A process, and how it calls its objects; the last name is another client's. */
export interface CastClient {
  readonly name: ClientName;
  readonly vm: VmName | null;
  readonly objects: readonly string[];
}
