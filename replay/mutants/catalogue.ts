import { FAULT_MUTANTS } from "./catalogue/faults.ts";
import { GUEST_MUTANTS } from "./catalogue/guests.ts";
import { MAPPING_MUTANTS } from "./catalogue/mappings.ts";
import { OWNERSHIP_MUTANTS } from "./catalogue/ownership.ts";
import { SERVICE_MUTANTS } from "./catalogue/service.ts";
import { STARTUP_GRANT_MUTANTS } from "./catalogue/startupGrants.ts";
import { TABLE_MUTANTS } from "./catalogue/tables.ts";
import { TRANSFER_MUTANTS } from "./catalogue/transfers.ts";
import type { Mutant } from "./mutant.ts";

/** Every mutant, by what it bends. */
export const MUTANTS: readonly Mutant[] = [
  ...TRANSFER_MUTANTS,
  ...TABLE_MUTANTS,
  ...OWNERSHIP_MUTANTS,
  ...MAPPING_MUTANTS,
  ...FAULT_MUTANTS,
  ...SERVICE_MUTANTS,
  ...STARTUP_GRANT_MUTANTS,
  ...GUEST_MUTANTS,
];
