import type { Json } from "../../../base/canonicalJson.ts";
import { hex } from "../hex.ts";
import type { AcpiHeader } from "./header.ts";
import { headerFacts } from "./headerFacts.ts";

/** The kinds of interrupt controllers whose registers a MADT gives. */
export type InterruptControllerKind =
  | "local-apic"
  | "ioapic"
  | "iosapic"
  | "gic-cpu-interface"
  | "gic-virtual-cpu-interface"
  | "gic-hypervisor-interface"
  | "gic-distributor"
  | "gic-redistributor"
  | "gic-msi-frame"
  | "gic-its";

/** Registers of an interrupt controller, as long as its kind has them where the table does not say. */
export interface InterruptController {
  readonly kind: InterruptControllerKind;
  readonly base: bigint;
  readonly length: bigint;
}

/** One structure: what is known of its type, and the registers it gives. */
export interface MadtStructure {
  readonly typeCode: number;
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** The id it gives its controller, where it is one that has an id. */
  readonly id: number | null;
  readonly controllers: readonly InterruptController[];
}

/** The interrupt controllers of a machine (signature `APIC`). It says nothing of IOMMUs. */
export interface MadtTable {
  readonly kind: "APIC";
  readonly header: AcpiHeader;
  /** As the header has it; 0 on most Arm machines. */
  readonly localApicAddress: number;
  readonly flags: number;
  readonly structures: readonly MadtStructure[];
}

/** A page: of controllers with small register files. */
export const PAGE = 0x1000n;

/** The interrupt controllers with their registers, each once. */
export function interruptControllers(table: MadtTable): readonly InterruptController[] {
  const own = table.structures.flatMap(({ controllers }) => controllers);
  // The header's address counts where there are local APICs, and no structure gives another (type 5).
  const hasLocal = table.structures.some(({ typeCode }) => typeCode === 0 || typeCode === 9);
  const isReplaced = own.some(({ kind }) => kind === "local-apic");
  const local: InterruptController[] =
    hasLocal && !isReplaced && table.localApicAddress !== 0
      ? [{ kind: "local-apic", base: BigInt(table.localApicAddress), length: PAGE }]
      : [];
  const seen = new Map([...local, ...own].map((each) => [`${each.kind} ${each.base}`, each]));
  return [...seen.values()];
}

/** A MADT as `smmu inspect` tells it; of structures without registers the type and the place. */
export function madtFacts(table: MadtTable): Json {
  return {
    ...headerFacts(table.header),
    localApicAddress: hex(table.localApicAddress),
    flags: hex(table.flags, 8),
    structures: table.structures.map(({ typeCode, name, offset, length, id, controllers }) => ({
      type: name,
      typeCode,
      offset,
      length,
      ...(id === null ? {} : { id }),
      ...(controllers.length === 0 ? {} : { controllers: controllers.map(controllerFacts) }),
    })),
  };
}

function controllerFacts({ kind, base, length }: InterruptController): Json {
  return { kind, base: hex(base), length: hex(length) };
}
