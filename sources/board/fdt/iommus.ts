import { quote } from "../../../base/diagnostic.ts";
import type { Family } from "../../../events/vocabulary/family.ts";
import { hex } from "../hex.ts";
import type { AddressRange } from "./addresses.ts";
import type { TreeContext } from "./deviceTree.ts";
import { cellOf, cellsOf, describe, textsOf } from "./properties.ts";
import type { FdtNode, FdtProperty } from "./tree.ts";

/** An IOMMU. */
export interface IommuProvider {
  readonly node: FdtNode;
  readonly path: string;
  /** From the most to the least specific. */
  readonly compatible: readonly string[];
  /** The family whose rules are known here, or null. */
  readonly family: Family | null;
  readonly reg: readonly AddressRange[];
  /** `#iommu-cells`, 0 to 2; null in the legacy binding of SMMUv2. */
  readonly cells: number | null;
  /** The cells of `interrupts`, as they stand. */
  readonly interruptCells: readonly number[];
  readonly globalInterrupts: number | null;
  /** Bits of every stream id that are not compared (SMMUv2). */
  readonly streamMatchMask: number | null;
}

/** One id of a device at an IOMMU: a stream id, a micro-TLB number (IPMMU), or null where the IOMMU asks for none. */
export interface StreamSpecifier {
  readonly provider: IommuProvider;
  readonly id: number | null;
  /** Bits of the id that are not compared; null where neither device nor IOMMU gives a mask. */
  readonly mask: number | null;
}

/** A device behind IOMMUs. */
export interface IommuConsumer {
  readonly node: FdtNode;
  readonly path: string;
  readonly binding: "iommus" | "mmu-masters";
  readonly reg: readonly AddressRange[];
  readonly streams: readonly StreamSpecifier[];
  readonly pasidBits: number | null;
  readonly dmaCanStall: boolean;
  readonly dmaCoherent: boolean;
  /** Paths of the memory regions it owns. */
  readonly memoryRegions: readonly string[];
}

/** One range of requester ids of a PCI host: `length` ids from `ridBase` become stream ids from `outBase`. */
export interface IommuMapEntry {
  readonly ridBase: number;
  readonly provider: IommuProvider;
  readonly outBase: number;
  readonly length: number;
}

/** A PCI host whose functions are behind IOMMUs. */
export interface IommuMap {
  readonly node: FdtNode;
  readonly path: string;
  /** Anded with a requester id before it is looked up. */
  readonly mask: number;
  readonly entries: readonly IommuMapEntry[];
  readonly atsSupported: boolean;
  readonly dmaCoherent: boolean;
}

type Quad = [number, number, number, number];

const RID_LIMIT = 0x1_0000;
const ID_LIMIT = 2 ** 32;
const MAP_STRIDE = 4;
const IOMMU_CELLS_MAX = 2;
const FAMILY_OF: readonly (readonly [RegExp, Family])[] = [
  [/^arm,smmu-v3$|,smmu-v3$/, "smmuv3"],
  [/^arm,(smmu-v[12]|mmu-40[01]|mmu-500)$|[,-]smmu-500$|,smmu-v2$/, "smmuv2"],
  [/^renesas,ipmmu-/, "ipmmu"],
];
// SMMUv2: 15 bits, 16 with the extended ids (hardware 2.1). IPMMU: micro-TLBs 0 to 63 (hardware 4). SMMUv3: all 32.
const ID_BITS: Partial<Record<Family, number>> = { smmuv2: 16, ipmmu: 6, smmuv3: 32 };
const SMMUV2_PLAIN_BITS = 15;

/** Finds the IOMMUs of a tree and the devices behind them (tables 5.1). */
export function readIommus(context: TreeContext): {
  readonly providers: readonly IommuProvider[];
  readonly consumers: readonly IommuConsumer[];
  readonly maps: readonly IommuMap[];
} {
  return new IommuReader(context).read();
}

class IommuReader {
  readonly #context: TreeContext;
  readonly #providers = new Map<FdtNode, IommuProvider | null>();

  constructor(context: TreeContext) {
    this.#context = context;
  }

  read() {
    const consumers: IommuConsumer[] = [];
    const maps: IommuMap[] = [];
    const providers: IommuProvider[] = [];
    for (const node of this.#context.enabled) {
      const provider = this.#provider(node);
      if (provider !== null) providers.push(provider);
      if (provider !== null && provider.cells === null) consumers.push(...this.#legacyConsumers(provider));
      const iommus = node.properties.get("iommus");
      if (iommus !== undefined) consumers.push(this.#consumer(node, "iommus", this.#streams(node, iommus)));
      const map = node.properties.get("iommu-map");
      if (map !== undefined) maps.push(this.#map(node, map));
    }
    return { providers, consumers, maps };
  }

  /** The IOMMU that a node is, or null; each is read once, also those that only a reference leads to. */
  #provider(node: FdtNode): IommuProvider | null {
    let provider = this.#providers.get(node);
    if (provider === undefined) {
      provider = this.#readProvider(node);
      this.#providers.set(node, provider);
    }
    return provider;
  }

  #readProvider(node: FdtNode): IommuProvider | null {
    const { findings, addresses } = this.#context;
    const compatible = textsOf(node, "compatible");
    const family = familyOf(compatible);
    const hasCells = node.properties.has("#iommu-cells");
    const legacy = node.properties.has("mmu-masters");
    if (!hasCells && !legacy && family === null) return null;
    const path = node.path;
    if (!hasCells && !legacy) {
      const message = `IOMMU ${quote(path)} has no #iommu-cells, so no device can name it`;
      findings.add("FDT054", node.offset, message);
    }
    let cells = cellOf(node, "#iommu-cells", findings);
    if (cells !== null && cells > IOMMU_CELLS_MAX) {
      findings.add(
        "FDT055",
        node.offset,
        `${describe(node, "#iommu-cells")} is ${cells}; 0, 1 and 2 are known`,
      );
      cells = null;
    }
    const reg = addresses.reg(node);
    if (reg.length === 0) {
      findings.add(
        "FDT071",
        node.offset,
        `IOMMU ${quote(path)} has no register range that the CPU can reach`,
      );
    }
    const interrupts = node.properties.get("interrupts");
    return {
      node,
      path,
      compatible,
      family,
      reg,
      cells,
      interruptCells: interrupts === undefined ? [] : (cellsOf(node, interrupts, findings) ?? []),
      globalInterrupts: cellOf(node, "#global-interrupts", findings),
      streamMatchMask: cellOf(node, "stream-match-mask", findings),
    };
  }

  #streams(node: FdtNode, property: FdtProperty): StreamSpecifier[] {
    const { findings } = this.#context;
    const cells = cellsOf(node, property, findings) ?? [];
    const streams: StreamSpecifier[] = [];
    let at = 0;
    while (at < cells.length) {
      // Without the IOMMU nobody knows how long the entry is.
      const provider = this.#follow(cells[at]!, node, property);
      if (provider === null || provider.cells === null) break;
      const rest = cells.slice(at + 1, at + 1 + provider.cells);
      if (rest.length < provider.cells) {
        const message = `last entry of ${describe(node, "iommus")} has ${rest.length} of the ${provider.cells} cells`;
        findings.add("FDT050", property.offset, `${message} that ${quote(provider.path)} asks for`);
        break;
      }
      const stream = { provider, id: rest[0] ?? null, mask: rest[1] ?? provider.streamMatchMask };
      this.#checkWidth(stream, node, property);
      streams.push(stream);
      at += 1 + provider.cells;
    }
    return streams;
  }

  #follow(phandle: number, node: FdtNode, property: FdtProperty): IommuProvider | null {
    const { phandles, enabled, findings } = this.#context;
    const target = phandles.follow(phandle, node, property);
    if (target === null) return null;
    const provider = this.#provider(target);
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

  #checkWidth({ provider, id, mask }: StreamSpecifier, node: FdtNode, property: FdtProperty): void {
    const { findings } = this.#context;
    const bits = provider.family === null ? undefined : ID_BITS[provider.family];
    const wider = [id, mask].find((value) => value !== null && bits !== undefined && value >= 2 ** bits);
    const where = `of ${describe(node, property.name)}`;
    if (typeof wider === "number") {
      const message = `id or mask ${hex(wider)} ${where} does not fit the ${bits} bits of ${quote(provider.path)}`;
      findings.add("FDT056", property.offset, message);
    } else if (provider.family === "smmuv2" && id !== null && id >= 2 ** SMMUV2_PLAIN_BITS) {
      const message = `stream id ${hex(id)} ${where} needs 16 bits, which only an SMMU with extended ids has`;
      findings.add("FDT057", property.offset, message);
    }
  }

  /** Devices that the SMMU itself lists: `mmu-masters = <&device id ...>`, `#stream-id-cells` ids each. */
  #legacyConsumers(provider: IommuProvider): IommuConsumer[] {
    const { phandles, enabled, findings } = this.#context;
    const property = provider.node.properties.get("mmu-masters");
    if (property === undefined) return [];
    const where = describe(provider.node, "mmu-masters");
    const cells = cellsOf(provider.node, property, findings) ?? [];
    const consumers: IommuConsumer[] = [];
    let at = 0;
    while (at < cells.length) {
      const node = phandles.follow(cells[at]!, provider.node, property);
      const count = node === null ? null : cellOf(node, "#stream-id-cells", findings);
      if (node === null) break;
      if (count === null || count > cells.length - at - 1) {
        const device = quote(node.path);
        const seen =
          count === null ? "has no #stream-id-cells" : `should have ${count} ids, more than are left`;
        findings.add("FDT073", property.offset, `${where} names ${device}, which ${seen}`);
        break;
      }
      const ids = cells.slice(at + 1, at + 1 + count);
      const streams = ids.map((id) => ({ provider, id, mask: provider.streamMatchMask }));
      for (const stream of streams) this.#checkWidth(stream, provider.node, property);
      if (enabled.has(node)) consumers.push(this.#consumer(node, "mmu-masters", streams));
      at += 1 + count;
    }
    return consumers;
  }

  #consumer(node: FdtNode, binding: IommuConsumer["binding"], streams: StreamSpecifier[]): IommuConsumer {
    const { addresses, findings } = this.#context;
    return {
      node,
      path: node.path,
      binding,
      reg: addresses.reg(node),
      streams,
      pasidBits: cellOf(node, "pasid-num-bits", findings),
      dmaCanStall: node.properties.has("dma-can-stall"),
      dmaCoherent: node.properties.has("dma-coherent"),
      memoryRegions: this.#memoryRegions(node),
    };
  }

  #memoryRegions(node: FdtNode): string[] {
    const { phandles, findings, root } = this.#context;
    const property = node.properties.get("memory-region");
    if (property === undefined) return [];
    const paths: string[] = [];
    for (const phandle of cellsOf(node, property, findings) ?? []) {
      const region = phandles.follow(phandle, node, property);
      if (region === null) continue;
      paths.push(region.path);
      if (region.parent?.parent === root && region.parent.name === "reserved-memory") continue;
      const message = `${describe(node, "memory-region")} names ${quote(region.path)}, which is no child of /reserved-memory`;
      findings.add("FDT074", property.offset, message);
    }
    return paths;
  }

  #map(node: FdtNode, property: FdtProperty): IommuMap {
    const { findings } = this.#context;
    const cells = cellsOf(node, property, findings) ?? [];
    const where = describe(node, "iommu-map");
    if (cells.length % MAP_STRIDE !== 0) {
      findings.add(
        "FDT058",
        property.offset,
        `${where} has ${cells.length} cells, no multiple of ${MAP_STRIDE}`,
      );
    }
    const entries: IommuMapEntry[] = [];
    for (let at = 0; at + MAP_STRIDE <= cells.length; at += MAP_STRIDE) {
      const [ridBase, phandle, outBase, length] = cells.slice(at, at + MAP_STRIDE) as Quad;
      const provider = this.#follow(phandle, node, property);
      if (provider === null) continue;
      if (length === 0) {
        findings.add(
          "FDT060",
          property.offset,
          `${where}: entry for requester id ${hex(ridBase)} has length 0; it is ignored`,
        );
        continue;
      }
      if (ridBase + length > RID_LIMIT || outBase + length > ID_LIMIT) {
        const ranges = `${length} ids from requester id ${hex(ridBase)}, to stream ids from ${hex(outBase)}`;
        findings.add("FDT059", property.offset, `${where}: ${ranges}, pass 16 or 32 bits`);
      }
      const last = { provider, id: outBase + length - 1, mask: null };
      if (last.id < ID_LIMIT) this.#checkWidth(last, node, property);
      entries.push({ ridBase, provider, outBase, length });
    }
    this.#checkMapOverlap(entries, node, property);
    return {
      node,
      path: node.path,
      mask: cellOf(node, "iommu-map-mask", findings) ?? RID_LIMIT - 1,
      entries,
      atsSupported: node.properties.has("ats-supported"),
      dmaCoherent: node.properties.has("dma-coherent"),
    };
  }

  #checkMapOverlap(entries: readonly IommuMapEntry[], node: FdtNode, property: FdtProperty): void {
    let end = 0;
    for (const entry of entries.toSorted((a, b) => a.ridBase - b.ridBase)) {
      if (entry.ridBase < end) {
        const message = `${describe(node, "iommu-map")} maps requester id ${hex(entry.ridBase)} twice; the first entry counts`;
        this.#context.findings.add("FDT061", property.offset, message);
      }
      end = Math.max(end, entry.ridBase + entry.length);
    }
  }
}

function familyOf(compatible: readonly string[]): Family | null {
  for (const name of compatible) {
    const known = FAMILY_OF.find(([pattern]) => pattern.test(name));
    if (known !== undefined) return known[1];
  }
  return null;
}
