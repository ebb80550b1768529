/**
 * Why a transfer was refused, common to all families (hardware 7). Each family maps its own codes onto these;
 * see core/units.
 */
export const REASON_CLASSES = [
  "unmapped", // nothing is granted on the page
  "permission", // something is granted, but not this access
  "not-granted", // VT-d 5 and 6 as recorded: the number does not tell unmapped from permission (hardware 1.4)
  "no-object", // the device is attached to no object, or its stream or context is unknown
  "address-size", // the address is wider than the unit or its table takes
  "interrupt-range", // not valid in the range the unit keeps for interrupts
  "disabled", // the unit or the stream is set to abort
  "config", // the device's or the unit's own table entry is bad
  "table", // a page table entry is bad or cannot be read
  "conflict", // two matches where one is allowed
  "blocked-translation", // an ATS translation request or translated request is not allowed
  "interrupt-remap", // not a DMA fault: interrupt remapping
  "invalidation", // not a DMA fault: the unit's own command failed
  "external", // the bus beyond the unit refused
  "dss", // the service is in its Design Safe State
  "unknown", // a code without a name
] as const;
/** One reason class. */
export type ReasonClass = (typeof REASON_CLASSES)[number];

/** The class that a text names, or null. */
export function parseReasonClass(text: unknown): ReasonClass | null {
  return REASON_CLASSES.find((reason) => reason === text) ?? null;
}
