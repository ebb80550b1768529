import type { Brand } from "../../base/brand.ts";

/** A set of rights: bit 0 read, bit 1 write, bit 2 execute (the values of SMF_READ, SMF_WRITE, SMF_EXEC: API 9.2). */
export type Access = Brand<number, "Access">;

/** What one transfer does. */
export type TransferAccess = "r" | "w";

/** No rights: SMF_NONE. */
export const NO_ACCESS = 0 as Access;
/** Read. */
export const READ = 1 as Access;
/** Write. */
export const WRITE = 2 as Access;
/** Execute. */
export const EXECUTE = 4 as Access;
/** Read and write. */
export const READ_WRITE = 3 as Access;

const LETTERS = ["", "r", "w", "rw", "x", "rx", "wx", "rwx"] as const;

/** The rights that a join of `r`, `w`, `x` names, each at most once, in any order; null for anything else or nothing. */
export function parseAccess(text: string): Access | null {
  let bits = 0;
  for (const letter of text) {
    const bit = letter === "r" ? READ : letter === "w" ? WRITE : letter === "x" ? EXECUTE : 0;
    if (bit === 0 || bits & bit) return null;
    bits |= bit;
  }
  return bits === 0 ? null : (bits as Access);
}

/** Canonical text: letters in the order `rwx`; empty for no rights. */
export function formatAccess(access: Access): string {
  return LETTERS[access] ?? "?";
}

/** The one right that a transfer needs. */
export function neededAccess(access: TransferAccess): Access {
  return access === "r" ? READ : WRITE;
}

/** All rights of both. */
export function unionAccess(a: Access, b: Access): Access {
  return (a | b) as Access;
}

/** Only the rights that both have: levels can only shrink (HV-13). */
export function intersectAccess(a: Access, b: Access): Access {
  return (a & b) as Access;
}

/** True when `held` has every right of `needed`. */
export function covers(held: Access, needed: Access): boolean {
  return (held & needed) === needed;
}
