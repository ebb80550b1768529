import type { DeviceTreeTable } from "./deviceTree.ts";
import type { IommuMap, IommuProvider, StreamSpecifier } from "./iommuModel.ts";
import type { TakenAddresses } from "./reservedMemory.ts";

/** A stream id at an IOMMU. */
export interface DeviceTreeStream {
  readonly provider: IommuProvider;
  readonly streamId: number;
}

/** The stream of a PCI function behind a host, by its 16-bit requester id; null when it is not behind an IOMMU. */
export function resolveIommuMap(map: IommuMap, requesterId: number): DeviceTreeStream | null {
  const masked = (requesterId & map.mask) >>> 0;
  for (const { ridBase, provider, outBase, length } of map.entries) {
    if (masked < ridBase || masked >= ridBase + length) continue;
    return { provider, streamId: outBase + (masked - ridBase) };
  }
  return null;
}

/** True when a device's specifier takes the stream id: mask bits of 1 are not compared (hardware 2.1). */
export function specifierTakes(specifier: StreamSpecifier, streamId: number): boolean {
  return specifier.id !== null && ((streamId ^ specifier.id) & ~(specifier.mask ?? 0)) === 0;
}

/** The I/O addresses that reserved memory keeps for devices, by the device's path. */
export function takenAddresses(table: DeviceTreeTable): ReadonlyMap<string, readonly TakenAddresses[]> {
  const found = new Map<string, TakenAddresses[]>();
  for (const { iommuAddresses } of table.reserved) {
    for (const taken of iommuAddresses) {
      const list = found.get(taken.devicePath);
      if (list === undefined) found.set(taken.devicePath, [taken]);
      else list.push(taken);
    }
  }
  return found;
}
