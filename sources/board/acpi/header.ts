import { quote } from "../../../base/diagnostic.ts";
import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";

/** The ACPI tables that describe IOMMUs. */
export const IOMMU_SIGNATURES = ["DMAR", "IORT", "IVRS"] as const;
/** Those that say where PCI configuration space (MCFG) and interrupt controllers (MADT, signature `APIC`) are. */
export const PLACE_SIGNATURES = ["MCFG", "APIC"] as const;
/** All that are read. */
export const ACPI_SIGNATURES = [...IOMMU_SIGNATURES, ...PLACE_SIGNATURES] as const;
/** A table that describes IOMMUs. */
export type IommuSignature = (typeof IOMMU_SIGNATURES)[number];
/** A table that is read. */
export type AcpiSignature = (typeof ACPI_SIGNATURES)[number];

/** The header that every ACPI table begins with (tables 1). Texts as `acpiText` reads them. */
export interface AcpiHeader {
  readonly signature: AcpiSignature;
  /** Bytes of the whole table; no byte behind them belongs to it. */
  readonly length: number;
  readonly revision: number;
  readonly checksum: number;
  readonly oemId: string;
  readonly oemTableId: string;
  readonly oemRevision: number;
  readonly compilerId: string;
  readonly compilerRevision: number;
}

/** Bytes of the header. */
export const ACPI_HEADER_LENGTH = 36;

// Bytes before the first structure, node, block or entry (tables 2, 3, 4).
const FIXED_LENGTHS: Record<AcpiSignature, number> = { DMAR: 48, IORT: 48, IVRS: 48, MCFG: 44, APIC: 44 };

const KNOWN_REVISIONS: Record<AcpiSignature, readonly number[]> = {
  DMAR: [1, 2],
  IVRS: [1, 2, 3],
  // Revisions 1, 2 and 4 were withdrawn for errors in the specification; the layouts below still hold for them.
  IORT: [0, 3, 5, 6, 7],
  MCFG: [1],
  APIC: [1, 2, 3, 4, 5, 6, 7],
};

/** True for a signature that this tool reads. */
export function isAcpiSignature(text: string): text is AcpiSignature {
  return (ACPI_SIGNATURES as readonly string[]).includes(text);
}

/** True for the signature of a table that describes IOMMUs. */
export function isIommuSignature(text: string): text is IommuSignature {
  return (IOMMU_SIGNATURES as readonly string[]).includes(text);
}

/**
 * A fixed-size name field: up to its first NUL, with every unprintable byte shown as a space, as the ACPI reference
 * compiler prints it. Real tables hold any byte here (tables 1).
 */
export function acpiText(reader: ByteReader, at: number, length: number): string {
  const text = reader.textToNul(at, at + length) ?? reader.text(at, length);
  return text.replace(/[^\x20-\x7e]/g, " ");
}

/** Reads and checks the header of the table that starts the input, in the order of tables 1; null when it is refused. */
export function readAcpiHeader(reader: ByteReader, findings: Findings): AcpiHeader | null {
  if (!reader.has(0, ACPI_HEADER_LENGTH)) {
    const message = `${reader.length} bytes are too few for an ACPI table header of ${ACPI_HEADER_LENGTH}`;
    findings.add("ACPI001", null, message, "dump the table again; the file is cut off or empty");
    return null;
  }
  const signature = reader.text(0, 4);
  if (!isAcpiSignature(signature)) {
    reportUnknownSignature(signature, findings);
    return null;
  }
  const length = reader.u32(4);
  const fixed = FIXED_LENGTHS[signature];
  if (length < fixed) {
    const message = `${signature} says it is ${length} bytes long, but its fixed part alone has ${fixed}`;
    findings.add("ACPI003", 4, message);
    return null;
  }
  if (length > reader.length) {
    const message = `${signature} says it is ${length} bytes long, but only ${reader.length} are here`;
    findings.add("ACPI004", 4, message, "dump the table again; this copy is cut off");
    return null;
  }
  checkSum(reader, length, findings);
  const revision = reader.u8(8);
  if (!KNOWN_REVISIONS[signature].includes(revision)) {
    const message = `${signature} revision ${revision} is not one of ${KNOWN_REVISIONS[signature].join(", ")}`;
    findings.add(
      "ACPI008",
      8,
      message,
      "read as the layout of the known revisions; check the result by hand",
    );
  }
  return {
    signature,
    length,
    revision,
    checksum: reader.u8(9),
    oemId: acpiText(reader, 10, 6),
    oemTableId: acpiText(reader, 16, 8),
    oemRevision: reader.u32(24),
    compilerId: acpiText(reader, 28, 4),
    compilerRevision: reader.u32(32),
  };
}

/** Reports a table that is none of those that are read. */
export function reportUnknownSignature(signature: string, findings: Findings): void {
  const message = `signature ${quote(signature)} is not one of ${ACPI_SIGNATURES.join(", ")}`;
  const hint = "give the firmware table of the IOMMUs, an acpidump text or a device-tree blob";
  findings.add("ACPI002", 0, message, hint);
}

function checkSum(reader: ByteReader, length: number, findings: Findings): void {
  let sum = 0;
  for (const byte of reader.slice(0, length)) sum = (sum + byte) & 0xff;
  if (sum === 0) return;
  const right = (reader.u8(9) - sum) & 0xff;
  const message = `checksum ${hex(reader.u8(9), 2)} is wrong: ${hex(right, 2)} would make the bytes sum to 0`;
  findings.add("ACPI006", 9, message, "the copy or the firmware is damaged: do not trust the rest");
}
