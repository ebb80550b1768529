import { OWNERSHIP_PROPERTIES } from "../../core/properties/ownership.ts";
import type { SafetyProperty } from "../../core/properties/property.ts";
import { SERVICE_PROPERTIES } from "../../core/properties/service.ts";
import { TRANSFER_PROPERTIES } from "../../core/properties/transfers.ts";
import { PROPERTIES } from "../../core/properties.ts";

/** The sentences by what they are about. */
export const SUITES: { readonly [suite: string]: readonly SafetyProperty[] } = {
  all: PROPERTIES,
  transfers: TRANSFER_PROPERTIES,
  ownership: OWNERSHIP_PROPERTIES,
  service: SERVICE_PROPERTIES,
};
