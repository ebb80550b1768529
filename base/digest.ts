import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "./canonicalJson.ts";

/** SHA-256 in lower-case hex, 64 digits. */
export type Digest = string;

/** The digest before the first block of a chain. */
export const DIGEST_ZERO: Digest = "0".repeat(64);

/** SHA-256 over the parts, one after another; strings as UTF-8. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Digest {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** The digest of a value's canonical JSON. */
export function digestOf(value: Json): Digest {
  return sha256(canonicalJson(value));
}
