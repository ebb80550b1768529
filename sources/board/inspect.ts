import { unreachable } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { PlaceTable } from "./acpi/acpiFile.ts";
import { dmarFacts } from "./acpi/dmarFacts.ts";
import { iortFacts } from "./acpi/iortFacts.ts";
import { ivrsFacts } from "./acpi/ivrsFacts.ts";
import { madtFacts } from "./acpi/madt.ts";
import { mcfgFacts } from "./acpi/mcfg.ts";
import { deviceTreeFacts } from "./fdt/facts.ts";
import { type FirmwareKind, type FirmwareTable, readFirmware } from "./firmware.ts";

/** What `smmu inspect` says of a file. */
export interface Inspection {
  /**
   * The facts of its table about IOMMUs; `{"tables": [...]}` where there are several; the same of its MCFG and MADT where it
   * holds no other; null where none could be read.
   */
  readonly facts: Json;
  /** The facts of the MCFG and MADT that stand beside tables about IOMMUs, as in the dump of a whole machine. */
  readonly alongside: readonly Json[];
  readonly kind: FirmwareKind;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Decodes a firmware table, several of them, or a device-tree blob. Beside an error diagnostic the facts are what could be
 * read of a damaged table: good to look at, not to rely on.
 */
export function inspectTable(bytes: Uint8Array, file: string): Inspection {
  const { kind, tables, places, diagnostics } = readFirmware(bytes, file);
  const own = tables.map(factsOf);
  const others = places.map(placeFacts);
  if (own.length === 0) return { facts: together(others), alongside: [], kind, diagnostics };
  return { facts: together(own), alongside: others, kind, diagnostics };
}

function together(facts: readonly Json[]): Json {
  return facts.length > 1 ? { tables: facts } : (facts[0] ?? null);
}

function placeFacts(table: PlaceTable): Json {
  return table.kind === "MCFG" ? mcfgFacts(table) : madtFacts(table);
}

function factsOf(table: FirmwareTable): Json {
  switch (table.kind) {
    case "DMAR":
      return dmarFacts(table);
    case "IORT":
      return iortFacts(table);
    case "IVRS":
      return ivrsFacts(table);
    case "FDT":
      return deviceTreeFacts(table);
    default:
      return unreachable(table);
  }
}
