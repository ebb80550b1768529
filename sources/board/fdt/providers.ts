import { quote } from "../../../base/diagnostic.ts";
import type { Family } from "../../../events/vocabulary/family.ts";
import { hex } from "../hex.ts";
import type { IommuProvider, StreamSpecifier } from "./iommuModel.ts";
import { cellOf, cellsOf, describe, textsOf } from "./properties.ts";
import type { FdtNode, FdtProperty } from "./tree.ts";
import type { TreeContext } from "./treeContext.ts";

const IOMMU_CELLS_MAX = 2;
const FAMILY_OF: readonly (readonly [RegExp, Family])[] = [
  [/^[a-z]+,smmu-v3$/, "smmuv3"],
  [/^arm,(smmu-v[12]|mmu-40[01]|mmu-500)$|[,-]smmu-500$|[,-]smmu-v2$/, "smmuv2"],
  [/^renesas,ipmmu-/, "ipmmu"],
];
// SMMUv2: 15 bits, 16 with the extended ids (hardware 2.1). IPMMU: micro-TLBs 0 to 63 (hardware 4). SMMUv3: all 32.
const ID_BITS: Partial<Record<Family, number>> = { smmuv2: 16, ipmmu: 6, smmuv3: 32 };
const SMMUV2_PLAIN_BITS = 15;

/** The IOMMUs of a tree, each read once, also one that is not in use but that a device names. */
export class Providers {
  readonly #context: TreeContext;
  readonly #read = new Map<FdtNode, IommuProvider | null>();

  constructor(context: TreeContext) {
    this.#context = context;
  }

  /** The IOMMU that a node is, or null. */
  at(node: FdtNode): IommuProvider | null {
    let provider = this.#read.get(node);
    if (provider === undefined) {
      provider = readProvider(node, this.#context);
      this.#read.set(node, provider);
    }
    return provider;
  }

  /** The IOMMU that a cell of a property names, or null and a finding. */
  follow(phandle: number, node: FdtNode, property: FdtProperty): IommuProvider | null {
    const { phandles, enabled, findings } = this.#context;
    const target = phandles.follow(phandle, node, property);
    if (target === null) return null;
    const provider = this.at(target);
    const where = describe(node, property.name);
    if (provider === null) {
      findings.add(
        "FDT054",
        property.offset,
        `${where} names ${quote(target.path)}, which has no #iommu-cells`,
      );
    } else if (!enabled.has(target)) {
      const message = `${where} names the IOMMU ${quote(provider.path)}, which is not in use`;
      findings.add("FDT070", property.offset, message, "the device's DMA is not translated by it");
    }
    return provider;
  }

  /** Reports an id or a mask that the IOMMU has no wires for. */
  checkWidth({ provider, id, mask }: StreamSpecifier, node: FdtNode, property: FdtProperty): void {
    const { findings } = this.#context;
    const bits = provider.family === null ? undefined : ID_BITS[provider.family];
    if (bits === undefined) return;
    const wider = [id, mask].find((value) => value !== null && value >= 2 ** bits) ?? null;
    const where = `of ${describe(node, property.name)}`;
    if (wider !== null) {
      const message = `id or mask ${hex(wider)} ${where} does not fit the ${bits} bits of ${quote(provider.path)}`;
      findings.add("FDT056", property.offset, message);
    } else if (provider.family === "smmuv2" && id !== null && id >= 2 ** SMMUV2_PLAIN_BITS) {
      const message = `stream id ${hex(id)} ${where} needs 16 bits, which only an SMMU with extended ids has`;
      findings.add("FDT057", property.offset, message);
    }
  }
}

function readProvider(node: FdtNode, context: TreeContext): IommuProvider | null {
  const { findings, addresses } = context;
  const compatible = textsOf(node, "compatible");
  const family = familyOf(compatible);
  const hasCells = node.properties.has("#iommu-cells");
  const legacy = node.properties.has("mmu-masters");
  if (!hasCells && !legacy && family === null) return null;
  if (!hasCells && !legacy) {
    findings.add(
      "FDT054",
      node.offset,
      `IOMMU ${quote(node.path)} has no #iommu-cells, so no device can name it`,
    );
  }
  const reg = addresses.reg(node);
  if (reg.length === 0) {
    findings.add(
      "FDT071",
      node.offset,
      `IOMMU ${quote(node.path)} has no register range that the CPU can reach`,
    );
  }
  const interrupts = node.properties.get("interrupts");
  return {
    node,
    path: node.path,
    compatible,
    family,
    reg,
    cells: iommuCells(node, context),
    interruptCells: interrupts === undefined ? [] : (cellsOf(node, interrupts, findings) ?? []),
    globalInterrupts: cellOf(node, "#global-interrupts", findings),
    streamMatchMask: cellOf(node, "stream-match-mask", findings),
  };
}

function iommuCells(node: FdtNode, { findings }: TreeContext): number | null {
  const cells = cellOf(node, "#iommu-cells", findings);
  if (cells === null || cells <= IOMMU_CELLS_MAX) return cells;
  findings.add("FDT055", node.offset, `${describe(node, "#iommu-cells")} is ${cells}; 0, 1 and 2 are known`);
  return null;
}

function familyOf(compatible: readonly string[]): Family | null {
  for (const name of compatible) {
    const known = FAMILY_OF.find(([pattern]) => pattern.test(name));
    if (known !== undefined) return known[1];
  }
  return null;
}
