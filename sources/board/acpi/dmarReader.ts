import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { DeviceScope, DmarStructure, DmarTable, PathHop, ScopeKind } from "./dmar.ts";
import type { AcpiHeader } from "./header.ts";

const STRUCTURES_AT = 48;
const STRUCTURE_HEADER = 4;
const SCOPE_HEADER = 6;
const NAMES = ["DRHD", "RMRR", "ATSR", "RHSA", "ANDD", "SATC", "SIDP"] as const;
// ANDD needs at least the NUL of an empty name.
const FIXED_LENGTHS = [16, 24, 8, 20, 9, 8, 8] as const;
const SCOPE_KINDS: readonly ScopeKind[] = [
  "unknown",
  "pci-endpoint",
  "pci-bridge",
  "ioapic",
  "hpet",
  "acpi-namespace",
];

/** The most structures of a table, and device scopes of all of them: a machine with eight sockets has some three hundred. */
export const DMAR_PARTS_MAX = 4096;

/** Reads the body of a DMAR whose header was accepted. Structures that cannot be read are reported and left out. */
export function readDmar(reader: ByteReader, header: AcpiHeader, findings: Findings): DmarTable {
  const structures: DmarStructure[] = [];
  let parts = 0;
  let at = STRUCTURES_AT;
  while (at < header.length) {
    if (parts > DMAR_PARTS_MAX) {
      const message = `more than ${DMAR_PARTS_MAX} structures and device scopes; the rest is not read`;
      findings.add("DMAR032", at, message);
      break;
    }
    if (at + STRUCTURE_HEADER > header.length) {
      const message = `${header.length - at} bytes after the last structure are too few for another one`;
      findings.add("DMAR005", at, message);
      break;
    }
    const length = structureLength(reader, at, header.length, findings);
    if (length === null) break;
    const structure = readStructure(reader, at, length, findings);
    if (structure !== null) structures.push(structure);
    parts += 1 + (structure !== null && "scopes" in structure ? structure.scopes.length : 0);
    at += length;
  }
  return {
    kind: "DMAR",
    header,
    hostAddressWidthField: reader.u8(36),
    flags: reader.u8(37),
    structures,
  };
}

/** The checked length of the structure at `at`, or null when nothing behind it can be found (tables 2, cases 1 to 3). */
function structureLength(reader: ByteReader, at: number, end: number, findings: Findings): number | null {
  const length = reader.u16(at + 2);
  if (length === 0) {
    findings.add("DMAR001", at, "structure length is 0; reading stops here");
    return null;
  }
  if (length < STRUCTURE_HEADER) {
    findings.add(
      "DMAR002",
      at,
      `structure length ${length} is less than its own header of 4; reading stops here`,
    );
    return null;
  }
  if (at + length > end) {
    const message = `structure of ${length} bytes passes the end of the table by ${at + length - end}; reading stops here`;
    findings.add("DMAR004", at, message);
    return null;
  }
  return length;
}

function readStructure(
  reader: ByteReader,
  at: number,
  length: number,
  findings: Findings,
): DmarStructure | null {
  const typeCode = reader.u16(at);
  const name = NAMES[typeCode];
  const placed = { typeCode, offset: at, length };
  if (name === undefined) {
    findings.add("DMAR006", at, `structure of unknown type ${typeCode} is skipped`);
    return { kind: "unknown", ...placed };
  }
  const fixed = FIXED_LENGTHS[typeCode]!;
  if (length < fixed) {
    findings.add(
      "DMAR003",
      at,
      `${name} of ${length} bytes is shorter than its fixed part of ${fixed}; it is left out`,
    );
    return null;
  }
  const scopes = () => readScopes(reader, at + fixed, at + length, findings);
  switch (name) {
    case "DRHD": {
      const flags = reader.u8(at + 4);
      const unit = { includeAll: (flags & 1) !== 0, size: reader.u8(at + 5) & 0xf };
      const place = { segment: reader.u16(at + 6), base: reader.u64(at + 8) };
      return { kind: name, ...placed, flags, ...unit, ...place, scopes: scopes() };
    }
    case "RMRR": {
      const region = { base: reader.u64(at + 8), limit: reader.u64(at + 16) };
      return { kind: name, ...placed, segment: reader.u16(at + 6), ...region, scopes: scopes() };
    }
    case "ATSR": {
      const flags = reader.u8(at + 4);
      const segment = reader.u16(at + 6);
      return { kind: name, ...placed, flags, allPorts: (flags & 1) !== 0, segment, scopes: scopes() };
    }
    case "RHSA":
      return { kind: name, ...placed, base: reader.u64(at + 8), proximityDomain: reader.u32(at + 16) };
    case "ANDD": {
      const path = reader.textToNul(at + 8, at + length);
      if (path === null) {
        findings.add("DMAR026", at, "ANDD name has no NUL inside the structure; it is left out");
        return null;
      }
      return { kind: name, ...placed, deviceNumber: reader.u8(at + 7), name: path };
    }
    case "SATC": {
      const flags = reader.u8(at + 4);
      const segment = reader.u16(at + 6);
      return { kind: name, ...placed, flags, atcRequired: (flags & 1) !== 0, segment, scopes: scopes() };
    }
    case "SIDP":
      return { kind: name, ...placed, segment: reader.u16(at + 6), scopes: scopes() };
  }
}

/** The scope entries from `at` to `end`; a length that cannot be followed ends the list (tables 2, case 6). */
function readScopes(reader: ByteReader, start: number, end: number, findings: Findings): DeviceScope[] {
  const scopes: DeviceScope[] = [];
  let at = start;
  while (at < end) {
    if (at + SCOPE_HEADER > end) {
      const message = `${end - at} bytes at the end of the structure are too few for a device scope`;
      findings.add("DMAR011", at, message);
      break;
    }
    const length = reader.u8(at + 1);
    if (length < SCOPE_HEADER) {
      findings.add("DMAR007", at, `device scope length ${length} is less than its header of 6`);
      break;
    }
    if (at + length > end) {
      findings.add(
        "DMAR009",
        at,
        `device scope of ${length} bytes passes the end of its structure by ${at + length - end}`,
      );
      break;
    }
    scopes.push(readScope(reader, at, length, findings));
    at += length;
  }
  return scopes;
}

function readScope(reader: ByteReader, at: number, length: number, findings: Findings): DeviceScope {
  const typeCode = reader.u8(at);
  const kind = SCOPE_KINDS[typeCode] ?? "unknown";
  const path: PathHop[] = [];
  for (let hop = at + SCOPE_HEADER; hop + 2 <= at + length; hop += 2) {
    path.push({ device: reader.u8(hop), fn: reader.u8(hop + 1) });
  }
  const inRange = path.every(({ device, fn }) => device <= 31 && fn <= 7);
  const odd = (length - SCOPE_HEADER) % 2 !== 0;
  if (odd)
    findings.add("DMAR008", at, `device scope length ${length} holds half a path hop; the entry is ignored`);
  if (length === SCOPE_HEADER) findings.add("DMAR010", at, "device scope has no path; the entry is ignored");
  if (kind === "unknown") findings.add("DMAR012", at, `device scope of unknown type ${typeCode} is ignored`);
  if (!inRange) {
    const seen = path.map(({ device, fn }) => `${hex(device, 2)}.${fn}`).join(" ");
    findings.add(
      "DMAR013",
      at,
      `device scope path ${seen} has a device above 31 or a function above 7; it is ignored`,
    );
  }
  return {
    kind,
    typeCode,
    offset: at,
    length,
    flags: reader.u8(at + 2),
    enumerationId: reader.u8(at + 4),
    startBus: reader.u8(at + 5),
    path,
    usable: kind !== "unknown" && path.length > 0 && inRange && !odd,
  };
}
