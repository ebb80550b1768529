import { hex } from "../hex.ts";
import type { IommuMap, IommuMapEntry } from "./iommuModel.ts";
import { cellOf, cellsOf, describe } from "./properties.ts";
import type { Providers } from "./providers.ts";
import type { FdtNode, FdtProperty } from "./tree.ts";
import type { TreeContext } from "./treeContext.ts";

const STRIDE = 4;
const RID_LIMIT = 0x1_0000;
const ID_LIMIT = 2 ** 32;

/** The PCI host that a node with an `iommu-map` is: `<rid-base &iommu out-base length> ...` (tables 5.1). */
export function readIommuMap(
  context: TreeContext,
  providers: Providers,
  node: FdtNode,
  property: FdtProperty,
  segment: number | null,
): IommuMap {
  const { findings } = context;
  const cells = cellsOf(node, property, findings) ?? [];
  const where = describe(node, property.name);
  if (cells.length % STRIDE !== 0) {
    findings.add("FDT058", property.offset, `${where} has ${cells.length} cells, no multiple of ${STRIDE}`);
  }
  const entries: IommuMapEntry[] = [];
  for (let at = 0; at + STRIDE <= cells.length; at += STRIDE) {
    const provider = providers.follow(cells[at + 1]!, node, property);
    if (provider === null) continue;
    const entry = { ridBase: cells[at]!, provider, outBase: cells[at + 2]!, length: cells[at + 3]! };
    if (entry.length === 0) {
      const message = `${where}: entry for requester id ${hex(entry.ridBase)} has length 0; it is ignored`;
      findings.add("FDT060", property.offset, message);
      continue;
    }
    const last = entry.outBase + entry.length - 1;
    if (entry.ridBase + entry.length > RID_LIMIT || last >= ID_LIMIT) {
      const ranges = `${entry.length} ids from requester id ${hex(entry.ridBase)} to stream ids from ${hex(entry.outBase)}`;
      findings.add("FDT059", property.offset, `${where}: ${ranges} pass 16 or 32 bits`);
    } else providers.checkWidth({ provider, id: last, mask: null }, node, property);
    entries.push(entry);
  }
  checkOverlaps(context, entries, node, property);
  return {
    node,
    path: node.path,
    segment,
    mask: cellOf(node, "iommu-map-mask", findings) ?? RID_LIMIT - 1,
    entries,
    atsSupported: node.properties.has("ats-supported"),
    dmaCoherent: node.properties.has("dma-coherent"),
  };
}

function checkOverlaps(
  { findings }: TreeContext,
  entries: readonly IommuMapEntry[],
  node: FdtNode,
  property: FdtProperty,
): void {
  let end = 0;
  for (const { ridBase, length } of entries.toSorted((a, b) => a.ridBase - b.ridBase)) {
    if (ridBase < end) {
      const message = `${describe(node, property.name)} maps requester id ${hex(ridBase)} twice; the first entry counts`;
      findings.add("FDT061", property.offset, message);
    }
    end = Math.max(end, ridBase + length);
  }
}
