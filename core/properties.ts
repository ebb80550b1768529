import { LEVEL_PROPERTIES } from "./properties/levels.ts";
import { OWNERSHIP_PROPERTIES } from "./properties/ownership.ts";
import type { SafetyProperty } from "./properties/property.ts";
import { REFERENCE_PROPERTIES } from "./properties/reference.ts";
import { SERVICE_PROPERTIES } from "./properties/service.ts";
import { STARTUP_PROPERTIES } from "./properties/startup.ts";
import { TABLE_PROPERTIES } from "./properties/tables.ts";
import { TRANSFER_PROPERTIES } from "./properties/transfers.ts";
import { VM_PROPERTIES } from "./properties/vms.ts";

/** The sentences that every run of the machine is held to (docs/properties.md). */
export const PROPERTIES: readonly SafetyProperty[] = [
  ...TRANSFER_PROPERTIES,
  ...OWNERSHIP_PROPERTIES,
  ...SERVICE_PROPERTIES,
  ...VM_PROPERTIES,
  ...REFERENCE_PROPERTIES,
  ...STARTUP_PROPERTIES,
  ...LEVEL_PROPERTIES,
  ...TABLE_PROPERTIES,
];
