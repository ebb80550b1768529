import { AddressDecoder, type AddressRange } from "../board/fdt/addresses.ts";
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
      const ranges = kind === "ecam" ? configurationSpace(node, decoder) : decoder.reg(node);
      for (const range of ranges) zones.push(...zone(kind, node.path, file, range));
    }
    for (const child of node.children) visit(child);
  };
  visit(table.root);
  return [...zones, ...keptByFirmware(table, file)];
}

function zone(kind: ZoneKind, name: string, told: string, { base, size }: AddressRange): Zone[] {
  const pages = pagesOfHex({ start: hex(base), length: hex(size) });
  return pages === null ? [] : [{ kind, name, told, ...pages }];
}

// Hosts of generic hardware have nothing but configuration space; others name it among their registers.
function configurationSpace(node: FdtNode, decoder: AddressDecoder): readonly AddressRange[] {
  const ranges = decoder.reg(node);
  const names = textsOf(node, "reg-names");
  // Where a range could not be read, the names no longer tell which is which.
  const at = names.length === ranges.length ? names.findIndex((name) => CONFIG_NAME.test(name)) : -1;
  return at >= 0 ? ranges.slice(at, at + 1) : isGenericHost(node) ? ranges.slice(0, 1) : [];
}

const CONFIG_NAME = /^(config|config_axi_slave|ecam|cfg)$/;

function isGenericHost(node: FdtNode): boolean {
  return textsOf(node, "compatible").some((name) => /ecam|pci-host-cam/.test(name));
}

/** Memory that nobody may touch, and that is not some device's own: `/memreserve/`, and `no-map` below `/reserved-memory`. */
function keptByFirmware({ reservations, reserved, consumers }: DeviceTreeTable, file: string): Zone[] {
  const owned = new Set(consumers.flatMap(({ memoryRegions }) => memoryRegions));
  const kept = reserved.filter(
    ({ path, noMap, iommuAddresses }) => noMap && iommuAddresses.length === 0 && !owned.has(path),
  );
  return [
    ...reservations.flatMap(({ address, size }) =>
      zone("firmware", "/memreserve/", file, { base: address, size }),
    ),
    ...kept.flatMap(({ path, reg }) => reg.flatMap((range) => zone("firmware", path, file, range))),
  ];
}

function kindOf(node: FdtNode, consumers: ReadonlySet<FdtNode>): ZoneKind | null {
  if (textsOf(node, "device_type")[0] === "memory") return "memory";
  if (node.properties.has("interrupt-controller") || node.properties.has("msi-controller"))
    return "interrupts";
  const isHost = textsOf(node, "device_type")[0] === "pci" && node.properties.has("reg-names");
  if (isHost || isGenericHost(node)) return "ecam";
  return consumers.has(node) ? "device" : null;
}
