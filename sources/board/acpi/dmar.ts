import type { AcpiHeader } from "./header.ts";

/** What a device scope entry names (tables 2). */
export type ScopeKind = "pci-endpoint" | "pci-bridge" | "ioapic" | "hpet" | "acpi-namespace" | "unknown";

/** One hop of a path: device 0..31 and function 0..7 where the entry is usable. */
export interface PathHop {
  readonly device: number;
  readonly fn: number;
}

/** A device scope entry. Only a `usable` one may decide anything: known kind, at least one hop, every hop in range. */
export interface DeviceScope {
  readonly kind: ScopeKind;
  readonly typeCode: number;
  /** Bytes from the start of the table, of this as of every `offset` in a table. */
  readonly offset: number;
  readonly length: number;
  readonly flags: number;
  readonly enumerationId: number;
  readonly startBus: number;
  readonly path: readonly PathHop[];
  readonly usable: boolean;
}

interface Placed {
  readonly typeCode: number;
  readonly offset: number;
  readonly length: number;
}

/** A remapping unit. `size` is the exponent of its register window in 4-KiB pages. */
export interface Drhd extends Placed {
  readonly kind: "DRHD";
  readonly flags: number;
  readonly includeAll: boolean;
  readonly size: number;
  readonly segment: number;
  readonly base: bigint;
  readonly scopes: readonly DeviceScope[];
}

/** A reserved memory region; both ends inclusive (hardware 1.7). */
export interface Rmrr extends Placed {
  readonly kind: "RMRR";
  readonly segment: number;
  readonly base: bigint;
  readonly limit: bigint;
  readonly scopes: readonly DeviceScope[];
}

/** Root ports below which ATS is allowed. */
export interface Atsr extends Placed {
  readonly kind: "ATSR";
  readonly flags: number;
  readonly allPorts: boolean;
  readonly segment: number;
  readonly scopes: readonly DeviceScope[];
}

/** The NUMA proximity domain of the unit at `base`. */
export interface Rhsa extends Placed {
  readonly kind: "RHSA";
  readonly base: bigint;
  readonly proximityDomain: number;
}

/** The number by which scopes of kind `acpi-namespace` name an ACPI device. */
export interface Andd extends Placed {
  readonly kind: "ANDD";
  readonly deviceNumber: number;
  readonly name: string;
}

/** Integrated devices with address caches. */
export interface Satc extends Placed {
  readonly kind: "SATC";
  readonly flags: number;
  readonly atcRequired: boolean;
  readonly segment: number;
  readonly scopes: readonly DeviceScope[];
}

/** Properties of integrated devices, in the flags of their scopes. */
export interface Sidp extends Placed {
  readonly kind: "SIDP";
  readonly segment: number;
  readonly scopes: readonly DeviceScope[];
}

/** A structure of a type that no specification known here defines: skipped by its length. */
export interface UnknownStructure extends Placed {
  readonly kind: "unknown";
}

/** One remapping structure. */
export type DmarStructure = Drhd | Rmrr | Atsr | Rhsa | Andd | Satc | Sidp | UnknownStructure;

/** The DMA remapping table of VT-d, as far as it could be read (tables 2). */
export interface DmarTable {
  readonly kind: "DMAR";
  readonly header: AcpiHeader;
  /** The field as it stands: host address width minus one. */
  readonly hostAddressWidthField: number;
  /** Bit 0 INTR_REMAP, bit 1 X2APIC_OPT_OUT, bit 2 DMA_CTRL_PLATFORM_OPT_IN. */
  readonly flags: number;
  readonly structures: readonly DmarStructure[];
}
