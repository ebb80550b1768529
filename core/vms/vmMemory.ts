import { err, ok, type Result } from "../../base/result.ts";
import type { VmMemory } from "../../events/vmEvents.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { addressToBigint, formatAddress, PAGE_LIMIT, PAGE_SIZE } from "../../events/vocabulary/address.ts";
import { AddressSpace } from "../parts/addressSpace.ts";

/** System memory may be used for everything (HV-10, `m`). */
export const SYSTEM_MEMORY = 7 as Access;

/** Why memory cannot be a VM's. */
export interface MemoryFault {
  readonly requirement: string;
  readonly detail: string;
}

/** The table from guest-physical to host-physical pages; `at` is the seq that its entries bear. */
export function vmMemory(parts: readonly VmMemory[], at: number): Result<AddressSpace, MemoryFault> {
  const edit = new AddressSpace().edit();
  for (const { guest, host, length } of parts) {
    const text = `${formatAddress(guest.page, guest.offset)} -> ${formatAddress(host.page, host.offset)}`;
    const bytes = addressToBigint(length);
    if (guest.offset !== 0 || host.offset !== 0 || bytes === 0n || length.offset !== 0) {
      const detail = `memory ${text} of ${bytes} bytes does not consist of whole pages`;
      return err({ requirement: "HV-11", detail });
    }
    const pages = Number(bytes / BigInt(PAGE_SIZE));
    const last = guest.page + pages - 1;
    if (last >= PAGE_LIMIT || host.page + pages > PAGE_LIMIT)
      return err({ requirement: "HV-11", detail: `memory ${text} goes past 2^64` });
    if (edit.within(guest.page, last).length > 0)
      return err({ requirement: "HV-11", detail: `memory ${text} overlaps other memory of the VM` });
    edit.map(guest.page, last, { delta: host.page - guest.page, access: SYSTEM_MEMORY, since: at });
  }
  return ok(edit.done());
}

/** All guest-physical memory equals host-physical, and there is some (HV-9). */
export function isUnity(memory: AddressSpace): boolean {
  const parts = memory.mappings();
  return parts.length > 0 && parts.every(({ value }) => value.delta === 0);
}
