import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { IortInterrupt, IortNodeBody, RmrRegion } from "./iort.ts";

/** A node whose header was accepted; `dataEnd` is where its own data ends: at its mappings, or at its end. */
export interface NodeExtent {
  readonly typeCode: number;
  readonly offset: number;
  readonly length: number;
  readonly dataEnd: number;
}

const KINDS = [
  { kind: "its-group", fixed: 20 },
  { kind: "named-component", fixed: 30 },
  { kind: "root-complex", fixed: 32 },
  { kind: "smmu-v1-v2", fixed: 60 },
  { kind: "smmu-v3", fixed: 60 },
  { kind: "pmcg", fixed: 32 },
  { kind: "rmr", fixed: 28 },
  { kind: "iwb", fixed: 27 },
] as const;
const RMR_LENGTH = 20;

/** Reads what follows the header of a node, by its type (tables 3); null when it is malformed and left out. */
export function readNodeBody(reader: ByteReader, node: NodeExtent, findings: Findings): IortNodeBody | null {
  const type = KINDS[node.typeCode];
  if (type === undefined) {
    findings.add("IORT020", node.offset, `node of unknown type ${node.typeCode} is skipped`);
    return { kind: "unknown" };
  }
  const { kind, fixed } = type;
  const at = node.offset;
  if (at + fixed > node.dataEnd) {
    const message = `${kind} node has ${node.dataEnd - at} bytes before its end or its mappings, but its fixed part has ${fixed}`;
    findings.add("IORT004", at, `${message}; it is left out`);
    return null;
  }
  switch (kind) {
    case "its-group":
      return readItsGroup(reader, node, findings);
    case "named-component":
      return readNamedComponent(reader, node, findings);
    case "root-complex":
      return {
        kind,
        cacheCoherency: reader.u32(at + 16),
        memoryFlags: reader.u8(at + 23),
        atsAttribute: reader.u32(at + 24),
        segment: reader.u32(at + 28),
        addressSizeLimit: at + 33 <= node.dataEnd ? reader.u8(at + 32) : null,
      };
    case "smmu-v1-v2":
      return readSmmuV2(reader, node, findings);
    case "smmu-v3":
      return {
        kind,
        base: reader.u64(at + 16),
        flags: reader.u32(at + 24),
        vatos: reader.u64(at + 32),
        model: reader.u32(at + 40),
        eventGsiv: reader.u32(at + 44),
        priGsiv: reader.u32(at + 48),
        gerrGsiv: reader.u32(at + 52),
        syncGsiv: reader.u32(at + 56),
        proximityDomain: at + 64 <= node.dataEnd ? reader.u32(at + 60) : null,
        deviceIdMappingIndex: at + 68 <= node.dataEnd ? reader.u32(at + 64) : null,
      };
    case "pmcg":
      return {
        kind,
        page0: reader.u64(at + 16),
        overflowGsiv: reader.u32(at + 24),
        nodeReference: reader.u32(at + 28),
        page1: at + 40 <= node.dataEnd ? reader.u64(at + 32) : null,
      };
    case "rmr":
      return readRmr(reader, node, findings);
    case "iwb": {
      const deviceName = readName(reader, node, 26, findings);
      return deviceName === null
        ? null
        : { kind, base: reader.u64(at + 16), index: reader.u16(at + 24), deviceName };
    }
  }
}

function readItsGroup(reader: ByteReader, node: NodeExtent, findings: Findings): IortNodeBody | null {
  const count = reader.u32(node.offset + 16);
  const room = Math.floor((node.dataEnd - node.offset - 20) / 4);
  if (count > room) {
    const message = `ITS group says it has ${count} identifiers, but has room for ${room}; it is left out`;
    findings.add("IORT013", node.offset, message);
    return null;
  }
  const itsIds = Array.from({ length: count }, (_, index) => reader.u32(node.offset + 20 + 4 * index));
  return { kind: "its-group", itsIds };
}

function readNamedComponent(reader: ByteReader, node: NodeExtent, findings: Findings): IortNodeBody | null {
  const at = node.offset;
  const deviceName = readName(reader, node, 29, findings);
  if (deviceName === null) return null;
  return {
    kind: "named-component",
    flags: reader.u32(at + 16),
    cacheCoherency: reader.u32(at + 20),
    memoryFlags: reader.u8(at + 27),
    addressSizeLimit: reader.u8(at + 28),
    deviceName,
  };
}

function readName(reader: ByteReader, node: NodeExtent, from: number, findings: Findings): string | null {
  const name = reader.textToNul(node.offset + from, node.dataEnd);
  if (name === null)
    findings.add(
      "IORT012",
      node.offset + from,
      "object path has no NUL inside its node; the node is left out",
    );
  return name;
}

function readSmmuV2(reader: ByteReader, node: NodeExtent, findings: Findings): IortNodeBody {
  const at = node.offset;
  const interrupts = (what: string, offset: number, count: number): IortInterrupt[] => {
    if (count === 0) return [];
    // The arrays may stand anywhere in the node; the mappings behind them are checked on their own.
    if (offset < 60 || offset + 8 * count > node.length) {
      const message = `${count} ${what} interrupts at offset ${hex(offset)} of the node do not lie inside it; none is read`;
      findings.add("IORT022", at, message);
      return [];
    }
    return Array.from({ length: count }, (_, index) => {
      const entry = at + offset + 8 * index;
      return { gsiv: reader.u32(entry), edge: (reader.u32(entry + 4) & 1) !== 0 };
    });
  };
  const global = interrupts("global", reader.u32(at + 40), 2);
  return {
    kind: "smmu-v1-v2",
    base: reader.u64(at + 16),
    span: reader.u64(at + 24),
    model: reader.u32(at + 32),
    flags: reader.u32(at + 36),
    globalInterrupt: global[0] ?? null,
    configurationInterrupt: global[1] ?? null,
    contextInterrupts: interrupts("context", reader.u32(at + 48), reader.u32(at + 44)),
    pmuInterrupts: interrupts("PMU", reader.u32(at + 56), reader.u32(at + 52)),
  };
}

function readRmr(reader: ByteReader, node: NodeExtent, findings: Findings): IortNodeBody {
  const at = node.offset;
  const flags = reader.u32(at + 16);
  const rmrCount = reader.u32(at + 20);
  const rmrOffset = reader.u32(at + 24);
  let regions: RmrRegion[] = [];
  if (rmrCount > 0 && (rmrOffset < 28 || rmrOffset + RMR_LENGTH * rmrCount > node.length)) {
    const message = `${rmrCount} memory regions at offset ${hex(rmrOffset)} of the node do not lie inside it; none is read`;
    findings.add("IORT021", at, message);
  } else {
    regions = Array.from({ length: rmrCount }, (_, index) => {
      const entry = at + rmrOffset + RMR_LENGTH * index;
      return { offset: entry, base: reader.u64(entry), length: reader.u64(entry + 8) };
    });
  }
  return { kind: "rmr", flags, rmrCount, rmrOffset, regions };
}
