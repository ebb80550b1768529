import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { AcpiHeader } from "./header.ts";
import type { IvrsBlock, IvrsTable } from "./ivrs.ts";
import { readDeviceEntries } from "./ivrsEntries.ts";

const BLOCKS_AT = 48;
const BLOCK_HEADER = 6;
const MEMORY_LENGTH = 32;

/** The most blocks of a table, and device entries of all of them: real ones have a hundred. */
export const IVRS_PARTS_MAX = 16_384;

/** Reads the body of an IVRS whose header was accepted. Blocks that cannot be read are reported and left out. */
export function readIvrs(reader: ByteReader, header: AcpiHeader, findings: Findings): IvrsTable {
  const blocks: IvrsBlock[] = [];
  let parts = 0;
  let at = BLOCKS_AT;
  while (at < header.length) {
    if (parts > IVRS_PARTS_MAX) {
      findings.add(
        "IVRS027",
        at,
        `more than ${IVRS_PARTS_MAX} blocks and device entries; the rest is not read`,
      );
      break;
    }
    if (at + BLOCK_HEADER > header.length) {
      findings.add(
        "IVRS006",
        at,
        `${header.length - at} bytes after the last block are too few for another one`,
      );
      break;
    }
    const length = blockLength(reader, at, header.length, findings);
    if (length === null) break;
    const block = readBlock(reader, at, length, findings);
    if (block !== null) blocks.push(block);
    parts += 1 + (block?.kind === "IVHD" ? block.entries.length : 0);
    at += length;
  }
  return { kind: "IVRS", header, ivinfo: reader.u32(36), blocks };
}

function blockLength(reader: ByteReader, at: number, end: number, findings: Findings): number | null {
  const length = reader.u16(at + 2);
  const stops = "reading stops here";
  if (length === 0) findings.add("IVRS001", at, `block length is 0; ${stops}`);
  else if (length < BLOCK_HEADER) {
    findings.add(
      "IVRS002",
      at,
      `block length ${length} is less than its own header of ${BLOCK_HEADER}; ${stops}`,
    );
  } else if (at + length > end) {
    findings.add(
      "IVRS004",
      at,
      `block of ${length} bytes passes the end of the table by ${at + length - end}; ${stops}`,
    );
  } else return length;
  return null;
}

function readBlock(reader: ByteReader, at: number, length: number, findings: Findings): IvrsBlock | null {
  const typeCode = reader.u8(at);
  const placed = { typeCode, offset: at, length, flags: reader.u8(at + 1), deviceId: reader.u16(at + 4) };
  const fixed = fixedLength(typeCode);
  if (fixed === null) {
    findings.add("IVRS005", at, `block of unknown type ${hex(typeCode)} is skipped`);
    return { kind: "unknown", ...placed };
  }
  if (length < fixed) {
    findings.add(
      "IVRS003",
      at,
      `block of ${length} bytes is shorter than its fixed part of ${fixed}; it is left out`,
    );
    return null;
  }
  if (fixed === MEMORY_LENGTH) {
    const region = { start: reader.u64(at + 16), memoryLength: reader.u64(at + 24) };
    return {
      kind: "IVMD",
      ...placed,
      auxiliaryData: reader.u16(at + 6),
      segment: reader.u16(at + 8),
      ...region,
    };
  }
  const long = typeCode !== 0x10;
  return {
    kind: "IVHD",
    ...placed,
    capabilityOffset: reader.u16(at + 6),
    base: reader.u64(at + 8),
    segment: reader.u16(at + 16),
    info: reader.u16(at + 18),
    featureReporting: long ? null : reader.u32(at + 20),
    attributes: long ? reader.u32(at + 20) : null,
    efr: long ? reader.u64(at + 24) : null,
    entries: readDeviceEntries(reader, { typeCode, start: at + fixed, end: at + length }, findings),
  };
}

function fixedLength(typeCode: number): number | null {
  switch (typeCode) {
    case 0x10:
      return 24;
    case 0x11:
    case 0x40:
      return 40;
    case 0x20:
    case 0x21:
    case 0x22:
      return MEMORY_LENGTH;
    default:
      return null;
  }
}
