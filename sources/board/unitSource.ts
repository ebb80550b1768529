import type { BoardDevice, BoardRegion, BoardUnit } from "../../events/vocabulary/boardFacts.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";

/** One part of a board that tells of units: the board files, or one firmware table. */
export interface UnitSource {
  readonly units: readonly BoardUnit[];
  /** Devices that it lists. */
  readonly devices: readonly DeviceName[];
  /** The unit in front of a device; null: it says nothing of that device. */
  unitOf(device: DeviceName): DeviceAnswer | null;
  /** Memory that devices must always be able to use; `known`: the devices that anybody has named. */
  reserved(known: ReadonlySet<DeviceName>): readonly BoardRegion[];
}

/** What one part says of a device. */
export interface DeviceAnswer extends Pick<BoardDevice, "answer" | "identifiers"> {
  readonly unit: BoardUnit | null;
}

/** The first and the last bus behind each bridge that a board file tells of, by the bridge's name. */
export type Bridges = ReadonlyMap<DeviceName, readonly [number, number]>;
