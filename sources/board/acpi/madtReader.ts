import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { AcpiHeader } from "./header.ts";
import { type InterruptController, type MadtStructure, type MadtTable, PAGE } from "./madt.ts";

const STRUCTURES_AT = 44;
const STRUCTURE_HEADER = 2;

interface StructureType {
  readonly name: string;
  /** The least length, its header included: what is read must exist. */
  readonly fixed: number;
}

// ACPI 6.5, table 5.21; of those after 0x10 only RISC-V and LoongArch machines have any, and none gives registers that count here.
const TYPES: readonly StructureType[] = [
  { name: "local-apic", fixed: 8 },
  { name: "ioapic", fixed: 12 },
  { name: "interrupt-override", fixed: 10 },
  { name: "nmi-source", fixed: 8 },
  { name: "local-apic-nmi", fixed: 6 },
  { name: "local-apic-address", fixed: 12 },
  { name: "iosapic", fixed: 16 },
  { name: "local-sapic", fixed: 12 },
  { name: "platform-interrupt", fixed: 16 },
  { name: "local-x2apic", fixed: 16 },
  { name: "local-x2apic-nmi", fixed: 12 },
  { name: "gic-cpu-interface", fixed: 40 },
  { name: "gic-distributor", fixed: 24 },
  { name: "gic-msi-frame", fixed: 24 },
  { name: "gic-redistributor", fixed: 16 },
  { name: "gic-its", fixed: 20 },
  { name: "multiprocessor-wakeup", fixed: 16 },
];

// Register files as long as the architecture makes them: GICv2 pages, GICv3 frames of 64 KiB.
const FRAME = 0x10000n;
const GICV2_CPU_INTERFACE = 2n * PAGE;

/** Reads the body of a MADT whose header was accepted. Structures that cannot be read are reported and left out. */
export function readMadt(reader: ByteReader, header: AcpiHeader, findings: Findings): MadtTable {
  const structures: MadtStructure[] = [];
  let at = STRUCTURES_AT;
  while (at < header.length) {
    const length = structureLength(reader, at, header.length, findings);
    if (length === null) break;
    const structure = readStructure(reader, at, length, findings);
    if (structure !== null) structures.push(structure);
    at += length;
  }
  return {
    kind: "APIC",
    header,
    localApicAddress: reader.u32(36),
    flags: reader.u32(40),
    structures,
  };
}

function structureLength(reader: ByteReader, at: number, end: number, findings: Findings): number | null {
  if (at + STRUCTURE_HEADER > end) {
    findings.add("MADT001", at, "one byte is too few for another structure; reading stops here");
    return null;
  }
  const length = reader.u8(at + 1);
  if (length < STRUCTURE_HEADER) {
    const message = `structure length ${length} is less than its own header of ${STRUCTURE_HEADER}; reading stops here`;
    findings.add("MADT001", at, message);
    return null;
  }
  if (at + length > end) {
    const message = `structure of ${length} bytes passes the end of the table by ${at + length - end}; reading stops here`;
    findings.add("MADT002", at, message);
    return null;
  }
  return length;
}

function readStructure(
  reader: ByteReader,
  at: number,
  length: number,
  findings: Findings,
): MadtStructure | null {
  const typeCode = reader.u8(at);
  const type = TYPES[typeCode];
  if (type === undefined) {
    // Types from 0x11 belong to other processors, those from 0x80 to the maker of the machine: both are told by their code.
    return { typeCode, name: `type-${hex(typeCode, 2)}`, offset: at, length, id: null, controllers: [] };
  }
  if (length < type.fixed) {
    const message = `${type.name} structure of ${length} bytes is shorter than its fixed part of ${type.fixed}; it is left out`;
    findings.add("MADT003", at, message);
    return null;
  }
  const controllers = controllersOf(reader, at, length, typeCode);
  if (typeCode === IOAPIC && controllers.length === 0)
    findings.add("MADT004", at, "the I/O APIC has register base 0");
  return { typeCode, name: type.name, offset: at, length, id: idOf(reader, at, typeCode), controllers };
}

const IOAPIC = 1;

function idOf(reader: ByteReader, at: number, typeCode: number): number | null {
  switch (typeCode) {
    case 0:
      return reader.u8(at + 3);
    case IOAPIC:
    case 6:
      return reader.u8(at + 2);
    case 9:
    case 11:
    case 12:
    case 13:
    case 15:
      return reader.u32(at + 4);
    default:
      return null;
  }
}

function controllersOf(
  reader: ByteReader,
  at: number,
  length: number,
  typeCode: number,
): InterruptController[] {
  const some = (kind: InterruptController["kind"], base: bigint, bytes: bigint): InterruptController[] =>
    base === 0n ? [] : [{ kind, base, length: bytes }];
  const later = (offset: number): bigint => (offset + 8 <= length ? reader.u64(at + offset) : 0n);
  switch (typeCode) {
    case IOAPIC:
      return some("ioapic", BigInt(reader.u32(at + 4)), PAGE);
    case 5:
      return some("local-apic", reader.u64(at + 4), PAGE);
    case 6:
      return some("iosapic", reader.u64(at + 8), PAGE);
    case 11:
      return [
        ...some("gic-cpu-interface", reader.u64(at + 32), GICV2_CPU_INTERFACE),
        ...some("gic-virtual-cpu-interface", later(40), GICV2_CPU_INTERFACE),
        ...some("gic-hypervisor-interface", later(48), PAGE),
        ...some("gic-redistributor", later(60), 2n * FRAME),
      ];
    case 12:
      // Version 3 and 4 have a frame of 64 KiB; what does not say its version is taken for a page, as GICv2 has it.
      return some("gic-distributor", reader.u64(at + 8), reader.u8(at + 20) >= 3 ? FRAME : PAGE);
    case 13:
      return some("gic-msi-frame", reader.u64(at + 8), PAGE);
    case 14: {
      const bytes = BigInt(reader.u32(at + 12));
      return some("gic-redistributor", reader.u64(at + 4), bytes === 0n ? 2n * FRAME : bytes);
    }
    case 15:
      return some("gic-its", reader.u64(at + 8), 2n * FRAME);
    default:
      return [];
  }
}
