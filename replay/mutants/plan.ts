import type { Hunt } from "./hunt.ts";

/**
 * How a mutant is looked for: a few random lives, small models to their end, then many lives. The same for each of them,
 * so that none is caught by a hunt that was made for it alone.
 */
export const HUNTS: readonly Hunt[] = [
  { by: "check", runs: 2_000, seed: 1 },
  { by: "explore", model: "dss", sizes: { pages: 1 } },
  { by: "explore", model: "ownership", sizes: {} },
  { by: "explore", model: "guests", sizes: {} },
  ...Array.from({ length: 12 }, (_, board): Hunt => ({ by: "explore", model: "boards", sizes: { board } })),
  ...[0, 3].flatMap((family): Hunt[] => [
    { by: "explore", model: "devices", sizes: { family } },
    { by: "explore", model: "bytes", sizes: { family } },
    { by: "explore", model: "edges", sizes: { family } },
  ]),
  { by: "check", runs: 20_000, seed: 2 },
];
