import { quote } from "../../../base/diagnostic.ts";
import { ByteReader } from "../byteReader.ts";
import type { Findings, TextPlace } from "../findings.ts";
import { hex } from "../hex.ts";
import { looksLikeAcpidump, readAcpidump } from "./acpidumpText.ts";
import type { DmarTable } from "./dmar.ts";
import { checkDmar } from "./dmarChecks.ts";
import { readDmar } from "./dmarReader.ts";
import {
  ACPI_HEADER_LENGTH,
  type AcpiSignature,
  isAcpiSignature,
  isIommuSignature,
  readAcpiHeader,
  reportUnknownSignature,
} from "./header.ts";
import type { IortTable } from "./iort.ts";
import { checkIort } from "./iortChecks.ts";
import { readIort } from "./iortReader.ts";
import type { IvrsTable } from "./ivrs.ts";
import { checkIvrs } from "./ivrsChecks.ts";
import { readIvrs } from "./ivrsReader.ts";
import type { MadtTable } from "./madt.ts";
import { readMadt } from "./madtReader.ts";
import { type McfgTable, readMcfg } from "./mcfg.ts";

/** A table that describes IOMMUs. */
export type AcpiTable = DmarTable | IortTable | IvrsTable;
/** A table that says where something lies that no device may reach. */
export type PlaceTable = McfgTable | MadtTable;
/**
 * Which table about IOMMUs a file holds, `ACPI` for several; where there is none, the same of the tables of places, and
 * `unknown` where there is none of either.
 */
export type AcpiFileKind = AcpiSignature | "ACPI" | "unknown";

/** A file of ACPI tables: its kind counts refused tables too, `tables` and `places` hold those that were read. */
export interface AcpiFile {
  readonly kind: AcpiFileKind;
  readonly tables: readonly AcpiTable[];
  readonly places: readonly PlaceTable[];
}

/** The longest table; the longest real one of these kinds has a few KiB. */
export const ACPI_TABLE_LENGTH_MAX = 1024 * 1024;
/** The most tables of these kinds that one file may hold; a machine has one, perhaps two. */
export const TABLE_COUNT_MAX = 16;

const OTHER_NAMES_MAX = 64;

/** Reads one ACPI table, several of them one after another, or an `acpidump` text. */
export function readAcpiFile(bytes: Uint8Array, findings: Findings): AcpiFile {
  return looksLikeAcpidump(bytes) ? readDumpedTables(bytes, findings) : readBinaryTables(bytes, findings);
}

/** Which tables a file holds, read or refused; the names of the rest make one note. */
class SeenTables {
  readonly #kinds: AcpiSignature[] = [];
  readonly #others = new Set<string>();
  readonly #findings: Findings;
  readonly tables: AcpiTable[] = [];
  readonly places: PlaceTable[] = [];

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Notes a table of ours; false when there are too many of them to go on. */
  add(kind: AcpiSignature, place: TextPlace | null): boolean {
    if (this.#kinds.length === TABLE_COUNT_MAX) {
      this.#findings.addAtText("ACPI019", place, `more than ${TABLE_COUNT_MAX} tables; the rest is not read`);
      return false;
    }
    if (this.#kinds.includes(kind)) {
      this.#findings.addAtText(
        "ACPI015",
        place,
        `a second ${kind} table; an operating system reads the first`,
      );
    }
    this.#kinds.push(kind);
    return true;
  }

  /** Keeps a table that was read. */
  keep(table: AcpiTable | PlaceTable): void {
    if (table.kind === "MCFG" || table.kind === "APIC") this.places.push(table);
    else this.tables.push(table);
  }

  addOther(name: string): void {
    if (this.#others.size < OTHER_NAMES_MAX) this.#others.add(name);
  }

  file(): AcpiFile {
    const { tables, places } = this;
    const ours = this.#kinds.filter(isIommuSignature);
    const kinds = ours.length > 0 ? ours : this.#kinds;
    return { kind: kinds.length > 1 ? "ACPI" : (kinds[0] ?? "unknown"), tables, places };
  }

  /** Says what else the file holds, and that it holds nothing of ours. `text`: it is a text dump. */
  report(text: boolean): void {
    const names = quote([...this.#others].join(" "));
    const hint =
      "dump the DMAR, IORT or IVRS table; has this machine an IOMMU, and is it enabled in the firmware?";
    if (this.#kinds.length === 0) {
      if (this.#others.size === 1 && !text)
        return reportUnknownSignature([...this.#others][0]!, this.#findings);
      const others = this.#others.size === 0 ? "" : `, only ${names}`;
      return this.#findings.add("ACPI009", null, `no DMAR, IORT or IVRS table here${others}`, hint);
    }
    if (this.#others.size === 0) return;
    if (this.#kinds.some(isIommuSignature))
      this.#findings.add("ACPI007", null, `tables that say nothing about IOMMUs are not read: ${names}`);
    else {
      const message = `no DMAR, IORT or IVRS table here, only ${[...new Set(this.#kinds)].join(", ")} and, not read, ${names}`;
      this.#findings.add("ACPI020", null, message, hint);
    }
  }
}

function readDumpedTables(bytes: Uint8Array, findings: Findings): AcpiFile {
  const seen = new SeenTables(findings);
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
    if (!seen.add(kind, dumped.place)) break;
    const located = findings.located(dumped.locate);
    // Nothing is decided on a table of places, and in a text the other tables are found without it.
    const own = isIommuSignature(kind) ? located : located.aside();
    const table = readTable(dumped.bytes, own);
    if (table === null) continue;
    reportTrailing(dumped.bytes.length - table.header.length, table.header.length, own);
    seen.keep(table);
  }
  seen.report(true);
  return seen.file();
}

function readBinaryTables(bytes: Uint8Array, findings: Findings): AcpiFile {
  const seen = new SeenTables(findings);
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
    if (isAcpiSignature(signature) && !seen.add(signature, null)) break;
    const table = readTable(rest, findings);
    // What was refused has no length to go on by; a file of no table at all has been called so.
    if (table === null) return seen.file();
    seen.keep(table);
    at += table.header.length;
  } while (at < bytes.length);
  seen.report(false);
  return seen.file();
}

/** The length of a whole table of another kind at the start of `reader`, or null when there is none. */
function otherTableLength(reader: ByteReader): number | null {
  if (!reader.has(0, ACPI_HEADER_LENGTH)) return null;
  const signature = reader.text(0, 4);
  if (isAcpiSignature(signature) || !/^[A-Z0-9_!]{4}$/.test(signature)) return null;
  const length = reader.u32(4);
  return length >= ACPI_HEADER_LENGTH && reader.has(0, length) ? length : null;
}

function readTable(bytes: Uint8Array, findings: Findings): AcpiTable | PlaceTable | null {
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
    case "MCFG":
      return readMcfg(reader, header, findings.aside());
    case "APIC":
      return readMadt(reader, header, findings.aside());
  }
}

function reportTrailing(count: number, at: number, findings: Findings): void {
  if (count > 0)
    findings.add("ACPI005", at, `${count} bytes after the table's end at ${hex(at)} are ignored`);
}
