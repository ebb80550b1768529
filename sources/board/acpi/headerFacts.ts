import type { Json } from "../../../base/canonicalJson.ts";
import { hex } from "../hex.ts";
import type { AcpiHeader } from "./header.ts";

/** The members that every ACPI table's facts begin with. */
export function headerFacts(header: AcpiHeader): { readonly [key: string]: Json } {
  return {
    signature: header.signature,
    length: header.length,
    revision: header.revision,
    checksum: hex(header.checksum, 2),
    oemId: header.oemId,
    oemTableId: header.oemTableId,
    oemRevision: header.oemRevision,
    aslCompilerId: header.compilerId,
    aslCompilerRevision: hex(header.compilerRevision, 8),
  };
}
