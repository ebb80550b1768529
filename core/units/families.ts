import type { Family } from "../../events/vocabulary/family.ts";
import { AMDVI } from "./amdvi.ts";
import { IDEAL } from "./ideal.ts";
import { IPMMU } from "./ipmmu.ts";
import { SMMUV2 } from "./smmuv2.ts";
import { SMMUV3 } from "./smmuv3.ts";
import type { UnitRules } from "./unitRules.ts";
import { VTD } from "./vtd.ts";

const RULES: { readonly [family in Family]: UnitRules } = {
  vtd: VTD,
  smmuv2: SMMUV2,
  smmuv3: SMMUV3,
  ipmmu: IPMMU,
  amdvi: AMDVI,
  ideal: IDEAL,
};

/** The rules of a family. */
export function rulesOf(family: Family): UnitRules {
  return RULES[family];
}
