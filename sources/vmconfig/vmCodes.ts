import type { Severity } from "../../base/diagnostic.ts";

/** Every diagnostic of qvm configurations; docs/diagnostics-vms.md explains each, with an example. */
export const VM_CODES = {
  QVM001: { severity: "warning", title: "word out of place" },
  QVM002: { severity: "error", title: "missing argument" },
  QVM003: { severity: "note", title: "options not looked at" },
  QVM004: { severity: "error", title: "not a range" },
  QVM005: { severity: "error", title: "not a location" },
  QVM006: { severity: "error", title: "unknown attribute" },
  QVM007: { severity: "error", title: "unknown argument" },
  QVM008: { severity: "error", title: "too many" },
  QVM009: { severity: "error", title: "no VM" },
  QVM101: { severity: "error", title: "memory twice" },
  QVM102: { severity: "error", title: "memory is not whole pages" },
  QVM103: { severity: "error", title: "nobody says whether the device uses DMA" },
  QVM104: { severity: "error", title: "DMA without r and w" },
  QVM105: { severity: "error", title: "attributes that exclude each other" },
  QVM106: { severity: "error", title: "device twice" },
  QVM107: { severity: "warning", title: "unity-mapped VM" },
  QVM108: { severity: "warning", title: "DMA without memory" },
  QVM109: { severity: "note", title: "no vdev smmu" },
  QVM110: { severity: "note", title: "safety relaxed" },
  QVM201: { severity: "error", title: "device in two VMs" },
  QVM202: { severity: "error", title: "device of the host" },
  QVM203: { severity: "error", title: "device that the host's service does not know" },
  QVM204: { severity: "warning", title: "host memory of two" },
  QVM205: { severity: "error", title: "no host memory left" },
  QVM206: { severity: "error", title: "two VMs of one name" },
  QVM207: { severity: "error", title: "component not certified" },
} as const satisfies { readonly [code: string]: { readonly severity: Severity; readonly title: string } };

/** A code of this table. */
export type VmCode = keyof typeof VM_CODES;
