import { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";

/** The header of a flattened device tree (tables 5): sizes and offsets in bytes from the start of the blob. */
export interface BlobHeader {
  readonly magic: number;
  readonly totalSize: number;
  readonly structOffset: number;
  readonly stringsOffset: number;
  readonly reservationsOffset: number;
  readonly version: number;
  readonly lastCompatibleVersion: number;
  readonly bootCpu: number;
  readonly stringsSize: number;
  /** Version 16 has no such field: then everything up to the next block, or the end. */
  readonly structSize: number;
}

/** A range of memory that no program may use. */
export interface MemoryReservation {
  readonly address: bigint;
  readonly size: bigint;
}

/** A blob whose header and blocks were accepted. */
export interface Blob {
  readonly header: BlobHeader;
  readonly reader: ByteReader;
  readonly reservations: readonly MemoryReservation[];
}

const MAGIC = 0xd00dfeed;
const MAGIC_SWAPPED = 0xedfe0dd0;
const HEADER_LENGTH = 40;
const VERSION_MIN = 16;
const VERSION_MAX = 17;
/** The longest blob that is read; Linux takes 2 MiB. */
export const BLOB_LENGTH_MAX = 4 * 1024 * 1024;

/** True for a file that is, or was meant to be, a device-tree blob: by its magic, or by the versions in its header. */
export function looksLikeDeviceTree(bytes: Uint8Array): boolean {
  const reader = new ByteReader(bytes, "big");
  if (!reader.has(0, 4)) return false;
  const magic = reader.u32(0);
  if (magic === MAGIC || magic === MAGIC_SWAPPED) return true;
  if (!reader.has(0, HEADER_LENGTH)) return false;
  return reader.u32(20) === VERSION_MAX && reader.u32(24) === VERSION_MIN;
}

/** Reads and checks the header, the places of the blocks and the memory reservations; null when the blob is refused. */
export function readBlob(bytes: Uint8Array, findings: Findings): Blob | null {
  const whole = new ByteReader(bytes, "big");
  if (!checkMagic(whole, findings)) return null;
  if (!whole.has(0, HEADER_LENGTH)) {
    findings.add("FDT003", null, `${whole.length} bytes are too few for a blob header of ${HEADER_LENGTH}`);
    return null;
  }
  const totalSize = whole.u32(4);
  if (!checkSize(totalSize, whole.length, findings)) return null;
  const reader = new ByteReader(whole.slice(0, totalSize), "big");
  if (!checkVersion(reader, findings)) return null;
  const header = readHeader(reader);
  const reservations = readReservations(reader, header.reservationsOffset, findings);
  if (reservations === null || !checkBlocks(header, reservations.length, findings)) return null;
  return { header, reader, reservations };
}

function checkMagic(reader: ByteReader, findings: Findings): boolean {
  const magic = reader.has(0, 4) ? reader.u32(0) : null;
  if (magic === MAGIC) return true;
  if (magic === MAGIC_SWAPPED) {
    findings.add(
      "FDT002",
      0,
      `magic ${hex(magic)} is byte-swapped; a blob is big-endian`,
      "was it swapped on a read from flash?",
    );
  } else {
    const seen = magic === null ? "nothing" : hex(magic, 8);
    findings.add("FDT001", 0, `a blob begins with magic ${hex(MAGIC)}, here is ${seen}`);
  }
  return false;
}

function checkSize(totalSize: number, available: number, findings: Findings): boolean {
  if (totalSize < HEADER_LENGTH) {
    findings.add("FDT004", 4, `total size ${totalSize} is less than the header's ${HEADER_LENGTH} bytes`);
  } else if (totalSize > available) {
    findings.add(
      "FDT005",
      4,
      `total size says ${totalSize} bytes, but only ${available} are here`,
      "the copy is cut off",
    );
  } else if (totalSize > BLOB_LENGTH_MAX) {
    findings.add(
      "FDT031",
      4,
      `total size ${totalSize} is more than the ${BLOB_LENGTH_MAX} bytes that are read`,
    );
  } else {
    if (totalSize < available) {
      findings.add("FDT006", totalSize, `${available - totalSize} bytes after the blob are ignored`);
    }
    return true;
  }
  return false;
}

function checkVersion(reader: ByteReader, findings: Findings): boolean {
  const version = reader.u32(20);
  const compatible = reader.u32(24);
  if (version < VERSION_MIN) {
    findings.add(
      "FDT009",
      20,
      `version ${version} is older than ${VERSION_MIN}`,
      "compile the tree with a current dtc",
    );
    return false;
  }
  if (compatible > VERSION_MAX) {
    findings.add(
      "FDT010",
      24,
      `blob is compatible with version ${compatible} and later; ${VERSION_MAX} is read here`,
    );
    return false;
  }
  return true;
}

function readHeader(reader: ByteReader): BlobHeader {
  const structOffset = reader.u32(8);
  const stringsOffset = reader.u32(12);
  const version = reader.u32(20);
  const structEnd = stringsOffset > structOffset ? stringsOffset : reader.length;
  return {
    magic: reader.u32(0),
    totalSize: reader.u32(4),
    structOffset,
    stringsOffset,
    reservationsOffset: reader.u32(16),
    version,
    lastCompatibleVersion: reader.u32(24),
    bootCpu: reader.u32(28),
    stringsSize: reader.u32(32),
    structSize: version >= VERSION_MAX ? reader.u32(36) : Math.max(0, structEnd - structOffset),
  };
}

function readReservations(reader: ByteReader, start: number, findings: Findings): MemoryReservation[] | null {
  if (start % 8 !== 0) {
    findings.add("FDT025", 16, `reservation block at ${hex(start)} is not 8-byte aligned`);
    return null;
  }
  if (start < HEADER_LENGTH || start >= reader.length) {
    findings.add("FDT007", 16, `reservation block at ${hex(start)} lies outside the blob, or in its header`);
    return null;
  }
  const reservations: MemoryReservation[] = [];
  for (let at = start; reader.has(at, 16); at += 16) {
    const address = reader.u64(at);
    const size = reader.u64(at + 8);
    if (address === 0n && size === 0n) return reservations;
    reservations.push({ address, size });
  }
  findings.add("FDT020", start, "memory reservations end without the pair (0, 0) that closes them");
  return null;
}

function checkBlocks(header: BlobHeader, reservationCount: number, findings: Findings): boolean {
  const blocks = [
    { name: "header", start: 0, end: HEADER_LENGTH, field: 0 },
    {
      name: "reservation block",
      start: header.reservationsOffset,
      end: header.reservationsOffset + 16 * (reservationCount + 1),
      field: 16,
    },
    {
      name: "structure block",
      start: header.structOffset,
      end: header.structOffset + header.structSize,
      field: 8,
    },
    {
      name: "strings block",
      start: header.stringsOffset,
      end: header.stringsOffset + header.stringsSize,
      field: 12,
    },
  ];
  if (header.structOffset % 4 !== 0) {
    findings.add("FDT025", 8, `structure block at ${hex(header.structOffset)} is not 4-byte aligned`);
    return false;
  }
  for (const { name, start, end, field } of blocks) {
    if (end <= header.totalSize) continue;
    findings.add(
      "FDT007",
      field,
      `${name} ${hex(start)}-${hex(end)} passes the blob's end at ${hex(header.totalSize)}`,
    );
    return false;
  }
  const placed = blocks.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  for (const [index, block] of placed.entries()) {
    const next = placed[index + 1];
    if (next === undefined || next.start >= block.end) continue;
    const seen = `${next.name} begins at ${hex(next.start)}, inside the ${block.name} that ends at ${hex(block.end)}`;
    findings.add("FDT008", next.field, seen);
    return false;
  }
  return true;
}
