import type { AcpiHeader } from "./header.ts";

/** One device entry of an IOMMU's block, by what it does (tables 4). Device ids are 16-bit requester ids. */
export type IvrsDeviceEntry = {
  readonly typeCode: number;
  readonly offset: number;
  readonly length: number;
  readonly deviceId: number;
  readonly dataSetting: number;
} & (
  | { readonly kind: "pad" | "all" | "select" | "range-start" | "range-end" }
  | { readonly kind: "alias-select" | "alias-range-start"; readonly sourceDeviceId: number }
  | {
      readonly kind: "extended-pad" | "extended-select" | "extended-range-start";
      readonly extendedData: number;
    }
  | {
      readonly kind: "special";
      readonly handle: number;
      readonly sourceDeviceId: number;
      /** 1 IOAPIC, 2 HPET. */
      readonly variety: number;
    }
  | {
      readonly kind: "acpi-hid";
      /** Eight bytes each, as they stand. */
      readonly hid: Uint8Array;
      readonly cid: Uint8Array;
      /** 0 none, 1 integer, 2 string. */
      readonly uidFormat: number;
      readonly uid: Uint8Array;
    }
  | { readonly kind: "unknown" }
);

interface Placed {
  readonly typeCode: number;
  readonly offset: number;
  readonly length: number;
  readonly flags: number;
  readonly deviceId: number;
}

/** One description of an IOMMU; each IOMMU has up to three, of rising type. `deviceId` is the IOMMU's own. */
export interface Ivhd extends Placed {
  readonly kind: "IVHD";
  readonly capabilityOffset: number;
  readonly base: bigint;
  readonly segment: number;
  /** Bits 4:0 MSI number, bits 12:8 unit id. */
  readonly info: number;
  /** Of type 0x10 only. */
  readonly featureReporting: number | null;
  /** Of types 0x11 and 0x40 only. */
  readonly attributes: number | null;
  readonly efr: bigint | null;
  readonly entries: readonly IvrsDeviceEntry[];
}

/** A memory region for all devices (0x20), one (0x21) or `deviceId..auxiliaryData` (0x22). */
export interface Ivmd extends Placed {
  readonly kind: "IVMD";
  readonly auxiliaryData: number;
  /** 0 in tables that do not use this word of the reserved ones (AMD's specification, 3.0 and later). */
  readonly segment: number;
  readonly start: bigint;
  readonly memoryLength: bigint;
}

/** A block of a type that no specification known here defines: skipped by its length. */
export interface UnknownBlock extends Placed {
  readonly kind: "unknown";
}

/** One block. */
export type IvrsBlock = Ivhd | Ivmd | UnknownBlock;

/** The table of AMD's IOMMUs, as far as it could be read (tables 4). */
export interface IvrsTable {
  readonly kind: "IVRS";
  readonly header: AcpiHeader;
  readonly ivinfo: number;
  readonly blocks: readonly IvrsBlock[];
}
