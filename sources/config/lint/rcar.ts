import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { hex } from "../numbers.ts";
import { formatPlace } from "../origin.ts";
import { problem } from "../problem.ts";
import type { LintSubject } from "./subject.ts";

/** R-Car units that cannot be what they say: two with one status bit (RCR-3), or one in the place of the main IPMMU (RCR-1). */
export function rcarUnits({ config }: LintSubject): Diagnostic[] {
  const main = config.smmu?.parameters;
  if (main?.type !== "rcar3") return [];
  const byBit = new Map<number, (typeof config.units)[number]>();
  return config.units.flatMap((unit) => {
    const { name, parameters, origin } = unit;
    if (parameters.type !== "rcar3") return [];
    const found: Diagnostic[] = [];
    const other = byBit.get(parameters.statusBit);
    if (other === undefined) byBit.set(parameters.statusBit, unit);
    else {
      const message = `unit ${quote(name)} has interrupt status bit ${parameters.statusBit}, and so has ${quote(other.name)} (${formatPlace(other.origin)}): a fault of one is taken for the other's (RCR-3)`;
      const hint = "each unit has a bit of its own; the hardware manual lists them";
      found.push(problem("CFG625", origin, message, hint));
    }
    if (parameters.base === main.base) {
      const message = `unit ${quote(name)} is at ${hex(main.base)}, where smmu rcar3 has the main memory's IPMMU (RCR-1)`;
      const hint = "correct one of the two addresses: a unit has registers of its own";
      found.push(problem("CFG626", origin, message, hint));
    }
    return found;
  });
}
