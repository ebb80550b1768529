import type { AcpiHeader } from "./header.ts";

/** One ID mapping of a node (tables 3). `idCountField` is the number of ids minus one, in correct firmware. */
export interface IdMapping {
  readonly offset: number;
  readonly inputBase: number;
  readonly idCountField: number;
  readonly outputBase: number;
  /** Offset of the target node from the start of the table. */
  readonly outputReference: number;
  readonly flags: number;
  /** The input is not looked at; `outputBase` is the one id. */
  readonly singleMapping: boolean;
}

/** What every node begins with. */
export interface IortNodeHeader {
  readonly typeCode: number;
  readonly offset: number;
  readonly length: number;
  readonly revision: number;
  readonly identifier: number;
  readonly mappingCount: number;
  /** From the start of the node; 0 where there is none. */
  readonly mappingOffset: number;
  readonly idMappings: readonly IdMapping[];
}

/** An interrupt: its GSIV, and whether it is edge-triggered. */
export interface IortInterrupt {
  readonly gsiv: number;
  readonly edge: boolean;
}

/** One region that must stay 1:1 for the streams that the node's mappings name. */
export interface RmrRegion {
  readonly offset: number;
  readonly base: bigint;
  readonly length: bigint;
}

/** What a node says besides its header, by kind (tables 3). Nulls: fields that older, shorter nodes do not have. */
export type IortNodeBody =
  | { readonly kind: "its-group"; readonly itsIds: readonly number[] }
  | {
      readonly kind: "named-component";
      /** Bit 0 stall supported, bits 5:1 PASID bits. */
      readonly flags: number;
      readonly cacheCoherency: number;
      readonly memoryFlags: number;
      readonly addressSizeLimit: number;
      readonly deviceName: string;
    }
  | {
      readonly kind: "root-complex";
      readonly cacheCoherency: number;
      readonly memoryFlags: number;
      /** Bit 0 ATS, bit 1 PRI, bit 2 PASID. */
      readonly atsAttribute: number;
      readonly segment: number;
      readonly addressSizeLimit: number | null;
    }
  | {
      readonly kind: "smmu-v1-v2";
      readonly base: bigint;
      readonly span: bigint;
      readonly model: number;
      /** Bit 0 DVM, bit 1 coherent walk. */
      readonly flags: number;
      readonly globalInterrupt: IortInterrupt | null;
      readonly configurationInterrupt: IortInterrupt | null;
      readonly contextInterrupts: readonly IortInterrupt[];
      readonly pmuInterrupts: readonly IortInterrupt[];
    }
  | {
      readonly kind: "smmu-v3";
      readonly base: bigint;
      /** Bit 0 COHACC override, 2:1 HTTU, 3 proximity domain valid, 4 DeviceID mapping index valid. */
      readonly flags: number;
      readonly vatos: bigint;
      readonly model: number;
      readonly eventGsiv: number;
      readonly priGsiv: number;
      readonly gerrGsiv: number;
      readonly syncGsiv: number;
      readonly proximityDomain: number | null;
      readonly deviceIdMappingIndex: number | null;
    }
  | {
      readonly kind: "pmcg";
      readonly page0: bigint;
      readonly overflowGsiv: number;
      readonly nodeReference: number;
      readonly page1: bigint | null;
    }
  | {
      readonly kind: "rmr";
      /** Bit 0 remapping permitted, bit 1 privileged, bits 9:2 attributes. */
      readonly flags: number;
      readonly rmrCount: number;
      readonly rmrOffset: number;
      readonly regions: readonly RmrRegion[];
    }
  | { readonly kind: "iwb"; readonly base: bigint; readonly index: number; readonly deviceName: string }
  | { readonly kind: "unknown" };

/** One node. */
export type IortNode = IortNodeHeader & IortNodeBody;

/** The IO remapping table of Arm systems, as far as it could be read (tables 3). */
export interface IortTable {
  readonly kind: "IORT";
  readonly header: AcpiHeader;
  readonly nodeCount: number;
  readonly nodeOffset: number;
  readonly nodes: readonly IortNode[];
  /** The same nodes by where they start: what output references name. */
  readonly byOffset: ReadonlyMap<number, IortNode>;
  /** The firmware wrote id counts where counts minus one belong; lookups subtract one (tables 3, HiSilicon). */
  readonly countsAreOneTooHigh: boolean;
}

/** The last input id that a mapping covers, both ends inclusive, with the error of HiSilicon tables taken out. */
export function lastInput(table: IortTable, mapping: IdMapping): number {
  const tooHigh = table.countsAreOneTooHigh && mapping.idCountField > 0 ? 1 : 0;
  return mapping.inputBase + mapping.idCountField - tooHigh;
}
