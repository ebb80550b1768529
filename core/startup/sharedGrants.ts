import { AddressSpace } from "../parts/addressSpace.ts";
import type { DssCause } from "./dss.ts";
import { addGrant } from "./grantTable.ts";
import type { PlannedDevice } from "./planDevices.ts";

/**
 * The first two configured devices that a unit cannot tell apart and that are granted different things (G-14, G-23): the
 * hardware would give each of them what the other has (LIM-6). Null: there are none.
 */
export function conflictingShare(devices: readonly PlannedDevice[]): DssCause | null {
  const users = new Map<string, PlannedDevice>();
  const tables = new Map<PlannedDevice, string>();
  const tableOf = (device: PlannedDevice): string => {
    const known = tables.get(device);
    if (known !== undefined) return known;
    const table = tableText(device);
    tables.set(device, table);
    return table;
  };
  for (const device of devices) {
    if (!device.configured) continue;
    for (const { unit, id } of device.identifiers) {
      const key = `${unit} ${id}`;
      const other = users.get(key);
      if (other === undefined) users.set(key, device);
      else if (other !== device && tableOf(other) !== tableOf(device)) {
        const detail = `${other.device} and ${device.device} share identifier ${id} of unit ${unit} but have different grants; the hardware cannot tell them apart`;
        return { reason: "configuration-error", requirement: "G-14", detail, told: device.told };
      }
    }
  }
  return null;
}

function tableText({ grants }: PlannedDevice): string {
  const edit = new AddressSpace().edit();
  for (const { bytes, access } of grants) addGrant(edit, bytes.firstPage, bytes.lastPage, access, 0);
  return edit.done().canonicalRuns();
}
