import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { IvrsDeviceEntry } from "./ivrs.ts";

/** Where the device entries of a block stand, and the type of the block. */
export interface EntryExtent {
  readonly typeCode: number;
  readonly start: number;
  readonly end: number;
}

const SHORT = 4;
const NAMED_DEVICE = 0xf0;
const NAMED_DEVICE_FIXED = 22;
const NAMED_DEVICE_BLOCK = 0x40;

/** Reads the device entries of a block; an entry whose size is unknown or too large ends the list (tables 4). */
export function readDeviceEntries(
  reader: ByteReader,
  block: EntryExtent,
  findings: Findings,
): IvrsDeviceEntry[] {
  const entries: IvrsDeviceEntry[] = [];
  let at = block.start;
  while (at < block.end) {
    if (at + SHORT > block.end) {
      const message = `${block.end - at} bytes at the end of the block are too few for a device entry`;
      findings.add("IVRS019", at, message);
      break;
    }
    const length = entryLength(reader, at, block.end, findings);
    if (length === null) break;
    entries.push(readEntry(reader, at, length, block, findings));
    at += length;
  }
  return entries;
}

function entryLength(reader: ByteReader, at: number, end: number, findings: Findings): number | null {
  const type = reader.u8(at);
  if (type > NAMED_DEVICE) {
    findings.add(
      "IVRS022",
      at,
      `device entry type ${hex(type)} has no known size; the rest of the block is not read`,
    );
    return null;
  }
  const fixed = type === NAMED_DEVICE ? NAMED_DEVICE_FIXED : SHORT << (type >> 6);
  if (at + fixed > end) {
    findings.add(
      "IVRS007",
      at,
      `device entry of ${fixed} bytes passes the end of its block by ${at + fixed - end}`,
    );
    return null;
  }
  if (type !== NAMED_DEVICE) return fixed;
  const uidLength = reader.u8(at + 21);
  if (at + fixed + uidLength > end) {
    const past = at + fixed + uidLength - end;
    findings.add(
      "IVRS008",
      at,
      `UID of ${uidLength} bytes of a named device passes the end of its block by ${past}`,
    );
    return null;
  }
  return fixed + uidLength;
}

function readEntry(
  reader: ByteReader,
  at: number,
  length: number,
  block: EntryExtent,
  findings: Findings,
): IvrsDeviceEntry {
  const typeCode = reader.u8(at);
  const entry = {
    typeCode,
    offset: at,
    length,
    deviceId: reader.u16(at + 1),
    dataSetting: reader.u8(at + 3),
  };
  switch (typeCode) {
    case 0:
      return { kind: "pad", ...entry };
    case 1:
      return { kind: "all", ...entry };
    case 2:
      return { kind: "select", ...entry };
    case 3:
      return { kind: "range-start", ...entry };
    case 4:
      return { kind: "range-end", ...entry };
    case 64:
      return { kind: "extended-pad", ...entry, extendedData: reader.u32(at + 4) };
    case 66:
      return { kind: "alias-select", ...entry, sourceDeviceId: reader.u16(at + 5) };
    case 67:
      return { kind: "alias-range-start", ...entry, sourceDeviceId: reader.u16(at + 5) };
    case 70:
      return { kind: "extended-select", ...entry, extendedData: reader.u32(at + 4) };
    case 71:
      return { kind: "extended-range-start", ...entry, extendedData: reader.u32(at + 4) };
    case 72: {
      const variety = reader.u8(at + 7);
      if (variety !== 1 && variety !== 2) {
        findings.add(
          "IVRS015",
          at,
          `special device of variety ${variety} is neither IOAPIC (1) nor HPET (2)`,
        );
      }
      const device = { handle: reader.u8(at + 4), sourceDeviceId: reader.u16(at + 5) };
      return { kind: "special", ...entry, ...device, variety };
    }
    case NAMED_DEVICE: {
      if (block.typeCode !== NAMED_DEVICE_BLOCK) {
        findings.add(
          "IVRS013",
          at,
          `named device in a block of type ${hex(block.typeCode)}; only 0x40 may hold one`,
        );
      }
      const uidFormat = reader.u8(at + 20);
      const uid = reader.slice(at + NAMED_DEVICE_FIXED, length - NAMED_DEVICE_FIXED);
      checkUid(at, uidFormat, uid.length, findings);
      const ids = { hid: reader.slice(at + 4, 8), cid: reader.slice(at + 12, 8) };
      return { kind: "acpi-hid", ...entry, ...ids, uidFormat, uid };
    }
    default:
      findings.add("IVRS012", at, `device entry of unknown type ${hex(typeCode)} is skipped`);
      return { kind: "unknown", ...entry };
  }
}

function checkUid(at: number, format: number, length: number, findings: Findings): void {
  const right = format === 0 ? length === 0 : format === 1 ? length === 8 : format === 2 ? length > 0 : false;
  if (!right)
    findings.add(
      "IVRS023",
      at,
      `UID format ${format} (0 none, 1 integer of 8 bytes, 2 string) with ${length} bytes`,
    );
}
