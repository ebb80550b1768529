import type { PlaceTable } from "../board/acpi/acpiFile.ts";
import { type InterruptControllerKind, interruptControllers } from "../board/acpi/madt.ts";
import { ecamRange } from "../board/acpi/mcfg.ts";
import { hex } from "../board/hex.ts";
import { pagesOfHex } from "./pages.ts";
import type { Zone } from "./zone.ts";

/** PCI configuration space as the MCFG tells it, and the registers of interrupt controllers as the MADT does. */
export function firmwareZones(table: PlaceTable, file: string): Zone[] {
  if (table.kind === "MCFG") {
    return table.allocations.flatMap((allocation): Zone[] => {
      const { first, last } = ecamRange(allocation);
      const name = `segment ${allocation.segment} of the MCFG`;
      return zone({ kind: "ecam", name, told: file }, first, last - first + 1n);
    });
  }
  return interruptControllers(table).flatMap(({ kind, base, length }) =>
    zone({ kind: "interrupts", name: `${NAMES[kind]} of the MADT`, told: file }, base, length),
  );
}

const NAMES: { readonly [kind in InterruptControllerKind]: string } = {
  "local-apic": "local APIC",
  ioapic: "I/O APIC",
  iosapic: "I/O SAPIC",
  "gic-cpu-interface": "GIC CPU interface",
  "gic-virtual-cpu-interface": "GIC virtual CPU interface",
  "gic-hypervisor-interface": "GIC hypervisor interface",
  "gic-distributor": "GIC distributor",
  "gic-redistributor": "GIC redistributor",
  "gic-msi-frame": "GIC MSI frame",
  "gic-its": "GIC ITS",
};

// A range that starts past 2^64 is the firmware's error, and told where it was read.
function zone(what: Pick<Zone, "kind" | "name" | "told">, start: bigint, length: bigint): Zone[] {
  if (start >> 64n !== 0n) return [];
  const pages = pagesOfHex({ start: hex(start), length: hex(length) });
  return pages === null ? [] : [{ ...what, ...pages }];
}
