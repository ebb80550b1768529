import type { ApiCall, CallStimulus, DevId } from "../../events/clientEvents.ts";
import type { DmaStimulus, Stimulus } from "../../events/stimulus.ts";
import type { TransferAccess } from "../../events/vocabulary/access.ts";
import { addressFromBigint, parseAddress } from "../../events/vocabulary/address.ts";
import { pageRange } from "../../events/vocabulary/byteRange.ts";
import { type DeviceName, pciParts } from "../../events/vocabulary/device.ts";
import type { ClientName } from "../../events/vocabulary/names.ts";

/** A call of a client. */
export function callOf(client: ClientName, call: ApiCall, as: string | null = null): CallStimulus {
  return { kind: "call", client, call, as, expected: null };
}

/** `smmu_device_add_pci` or `_mmio` of a device in segment 0; `sop` null takes it out. */
export function addDevice(client: ClientName, sop: string | null, device: DeviceName): Stimulus {
  const id = deviceId(device);
  if (id.type === "SDT_PCI") {
    const { bus: pbus, dev: pdev, func: pfunc } = id;
    return callOf(client, { function: "smmu_device_add_pci", sop, pbus, pdev, pfunc });
  }
  if (id.type === "other") return callOf(client, { function: "smmu_device_add_generic", sop, devid: id });
  return callOf(client, { function: "smmu_device_add_mmio", sop, phys: id.phys, len: id.length });
}

/** A device as `smmu_device_add_generic` takes it; a bare stream has no such name and is of another type. */
export function deviceId(device: DeviceName): DevId {
  const pci = pciParts(device);
  if (pci !== null) return { type: "SDT_PCI", bus: pci.bus, dev: pci.device, func: pci.fn };
  const phys = device.startsWith("mmio:") ? parseAddress(device.slice("mmio:".length)) : null;
  return phys === null ? { type: "other", value: 7 } : { type: "SDT_MMIO", phys, length: 0x1000 };
}

/** `smmu_mapping_add` of whole pages; `flags` 0 takes them away. `targetPage` is heeded with SMF_TARGET alone. */
export function addMapping(
  client: ClientName,
  sop: string,
  flags: number,
  firstPage: number,
  pages = 1,
  targetPage = 0,
): Stimulus {
  const entries = [{ phys: bytes(firstPage), len: bytes(pages) }];
  const target = bytes(targetPage);
  return callOf(client, {
    function: "smmu_mapping_add",
    sop,
    flags,
    pid: 0,
    num_entries: 1,
    entries,
    target,
  });
}

/** A transfer within one page or over several whole ones. */
export function transfer(device: DeviceName, access: TransferAccess, page: number, pages = 1): DmaStimulus {
  return { kind: "dma", device, bytes: pageRange(page, page + pages - 1), access, observed: null };
}

function bytes(pages: number): NonNullable<ReturnType<typeof addressFromBigint>> {
  return addressFromBigint(BigInt(pages) * 4096n)!;
}
