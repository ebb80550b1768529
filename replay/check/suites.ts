import { LEVEL_PROPERTIES } from "../../core/properties/levels.ts";
import { OWNERSHIP_PROPERTIES } from "../../core/properties/ownership.ts";
import type { SafetyProperty } from "../../core/properties/property.ts";
import { REFERENCE_PROPERTIES } from "../../core/properties/reference.ts";
import { SERVICE_PROPERTIES } from "../../core/properties/service.ts";
import { STARTUP_PROPERTIES } from "../../core/properties/startup.ts";
import { TABLE_PROPERTIES } from "../../core/properties/tables.ts";
import { TRANSFER_PROPERTIES } from "../../core/properties/transfers.ts";
import { VM_PROPERTIES } from "../../core/properties/vms.ts";
import { PROPERTIES } from "../../core/properties.ts";

/** The sentences by what they are about. */
export const SUITES: { readonly [suite: string]: readonly SafetyProperty[] } = {
  all: PROPERTIES,
  transfers: TRANSFER_PROPERTIES,
  ownership: OWNERSHIP_PROPERTIES,
  service: SERVICE_PROPERTIES,
  vms: VM_PROPERTIES,
  reference: REFERENCE_PROPERTIES,
  startup: STARTUP_PROPERTIES,
  levels: LEVEL_PROPERTIES,
  tables: TABLE_PROPERTIES,
};
