import type { Brand } from "../../base/brand.ts";

/** One address space as its recorder names it: an SMMU object, an IOMMU domain. */
export type ObjectName = Brand<string, "ObjectName">;
/** One hardware IOMMU/SMMU instance: a unit. */
export type UnitName = Brand<string, "UnitName">;
/** A process connected through libsmmu: a client. */
export type ClientName = Brand<string, "ClientName">;
/** One virtual machine of the hypervisor: a VM. */
export type VmName = Brand<string, "VmName">;

/** The longest name we accept, in UTF-16 units. */
export const NAME_LENGTH_MAX = 256;

/** An object's name; any text of 1 to 256 units. */
export const objectName = (text: string): ObjectName => text as ObjectName;
/** A unit's name. */
export const unitName = (text: string): UnitName => text as UnitName;
/** A client's name. */
export const clientName = (text: string): ClientName => text as ClientName;
/** A VM's name. */
export const vmName = (text: string): VmName => text as VmName;
