import { unreachable } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { dmarFacts } from "./acpi/dmarFacts.ts";
import { iortFacts } from "./acpi/iortFacts.ts";
import { ivrsFacts } from "./acpi/ivrsFacts.ts";
import { deviceTreeFacts } from "./fdt/facts.ts";
import { type FirmwareKind, type FirmwareTable, readFirmware } from "./firmware.ts";

/** What `smmu inspect` says of a file. */
export interface Inspection {
  /** The facts of its table; `{"tables": [...]}` where there are several; null where none could be read. */
  readonly facts: Json;
  readonly kind: FirmwareKind;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Decodes a firmware table, several of them, or a device-tree blob. Beside an error diagnostic the facts are what could be
 * read of a damaged table: good to look at, not to rely on.
 */
export function inspectTable(bytes: Uint8Array, file: string): Inspection {
  const { kind, tables, diagnostics } = readFirmware(bytes, file);
  const facts = tables.map(factsOf);
  return { facts: facts.length > 1 ? { tables: facts } : (facts[0] ?? null), kind, diagnostics };
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
