import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { AcpiHeader } from "./header.ts";
import { readNodeBody } from "./iortNodes.ts";

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

const FIXED_LENGTH = 48;
const NODE_HEADER = 16;
const MAPPING_LENGTH = 20;

/** Reads the body of an IORT whose header was accepted. Nodes that cannot be read are reported and left out. */
export function readIort(reader: ByteReader, header: AcpiHeader, findings: Findings): IortTable {
  const nodeCount = reader.u32(36);
  const nodeOffset = reader.u32(40);
  const countsAreOneTooHigh = isHisiliconError(header);
  if (countsAreOneTooHigh) {
    const message = `${header.oemId.trim()} ${header.oemTableId.trim()} tables hold id counts where counts minus one belong`;
    findings.add("IORT023", null, `${message}; every range is taken one shorter`);
  }
  const nodes = readNodes(reader, header.length, nodeCount, nodeOffset, findings);
  const byOffset = new Map(nodes.map((node) => [node.offset, node]));
  return { kind: "IORT", header, nodeCount, nodeOffset, nodes, byOffset, countsAreOneTooHigh };
}

// As Linux tells them: by OEM id, OEM table id and OEM revision, none of which later, corrected tables share.
function isHisiliconError(header: AcpiHeader): boolean {
  const table = header.oemTableId.trim();
  return header.oemId === "HISI  " && header.oemRevision === 0 && ["HIP06", "HIP07", "HIP08"].includes(table);
}

function readNodes(
  reader: ByteReader,
  end: number,
  count: number,
  first: number,
  findings: Findings,
): IortNode[] {
  const nodes: IortNode[] = [];
  if (first < FIXED_LENGTH || first > end) {
    const message = `offset ${hex(first)} of the first node is not between ${FIXED_LENGTH} and the table's ${end} bytes`;
    findings.add("IORT017", 40, message);
    return nodes;
  }
  let at = first;
  let walked = 0;
  while (at < end && walked < count) {
    const length = nodeLength(reader, at, end, findings);
    if (length === null) return nodes;
    const node = readNode(reader, at, length, findings);
    if (node !== null) nodes.push(node);
    walked += 1;
    at += length;
  }
  if (walked < count) {
    findings.add("IORT018", 36, `node count says ${count}, but the table ends after ${walked}`);
  } else if (end - at >= NODE_HEADER) {
    const message = `node count says ${count}, but ${end - at} bytes follow the last of them; they are not read`;
    findings.add("IORT019", at, message);
  } else if (at < end) {
    findings.add("IORT025", at, `${end - at} bytes after the last node are ignored`);
  }
  return nodes;
}

function nodeLength(reader: ByteReader, at: number, end: number, findings: Findings): number | null {
  const stops = "reading stops here";
  if (at + NODE_HEADER > end) {
    findings.add("IORT003", at, `${end - at} bytes are too few for the header of another node; ${stops}`);
    return null;
  }
  const length = reader.u16(at + 1);
  if (length === 0) findings.add("IORT001", at, `node length is 0; ${stops}`);
  else if (length < NODE_HEADER) {
    findings.add(
      "IORT002",
      at,
      `node length ${length} is less than its own header of ${NODE_HEADER}; ${stops}`,
    );
  } else if (at + length > end) {
    findings.add(
      "IORT003",
      at,
      `node of ${length} bytes passes the end of the table by ${at + length - end}; ${stops}`,
    );
  } else return length;
  return null;
}

function readNode(reader: ByteReader, at: number, length: number, findings: Findings): IortNode | null {
  const header = {
    typeCode: reader.u8(at),
    offset: at,
    length,
    revision: reader.u8(at + 3),
    identifier: reader.u32(at + 4),
    mappingCount: reader.u32(at + 8),
    mappingOffset: reader.u32(at + 12),
  };
  const idMappings = readMappings(reader, header, findings);
  // The mapping array ends the node's own data: older nodes are shorter, and names are padded (tables 3).
  const dataEnd = idMappings.length > 0 ? at + header.mappingOffset : at + length;
  const body = readNodeBody(reader, { ...header, dataEnd }, findings);
  return body === null ? null : { ...header, idMappings, ...body };
}

function readMappings(
  reader: ByteReader,
  node: Omit<IortNodeHeader, "idMappings">,
  findings: Findings,
): IdMapping[] {
  if (node.mappingCount === 0) return [];
  if (node.mappingOffset === 0) {
    findings.add(
      "IORT006",
      node.offset,
      `node has ${node.mappingCount} id mappings at offset 0, that is nowhere`,
    );
    return [];
  }
  const past = node.mappingOffset + node.mappingCount * MAPPING_LENGTH - node.length;
  if (node.mappingOffset < NODE_HEADER || past > 0) {
    const array = `${node.mappingCount} id mappings at offset ${hex(node.mappingOffset)} of the node`;
    const problem = past > 0 ? `pass its end by ${past} bytes` : "overlap its header";
    findings.add("IORT005", node.offset, `${array} ${problem}; none is read`);
    return [];
  }
  return Array.from({ length: node.mappingCount }, (_, index) => {
    const at = node.offset + node.mappingOffset + index * MAPPING_LENGTH;
    const flags = reader.u32(at + 16);
    return {
      offset: at,
      inputBase: reader.u32(at),
      idCountField: reader.u32(at + 4),
      outputBase: reader.u32(at + 8),
      outputReference: reader.u32(at + 12),
      flags,
      singleMapping: (flags & 1) !== 0,
    };
  });
}
