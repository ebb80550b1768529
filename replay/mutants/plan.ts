import type { Hunt } from "./hunt.ts";

/**
 * How a mutant is looked for, cheapest first: small models to their end, then many random lives. The same for each of
 * them, so that none is caught by a hunt that was made for it alone.
 */
export const HUNTS: readonly Hunt[] = [
  { by: "explore", model: "dss", sizes: { pages: 1 } },
  { by: "explore", model: "ownership", sizes: {} },
  { by: "check", runs: 1_000, seed: 1 },
  { by: "check", runs: 20_000, seed: 2 },
];
