import type { ApiCall, CallStimulus } from "../../events/clientEvents.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { TransferAccess } from "../../events/vocabulary/access.ts";
import { addressFromBigint } from "../../events/vocabulary/address.ts";
import { pageRange } from "../../events/vocabulary/byteRange.ts";
import { type DeviceName, pciParts } from "../../events/vocabulary/device.ts";
import type { ClientName } from "../../events/vocabulary/names.ts";

/** A call of a client. */
export function callOf(client: ClientName, call: ApiCall, as: string | null = null): CallStimulus {
  return { kind: "call", client, call, as, expected: null };
}

/** `smmu_device_add_pci` of a device in segment 0; `sop` null takes it out. */
export function addDevice(client: ClientName, sop: string | null, device: DeviceName): Stimulus {
  const { bus: pbus, device: pdev, fn: pfunc } = pciParts(device)!;
  return callOf(client, { function: "smmu_device_add_pci", sop, pbus, pdev, pfunc });
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
export function transfer(device: DeviceName, access: TransferAccess, page: number, pages = 1): Stimulus {
  return { kind: "dma", device, bytes: pageRange(page, page + pages - 1), access, observed: null };
}

function bytes(pages: number): NonNullable<ReturnType<typeof addressFromBigint>> {
  return addressFromBigint(BigInt(pages) * 4096n)!;
}
