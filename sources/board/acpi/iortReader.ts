import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { AcpiHeader } from "./header.ts";
import type { IdMapping, IortNode, IortNodeHeader, IortTable } from "./iort.ts";
import { readNodeBody } from "./iortNodes.ts";

const FIXED_LENGTH = 48;
const NODE_HEADER = 16;
const MAPPING_LENGTH = 20;

/** The most nodes of a table, and id mappings of all of them: a server with hundreds of devices has some thousand. */
export const IORT_PARTS_MAX = 16_384;

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
  let parts = 0;
  while (at < end && walked < count) {
    if (parts > IORT_PARTS_MAX) {
      findings.add("IORT031", at, `more than ${IORT_PARTS_MAX} nodes and id mappings; the rest is not read`);
      return nodes;
    }
    const length = nodeLength(reader, at, end, findings);
    if (length === null) return nodes;
    const node = readNode(reader, at, length, findings);
    if (node !== null) nodes.push(node);
    parts += 1 + (node?.idMappings.length ?? 0);
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
