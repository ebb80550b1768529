import type { Diagnostic } from "../../base/diagnostic.ts";
import { quote } from "../../base/diagnostic.ts";
import { looksLikeAcpidump, readAcpidump } from "./acpi/acpidumpText.ts";
import { type DmarTable, readDmar } from "./acpi/dmar.ts";
import { checkDmar } from "./acpi/dmarChecks.ts";
import { ACPI_HEADER_LENGTH, type AcpiSignature, isAcpiSignature, readAcpiHeader } from "./acpi/header.ts";
import { type IortTable, readIort } from "./acpi/iort.ts";
import { checkIort } from "./acpi/iortChecks.ts";
import { type IvrsTable, readIvrs } from "./acpi/ivrs.ts";
import { checkIvrs } from "./acpi/ivrsChecks.ts";
import { ByteReader } from "./byteReader.ts";
import { looksLikeDeviceTree } from "./fdt/blob.ts";
import { type DeviceTreeTable, readDeviceTree } from "./fdt/deviceTree.ts";
import { Findings, type TextPlace } from "./findings.ts";
import { hex } from "./hex.ts";

/** What firmware tells of the IOMMUs, in one table or blob. */
export type FirmwareTable = DmarTable | IortTable | IvrsTable | DeviceTreeTable;
/** What a file holds; `ACPI` for several tables or for none that could be told, `unknown` for something else. */
export type FirmwareKind = FirmwareTable["kind"] | "ACPI" | "unknown";

/** A firmware file as read: the tables that were not refused, and everything there was to say. */
export interface Firmware {
  readonly kind: FirmwareKind;
  readonly tables: readonly FirmwareTable[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The longest file, in bytes: acpidump texts of whole machines have 1 to 4 MB. */
export const FILE_LENGTH_MAX = 32 * 1024 * 1024;
/** The longest ACPI table; the longest real one of these kinds has a few KiB. */
export const ACPI_TABLE_LENGTH_MAX = 1024 * 1024;

/**
 * Reads a firmware file, whose format is told by its content: an ACPI table, several of them one after another, an
 * `acpidump` text, or a flattened device tree. `file` is its name for messages.
 */
export function readFirmware(bytes: Uint8Array, file: string): Firmware {
  const findings = new Findings(file);
  const done = (kind: FirmwareKind, tables: readonly FirmwareTable[]): Firmware => {
    return { kind, tables, diagnostics: findings.list() };
  };
  if (bytes.length > FILE_LENGTH_MAX) {
    findings.add("ACPI013", null, `${bytes.length} bytes are more than the ${FILE_LENGTH_MAX} that are read`);
    return done("unknown", []);
  }
  if (looksLikeDeviceTree(bytes)) {
    const tree = readDeviceTree(bytes, findings);
    return done("FDT", tree === null ? [] : [tree]);
  }
  const read = looksLikeAcpidump(bytes)
    ? readDumpedTables(bytes, findings)
    : readBinaryTables(bytes, findings);
  return done(read.seen.kind(), read.tables);
}

interface AcpiTables {
  readonly seen: SeenTables;
  readonly tables: readonly FirmwareTable[];
}

/** Which tables a file holds, read or refused; the names of the rest make one note. */
class SeenTables {
  readonly #kinds = new Set<AcpiSignature>();
  readonly #others = new Set<string>();
  #count = 0;
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(kind: AcpiSignature, place: TextPlace | null): void {
    if (this.#kinds.has(kind)) {
      this.#findings.addAtText(
        "ACPI015",
        place,
        `a second ${kind} table; an operating system reads the first`,
      );
    }
    this.#kinds.add(kind);
    this.#count += 1;
  }

  addOther(name: string): void {
    if (this.#others.size < OTHER_NAMES_MAX) this.#others.add(name);
  }

  kind(): FirmwareKind {
    if (this.#count > 1) return "ACPI";
    return [...this.#kinds][0] ?? "unknown";
  }

  /** Says what else the file holds, and that it holds nothing of ours. `text`: it is a text dump. */
  report(text: boolean): void {
    const names = quote([...this.#others].join(" "));
    if (this.#count > 0 && this.#others.size > 0) {
      this.#findings.add("ACPI007", null, `tables that say nothing about IOMMUs are not read: ${names}`);
    }
    if (this.#count === 0 && this.#others.size === 1 && !text) {
      reportUnknownSignature([...this.#others][0]!, this.#findings);
    } else if (this.#count === 0) {
      const hint =
        "dump the DMAR, IORT or IVRS table; has this machine an IOMMU, and is it enabled in the firmware?";
      const others = this.#others.size === 0 ? "" : `, only ${names}`;
      this.#findings.add("ACPI009", null, `no DMAR, IORT or IVRS table here${others}`, hint);
    }
  }
}

const OTHER_NAMES_MAX = 64;

function readDumpedTables(bytes: Uint8Array, findings: Findings): AcpiTables {
  const seen = new SeenTables(findings);
  const tables: FirmwareTable[] = [];
  for (const dumped of readAcpidump(bytes, findings)) {
    const reader = new ByteReader(dumped.bytes, "little");
    const signature = reader.has(0, 4) ? reader.text(0, 4) : "";
    const kind = [signature, dumped.name ?? ""].find(isAcpiSignature);
    if (kind === undefined) {
      seen.addOther(dumped.name ?? signature);
      continue;
    }
    if (dumped.name !== null && dumped.name !== signature) {
      const message = `the dump calls this table ${quote(dumped.name)}, its signature is ${quote(signature)}`;
      findings.addAtText("ACPI016", dumped.place, message);
    }
    seen.add(kind, dumped.place);
    const own = findings.located(dumped.locate);
    const table = readTable(dumped.bytes, own);
    if (table === null) continue;
    reportTrailing(dumped.bytes.length - table.header.length, table.header.length, own);
    tables.push(table);
  }
  seen.report(true);
  return { seen, tables };
}

function readBinaryTables(bytes: Uint8Array, findings: Findings): AcpiTables {
  const seen = new SeenTables(findings);
  const tables: FirmwareTable[] = [];
  let at = 0;
  do {
    const rest = bytes.subarray(at);
    const reader = new ByteReader(rest, "little");
    const signature = reader.has(0, ACPI_HEADER_LENGTH) ? reader.text(0, 4) : "";
    const otherLength = otherTableLength(reader);
    if (otherLength !== null) {
      seen.addOther(signature);
      at += otherLength;
      continue;
    }
    if (at > 0 && !isAcpiSignature(signature)) {
      reportTrailing(rest.length, at, findings);
      break;
    }
    if (isAcpiSignature(signature)) seen.add(signature, null);
    const table = readTable(rest, findings);
    // What was refused has no length to go on by; a file of no table at all has been called so.
    if (table === null) return { seen, tables };
    tables.push(table);
    at += table.header.length;
  } while (at < bytes.length);
  seen.report(false);
  return { seen, tables };
}

/** The length of a whole table of another kind at the start of `reader`, or null when there is none. */
function otherTableLength(reader: ByteReader): number | null {
  if (!reader.has(0, ACPI_HEADER_LENGTH)) return null;
  const signature = reader.text(0, 4);
  if (isAcpiSignature(signature) || !/^[A-Z0-9_!]{4}$/.test(signature)) return null;
  const length = reader.u32(4);
  return length >= ACPI_HEADER_LENGTH && reader.has(0, length) ? length : null;
}

function readTable(bytes: Uint8Array, findings: Findings): DmarTable | IortTable | IvrsTable | null {
  const reader = new ByteReader(bytes, "little");
  const header = readAcpiHeader(reader, findings);
  if (header === null) return null;
  if (header.length > ACPI_TABLE_LENGTH_MAX) {
    findings.add(
      "ACPI014",
      4,
      `${header.length} bytes are more than the ${ACPI_TABLE_LENGTH_MAX} of a credible table`,
    );
    return null;
  }
  switch (header.signature) {
    case "DMAR": {
      const table = readDmar(reader, header, findings);
      checkDmar(table, findings);
      return table;
    }
    case "IORT": {
      const table = readIort(reader, header, findings);
      checkIort(table, findings);
      return table;
    }
    case "IVRS": {
      const table = readIvrs(reader, header, findings);
      checkIvrs(table, findings);
      return table;
    }
  }
}

function reportTrailing(count: number, at: number, findings: Findings): void {
  if (count > 0)
    findings.add("ACPI005", at, `${count} bytes after the table's end at ${hex(at)} are ignored`);
}
