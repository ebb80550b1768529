import type { Pages } from "./pages.ts";

/**
 * What lies at an address. `memory` is plain memory; `asinfo` an entry of the system page that is a region of its own; `firmware`
 * memory that firmware keeps for itself.
 */
export type ZoneKind =
  | "image"
  | "ecam"
  | "interrupts"
  | "unit"
  | "device"
  | "memory"
  | "asinfo"
  | "firmware"
  | "msi";

/** A stretch of the board's address space. `told` says who describes it, for messages. */
export interface Zone extends Pages {
  readonly kind: ZoneKind;
  readonly name: string;
  readonly told: string;
}
