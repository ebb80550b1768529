import type { Family } from "../../events/vocabulary/family.ts";

/** The families of the `smmu` types that are known (CMP-2); another type takes the board's units as they are. */
export const FAMILY_OF_TYPE: { readonly [type: string]: Family } = {
  vtd: "vtd",
  armsmmu: "smmuv2",
  rcar3: "ipmmu",
};
