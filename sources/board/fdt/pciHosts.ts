import { cellOf, textsOf } from "./properties.ts";
import type { FdtNode } from "./tree.ts";
import type { TreeContext } from "./treeContext.ts";

/**
 * The PCI segment of each host in use: as `linux,pci-domain` says; the others are numbered in the order of the blob, each
 * with the least number that no host claims, as operating systems number them.
 */
export function pciSegments(context: TreeContext): ReadonlyMap<FdtNode, number> {
  const hosts = [...context.enabled].filter(isPciHost);
  const segments = new Map<FdtNode, number>();
  for (const host of hosts) {
    const domain = cellOf(host, "linux,pci-domain", context.findings);
    if (domain !== null) segments.set(host, domain);
  }
  const taken = new Set(segments.values());
  let next = 0;
  for (const host of hosts) {
    if (segments.has(host)) continue;
    while (taken.has(next)) next += 1;
    segments.set(host, next);
    next += 1;
  }
  return segments;
}

// Other buses have an `iommu-map` as well, such as Freescale's management complex; their ids are no requester ids.
function isPciHost(node: FdtNode): boolean {
  return isPci(node) && (node.parent === null || !isPci(node.parent));
}

function isPci(node: FdtNode): boolean {
  const type = textsOf(node, "device_type")[0];
  return type === undefined ? /^pcie?(?:@|-|$)/.test(node.name) : type === "pci" || type === "pciex";
}
