import { quote } from "../../../base/diagnostic.ts";
import { hex } from "../hex.ts";
import type { AddressRange } from "./addresses.ts";
import { cellsOf, describe, joinCells } from "./properties.ts";
import type { FdtNode, FdtProperty } from "./tree.ts";
import type { TreeContext } from "./treeContext.ts";

/** I/O addresses of a device that are taken. */
export interface TakenAddresses extends AddressRange {
  readonly device: FdtNode;
  readonly devicePath: string;
  /** The region itself has that range: it must be mapped 1:1 for the device. Else only keep allocations away. */
  readonly identity: boolean;
}

/** A child of `/reserved-memory` that is in use. */
export interface ReservedMemory {
  readonly path: string;
  readonly reg: readonly AddressRange[];
  readonly noMap: boolean;
  readonly reusable: boolean;
  readonly iommuAddresses: readonly TakenAddresses[];
}

const NUMBER_CELLS_MAX = 2;

/** Reads the children of `/reserved-memory` (tables 5.1). */
export function readReservedMemory(context: TreeContext): readonly ReservedMemory[] {
  const regions: ReservedMemory[] = [];
  for (const parent of context.root.children) {
    if (parent.name !== "reserved-memory" || !context.enabled.has(parent)) continue;
    for (const node of parent.children) {
      if (!context.enabled.has(node)) continue;
      const reg = context.addresses.reg(node);
      const taken = node.properties.get("iommu-addresses");
      regions.push({
        path: node.path,
        reg,
        noMap: node.properties.has("no-map"),
        reusable: node.properties.has("reusable"),
        iommuAddresses: taken === undefined ? [] : readTaken(context, node, taken, reg),
      });
    }
  }
  return regions;
}

/** `iommu-addresses = <&device address size ...>`, in the cell counts of the region's parent, like its `reg`. */
function readTaken(
  context: TreeContext,
  node: FdtNode,
  property: FdtProperty,
  reg: readonly AddressRange[],
): TakenAddresses[] {
  const { addresses, phandles, findings } = context;
  const counts = node.parent === null ? null : addresses.cellCounts(node.parent);
  const cells = cellsOf(node, property, findings);
  if (counts === null || cells === null) return [];
  const where = describe(node, "iommu-addresses");
  const stride = 1 + counts.address + counts.size;
  if (cells.length % stride !== 0 || Math.max(counts.address, counts.size) > NUMBER_CELLS_MAX) {
    findings.add(
      "FDT062",
      property.offset,
      `${where} has ${cells.length} cells, no multiple of the ${stride} of an entry`,
    );
    return [];
  }
  const own = new Set(reg.map(key));
  const taken: TakenAddresses[] = [];
  for (let at = 0; at < cells.length; at += stride) {
    const device = phandles.follow(cells[at]!, node, property);
    const base = joinCells(cells, at + 1, counts.address);
    const size = joinCells(cells, at + 1 + counts.address, counts.size);
    if (device === null) continue;
    const range = `${hex(base)}+${hex(size)} of ${quote(device.path)}`;
    if (size === 0n) findings.add("FDT063", property.offset, `${where}: ${range} has size 0; it is ignored`);
    else if (base + size > 1n << 64n)
      findings.add("FDT064", property.offset, `${where}: ${range} passes 2^64`);
    else {
      const identity = own.has(key({ base, size }));
      taken.push({ device, devicePath: device.path, base, size, identity });
    }
  }
  return taken;
}

function key(range: AddressRange): string {
  return `${range.base}+${range.size}`;
}
