/** The unit families whose judgement is known (contract 2); `ideal` permits what is granted and nothing else. */
export const FAMILIES = ["vtd", "smmuv2", "smmuv3", "ipmmu", "amdvi", "ideal"] as const;
/** One unit family. */
export type Family = (typeof FAMILIES)[number];

/** The family that a text names, or null. */
export function parseFamily(text: unknown): Family | null {
  return FAMILIES.find((family) => family === text) ?? null;
}
