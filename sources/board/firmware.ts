import type { Diagnostic } from "../../base/diagnostic.ts";
import { type AcpiFileKind, type AcpiTable, type PlaceTable, readAcpiFile } from "./acpi/acpiFile.ts";
import { looksLikeDeviceTree } from "./fdt/blob.ts";
import { type DeviceTreeTable, readDeviceTree } from "./fdt/deviceTree.ts";
import { Findings } from "./findings.ts";

/** What firmware tells of the IOMMUs, in one table or blob. */
export type FirmwareTable = AcpiTable | DeviceTreeTable;
/** What a file holds; `ACPI` for several tables, `unknown` for something else. */
export type FirmwareKind = AcpiFileKind | DeviceTreeTable["kind"];

/** A firmware file as read: the tables that were not refused, and everything there was to say. */
export interface Firmware {
  readonly kind: FirmwareKind;
  readonly tables: readonly FirmwareTable[];
  /** Tables that say where interrupt controllers and PCI configuration space are; empty for a device tree, which says it itself. */
  readonly places: readonly PlaceTable[];
  /** The errors of what tells of IOMMUs: with one, firmware is not to be relied on. */
  readonly damage: readonly Diagnostic[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The longest file, in bytes: acpidump texts of whole machines have 1 to 4 MB. */
export const FILE_LENGTH_MAX = 16 * 1024 * 1024;

/**
 * Reads a firmware file, whose format is told by its content: an ACPI table, several of them one after another, an
 * `acpidump` text, or a flattened device tree. `file` is its name for messages.
 */
export function readFirmware(bytes: Uint8Array, file: string): Firmware {
  const findings = new Findings(file);
  const as = (kind: FirmwareKind, tables: readonly FirmwareTable[], places: readonly PlaceTable[]) => {
    return { kind, tables, places, damage: findings.damage(), diagnostics: findings.list() };
  };
  if (bytes.length > FILE_LENGTH_MAX) {
    findings.add("ACPI013", null, `${bytes.length} bytes are more than the ${FILE_LENGTH_MAX} that are read`);
    return as("unknown", [], []);
  }
  if (looksLikeDeviceTree(bytes)) {
    const tree = readDeviceTree(bytes, findings);
    return as("FDT", tree === null ? [] : [tree], []);
  }
  const { kind, tables, places } = readAcpiFile(bytes, findings);
  return as(kind, tables, places);
}
