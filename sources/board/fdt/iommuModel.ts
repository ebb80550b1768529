import type { Family } from "../../../events/vocabulary/family.ts";
import type { AddressRange } from "./addresses.ts";
import type { FdtNode } from "./tree.ts";

/** An IOMMU. */
export interface IommuProvider {
  readonly node: FdtNode;
  readonly path: string;
  /** From the most to the least specific. */
  readonly compatible: readonly string[];
  /** The family whose rules are known here, or null. */
  readonly family: Family | null;
  readonly reg: readonly AddressRange[];
  /** `#iommu-cells`, 0 to 2; null in the legacy binding of SMMUv2. */
  readonly cells: number | null;
  /** The cells of `interrupts`, as they stand. */
  readonly interruptCells: readonly number[];
  readonly globalInterrupts: number | null;
  /** Bits of every stream id that are not compared (SMMUv2). */
  readonly streamMatchMask: number | null;
}

/** One id of a device at an IOMMU: a stream id, a micro-TLB number (IPMMU), or null where the IOMMU asks for none. */
export interface StreamSpecifier {
  readonly provider: IommuProvider;
  readonly id: number | null;
  /** Bits of the id that are not compared; null where neither device nor IOMMU gives a mask. */
  readonly mask: number | null;
}

/** A device behind IOMMUs. */
export interface IommuConsumer {
  readonly node: FdtNode;
  readonly path: string;
  readonly binding: "iommus" | "mmu-masters";
  readonly reg: readonly AddressRange[];
  readonly streams: readonly StreamSpecifier[];
  readonly pasidBits: number | null;
  readonly dmaCanStall: boolean;
  readonly dmaCoherent: boolean;
  /** Paths of the memory regions it owns. */
  readonly memoryRegions: readonly string[];
}

/** One range of requester ids of a PCI host: `length` ids from `ridBase` become stream ids from `outBase`. */
export interface IommuMapEntry {
  readonly ridBase: number;
  readonly provider: IommuProvider;
  readonly outBase: number;
  readonly length: number;
}

/** A PCI host, or another bus of numbered devices, whose functions are behind IOMMUs. */
export interface IommuMap {
  readonly node: FdtNode;
  readonly path: string;
  /** Of a PCI host; null for another bus. */
  readonly segment: number | null;
  /** Anded with a requester id before it is looked up. */
  readonly mask: number;
  readonly entries: readonly IommuMapEntry[];
  readonly atsSupported: boolean;
  readonly dmaCoherent: boolean;
}
