import { AddressDecoder } from "../board/fdt/addresses.ts";
import type { DeviceTreeTable } from "../board/fdt/deviceTree.ts";
import { isEnabled, textsOf } from "../board/fdt/properties.ts";
import type { FdtNode } from "../board/fdt/tree.ts";
import { Findings } from "../board/findings.ts";
import { hex } from "../board/hex.ts";

import { pagesOfHex } from "./pages.ts";
import type { Zone, ZoneKind } from "./zone.ts";

/** What a device tree says of memory, interrupt controllers, PCI configuration space and the registers of DMA devices. */
export function deviceTreeZones(table: DeviceTreeTable, file: string): Zone[] {
  // What is wrong with its addresses was told when the blob was read.
  const decoder = new AddressDecoder(new Findings(file));
  const consumers = new Set(table.consumers.map(({ node }) => node));
  const zones: Zone[] = [];
  const visit = (node: FdtNode): void => {
    if (!isEnabled(node)) return;
    const kind = kindOf(node, consumers);
    if (kind !== null) {
      for (const { base, size } of decoder.reg(node).slice(0, kind === "ecam" ? 1 : undefined)) {
        const pages = pagesOfHex({ start: hex(base), length: hex(size) });
        if (pages !== null) zones.push({ kind, name: node.path, told: file, ...pages });
      }
    }
    for (const child of node.children) visit(child);
  };
  visit(table.root);
  return zones;
}

function kindOf(node: FdtNode, consumers: ReadonlySet<FdtNode>): ZoneKind | null {
  if (textsOf(node, "device_type")[0] === "memory") return "memory";
  if (node.properties.has("interrupt-controller") || node.properties.has("msi-controller"))
    return "interrupts";
  if (textsOf(node, "compatible").some((name) => /ecam|pci-host-cam/.test(name))) return "ecam";
  return consumers.has(node) ? "device" : null;
}
