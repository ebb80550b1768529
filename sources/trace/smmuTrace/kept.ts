import type { Json } from "../../../base/canonicalJson.ts";
import { quote } from "../../../base/diagnostic.ts";
import { FieldError } from "./fields.ts";

/** How deep a value that we keep may nest: what prints it later recurses. */
export const KEPT_DEPTH_MAX = 32;

/** A value that we keep without knowing it; refuses what cannot be printed again as it was. */
export function kept(field: string, value: unknown): Json {
  const trouble = troubleOf(value, KEPT_DEPTH_MAX);
  if (trouble === null) return value as Json;
  throw new FieldError(
    "TRC113",
    field,
    `the value of ${quote(field)} ${trouble}`,
    "simplify or leave it out",
  );
}

/** Why a parsed value cannot be kept, or null. */
export function troubleOf(value: unknown, depthLeft: number): string | null {
  if (typeof value === "number" && !Number.isFinite(value)) return "holds a number that is too large";
  if (typeof value !== "object" || value === null) return null;
  if (depthLeft === 0) return `is nested more than ${KEPT_DEPTH_MAX} deep`;
  for (const member of Object.values(value)) {
    const trouble = troubleOf(member, depthLeft - 1);
    if (trouble !== null) return trouble;
  }
  return null;
}
