import { Consumers } from "./consumers.ts";
import { readIommuMap } from "./iommuMaps.ts";
import type { IommuConsumer, IommuMap, IommuProvider } from "./iommuModel.ts";
import { pciSegments } from "./pciHosts.ts";
import { Providers } from "./providers.ts";
import type { TreeContext } from "./treeContext.ts";

/** Finds the IOMMUs in use, the devices behind them and the PCI hosts whose functions are, in the order of the blob. */
export function readIommus(context: TreeContext): {
  readonly providers: readonly IommuProvider[];
  readonly consumers: readonly IommuConsumer[];
  readonly maps: readonly IommuMap[];
} {
  const known = new Providers(context);
  const devices = new Consumers(context, known);
  const providers: IommuProvider[] = [];
  const consumers: IommuConsumer[] = [];
  const maps: IommuMap[] = [];
  const segments = pciSegments(context);
  for (const node of context.enabled) {
    const provider = known.at(node);
    if (provider !== null) {
      providers.push(provider);
      for (const consumer of devices.listedBy(provider)) consumers.push(consumer);
    }
    const iommus = node.properties.get("iommus");
    if (iommus !== undefined) consumers.push(devices.own(node, iommus));
    const map = node.properties.get("iommu-map");
    if (map !== undefined) maps.push(readIommuMap(context, known, node, map, segments.get(node) ?? null));
  }
  return { providers, consumers, maps };
}
