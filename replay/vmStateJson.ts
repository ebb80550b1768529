import type { Json } from "../base/canonicalJson.ts";
import type { IommuState } from "../core/state.ts";
import { managedDevices } from "../core/vms/guestEvents.ts";
import { formatAddress } from "../events/vocabulary/address.ts";

/** The virtual machines of a host, each with its memory, its devices and, by `guestJson`, what its guest's service made. */
export function vmsJson(state: IommuState, guestJson: (guest: IommuState) => Json): readonly Json[] {
  return [...state.vms.keys()].sort().map((name) => {
    const vm = state.vms.get(name)!;
    const managed = managedDevices(state, vm);
    return {
      vm: name,
      running: vm.running,
      vdev: vm.vdev,
      unity: vm.unity,
      client: vm.client,
      memory: vm.memory.mappings().map(({ first, last, value }) => ({
        guest: formatAddress(first),
        host: formatAddress(first + value.delta),
        length: `0x${(BigInt(last - first + 1) << 12n).toString(16)}`,
      })),
      devices: vm.pass.map((device) => ({
        device,
        confined: managed.includes(device),
        object: state.devices.get(device)?.object ?? null,
        guestObject: vm.guest?.devices.get(device)?.object ?? null,
      })),
      guest: vm.guest === null ? null : guestJson(vm.guest),
    };
  });
}
