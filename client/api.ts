import type { Uint64 } from "../events/clientEvents.ts";
import { addressFromBigint } from "../events/vocabulary/address.ts";
import { PCI_FIELD_ANY, SMF, SOCF, SSF_DROPPED_FAULTS as SSF } from "../events/vocabulary/clientApi.ts";

/** No permission (API 9.2). */
export const SMF_NONE = SMF.SMF_NONE;
/** The device may only read. */
export const SMF_READ = SMF.SMF_READ;
/** The device may write. */
export const SMF_WRITE = SMF.SMF_WRITE;
/** The device may execute. */
export const SMF_EXEC = SMF.SMF_EXEC;
/** Reserved for future use; refused (G-38). */
export const SMF_VIRT = SMF.SMF_VIRT;
/** Honour `target`; hypervisor only (CM-16). */
export const SMF_TARGET = SMF.SMF_TARGET;
/** The service looks after reserved regions. */
export const SOCF_NONE = SOCF.SOCF_NONE;
/** The client looks after reserved regions; hypervisor only. */
export const SOCF_RESERVED_MANUAL = SOCF.SOCF_RESERVED_MANUAL;
/** Any bus, device or function. */
export const SMMU_PCI_FIELD_ANY = PCI_FIELD_ANY;
/** The flag of a status that says that records were lost; its number is not documented, so flags are compared by name (G-31). */
export const SSF_DROPPED_FAULTS = SSF;

/** `struct smmu_object *`: an object of the client that created it. */
export interface SmmuObject {
  /** The machine's name of it, for messages and tests. */
  readonly name: string;
}

/** `union smmu_devid` (API 9.1). */
export type SmmuDevid =
  | { readonly type: "SDT_PCI"; readonly bus: number; readonly dev: number; readonly func: number }
  | { readonly type: "SDT_MMIO"; readonly phys: bigint; readonly length: number };

/** `struct smmu_map_entry`: a region of `len` bytes at `phys`. */
export interface SmmuMapEntry {
  readonly phys: bigint;
  readonly len: bigint;
}

/** `struct smmu_status`; `devid` null: the hardware does not tell which device it was (FLT-4). */
export interface SmmuStatus {
  hw_specific: bigint;
  fault_addr: bigint;
  devid: SmmuDevid | null;
  flags: readonly string[];
}

/** A status with nothing in it. */
export function emptyStatus(): SmmuStatus {
  return { hw_specific: 0n, fault_addr: 0n, devid: null, flags: [] };
}

/** A 64-bit argument; anything else is a mistake of the caller's own, as it would not compile in C. */
export function uint64(name: string, value: bigint): Uint64 {
  const address = typeof value === "bigint" ? addressFromBigint(value) : null;
  if (address === null) throw new RangeError(`${name} is ${String(value)}, expected a bigint of 64 bits`);
  return address;
}

/** A 32-bit argument. */
export function uint32(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  throw new RangeError(`${name} is ${String(value)}, expected a whole number of 32 bits`);
}
