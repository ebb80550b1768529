import { quote } from "../../../base/diagnostic.ts";
import type { IommuConsumer, IommuProvider, StreamSpecifier } from "./iommuModel.ts";
import { cellOf, cellsOf, describe } from "./properties.ts";
import type { Providers } from "./providers.ts";
import type { FdtNode, FdtProperty } from "./tree.ts";
import type { TreeContext } from "./treeContext.ts";

type Details = Omit<IommuConsumer, "binding" | "streams">;

/** The devices behind IOMMUs. What a node says of itself is read once, however often IOMMUs list it. */
export class Consumers {
  readonly #context: TreeContext;
  readonly #providers: Providers;
  readonly #details = new Map<FdtNode, Details>();

  constructor(context: TreeContext, providers: Providers) {
    this.#context = context;
    this.#providers = providers;
  }

  /** The device that a node with `iommus` is: `<&iommu cells...> ...` (tables 5.1). */
  own(node: FdtNode, property: FdtProperty): IommuConsumer {
    const streams = readStreams(this.#context, this.#providers, node, property);
    return { ...this.#detailsOf(node), binding: "iommus", streams };
  }

  /** The devices that an SMMU itself lists: `mmu-masters = <&device id ...> ...`, `#stream-id-cells` ids each. */
  listedBy(provider: IommuProvider): readonly IommuConsumer[] {
    const property = provider.node.properties.get("mmu-masters");
    if (property === undefined) return [];
    const { phandles, enabled, findings } = this.#context;
    const cells = cellsOf(provider.node, property, findings) ?? [];
    const listed = new Map<FdtNode, StreamSpecifier[]>();
    let at = 0;
    while (at < cells.length) {
      const node = phandles.follow(cells[at]!, provider.node, property);
      if (node === null) break;
      const count = cellOf(node, "#stream-id-cells", findings);
      if (count === null || count > cells.length - at - 1) {
        const seen =
          count === null ? "has no #stream-id-cells" : `should have ${count} ids, more than are left`;
        const message = `${describe(provider.node, property.name)} names ${quote(node.path)}, which ${seen}`;
        findings.add("FDT073", property.offset, message);
        break;
      }
      const streams = listed.get(node) ?? [];
      for (const id of cells.slice(at + 1, at + 1 + count)) {
        const stream = { provider, id, mask: provider.streamMatchMask };
        this.#providers.checkWidth(stream, provider.node, property);
        streams.push(stream);
      }
      listed.set(node, streams);
      at += 1 + count;
    }
    return [...listed]
      .filter(([node]) => enabled.has(node))
      .map(([node, streams]) => ({ ...this.#detailsOf(node), binding: "mmu-masters", streams }));
  }

  #detailsOf(node: FdtNode): Details {
    let details = this.#details.get(node);
    if (details === undefined) {
      details = {
        node,
        path: node.path,
        reg: this.#context.addresses.reg(node),
        pasidBits: cellOf(node, "pasid-num-bits", this.#context.findings),
        dmaCanStall: node.properties.has("dma-can-stall"),
        dmaCoherent: node.properties.has("dma-coherent"),
        memoryRegions: readMemoryRegions(this.#context, node),
      };
      this.#details.set(node, details);
    }
    return details;
  }
}

/** The entries up to the first that cannot be measured: without its IOMMU nobody knows how long one is. */
function readStreams(
  context: TreeContext,
  providers: Providers,
  node: FdtNode,
  property: FdtProperty,
): StreamSpecifier[] {
  const { findings } = context;
  const cells = cellsOf(node, property, findings) ?? [];
  const streams: StreamSpecifier[] = [];
  const where = describe(node, property.name);
  let at = 0;
  while (at < cells.length) {
    const provider = providers.follow(cells[at]!, node, property);
    if (provider === null) break;
    if (provider.cells === null) {
      const message = `${where} names ${quote(provider.path)}, whose entries have no known size`;
      findings.add("FDT054", property.offset, message);
      break;
    }
    const [id = null, mask = null] = cells.slice(at + 1, at + 1 + provider.cells);
    at += 1 + provider.cells;
    if (at > cells.length) {
      const message = `last entry of ${where} has fewer cells than the ${provider.cells} of ${quote(provider.path)}`;
      findings.add("FDT050", property.offset, message);
      break;
    }
    const stream = { provider, id, mask: mask ?? provider.streamMatchMask };
    providers.checkWidth(stream, node, property);
    streams.push(stream);
  }
  return streams;
}

function readMemoryRegions({ phandles, findings, root }: TreeContext, node: FdtNode): string[] {
  const property = node.properties.get("memory-region");
  if (property === undefined) return [];
  const paths: string[] = [];
  for (const phandle of cellsOf(node, property, findings) ?? []) {
    const region = phandles.follow(phandle, node, property);
    if (region === null) continue;
    paths.push(region.path);
    if (region.parent?.parent === root && region.parent.name === "reserved-memory") continue;
    const message = `${describe(node, property.name)} names ${quote(region.path)}, which is no child of /reserved-memory`;
    findings.add("FDT074", property.offset, message);
  }
  return paths;
}
