import type { Severity } from "../../base/diagnostic.ts";

/** What is fixed about a code: how bad it is unless the finding says otherwise, what it says, and the gap it rests on. */
export interface LintCodeInfo {
  readonly severity: Severity;
  readonly title: string;
  readonly gap?: string;
}

/** Every finding of a configuration held against a board; docs/diagnostics-board-lint.md explains each, with an example. */
export const LINT_CODES = {
  LNT001: { severity: "note", title: "checks skipped" },
  LNT002: { severity: "note", title: "too large to check" },
  // Memory that a grant opens.
  LNT101: { severity: "error", title: "grant on the OS image" },
  LNT102: { severity: "error", title: "grant on PCI configuration space" },
  LNT103: { severity: "error", title: "grant on the registers of a unit" },
  LNT104: { severity: "error", title: "grant on an interrupt controller" },
  LNT105: { severity: "warning", title: "grant on the registers of a device" },
  LNT106: { severity: "warning", title: "grant outside memory" },
  LNT107: { severity: "error", title: "range past the host address width" },
  LNT108: { severity: "error", title: "range past the address width of the unit" },
  LNT109: { severity: "warning", title: "grant cuts through an asinfo entry" },
  LNT110: { severity: "note", title: "grant uses part of an asinfo entry" },
  LNT111: { severity: "warning", title: "reserved region of the board not covered by a grant" },
  LNT112: { severity: "error", title: "reserved region of the board dropped", gap: "G-10" },
  LNT113: { severity: "warning", title: "reserved region of the board shadowed", gap: "G-10" },
  LNT114: { severity: "warning", title: "reserved region that another device can write" },
  LNT115: { severity: "warning", title: "grant on the interrupt range of VT-d" },
  LNT116: { severity: "warning", title: "grant on memory that firmware keeps" },
  // Devices.
  LNT201: { severity: "error", title: "device that no unit controls", gap: "G-1" },
  LNT202: { severity: "warning", title: "PCI function unknown to the board" },
  LNT203: { severity: "warning", title: "MMIO device unknown to the board" },
  LNT204: { severity: "warning", title: "unit of a device cannot be told" },
  LNT205: { severity: "warning", title: "unit other than the board's" },
  LNT206: { severity: "warning", title: "identifier other than the board's" },
  LNT207: { severity: "error", title: "shared identifier, different grants", gap: "G-14" },
  LNT208: { severity: "error", title: "identifier of the board is reserved" },
  LNT209: { severity: "note", title: "device of the board not configured", gap: "G-33" },
  // Units and the chip.
  LNT301: { severity: "warning", title: "unit address that is not the board's" },
  LNT302: { severity: "error", title: "units of another family" },
  LNT303: { severity: "error", title: "ACPI required and no unit described" },
  LNT304: { severity: "error", title: "no unit at all", gap: "G-1" },
  LNT305: { severity: "error", title: "chip not in the list", gap: "G-22" },
  LNT306: { severity: "note", title: "chip not known", gap: "G-22" },
  LNT307: { severity: "error", title: "firmware is damaged" },
  LNT308: { severity: "warning", title: "unit of the board that nothing drives" },
  // Libraries and certification.
  LNT401: { severity: "error", title: "library missing on the board" },
  LNT402: { severity: "error", title: "library that cannot be loaded" },
  LNT403: { severity: "error", title: "library not certified", gap: "G-6" },
  LNT404: { severity: "error", title: "component not certified", gap: "G-6" },
  LNT405: { severity: "error", title: "libfdt.so missing in an ARM guest" },
  LNT406: { severity: "error", title: "service runs already", gap: "G-44" },
  // Guests.
  LNT501: { severity: "error", title: "no vdev-smmu in the virtual machine" },
  LNT502: { severity: "error", title: "no service in the host", gap: "G-2" },
  LNT503: { severity: "error", title: "virtual machine not attached", gap: "G-2" },
  LNT504: { severity: "error", title: "vdev-smmu does not answer", gap: "G-2" },
  LNT505: { severity: "error", title: "component of the host not certified" },
  LNT506: { severity: "note", title: "read as in a guest" },
  // The start-up as a whole.
  LNT901: { severity: "error", title: "start-up ends in the DSS" },
} as const satisfies { readonly [code: string]: LintCodeInfo };

/** One of {@link LINT_CODES}. */
export type LintCode = keyof typeof LINT_CODES;
