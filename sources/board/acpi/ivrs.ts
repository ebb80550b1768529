import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import type { AcpiHeader } from "./header.ts";
import { readDeviceEntries } from "./ivrsEntries.ts";

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

const BLOCKS_AT = 48;
const BLOCK_HEADER = 6;
const MEMORY_LENGTH = 32;

/** Reads the body of an IVRS whose header was accepted. Blocks that cannot be read are reported and left out. */
export function readIvrs(reader: ByteReader, header: AcpiHeader, findings: Findings): IvrsTable {
  const blocks: IvrsBlock[] = [];
  let at = BLOCKS_AT;
  while (at < header.length) {
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
    findings.add("IVRS005", at, `block of unknown type 0x${typeCode.toString(16)} is skipped`);
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
    return { kind: "IVMD", ...placed, auxiliaryData: reader.u16(at + 6), ...region };
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
