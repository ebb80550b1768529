import type { Findings } from "../findings.ts";
import { AddressDecoder } from "./addresses.ts";
import { type BlobHeader, type MemoryReservation, readBlob } from "./blob.ts";
import type { IommuConsumer, IommuMap, IommuProvider } from "./iommuModel.ts";
import { readIommus } from "./iommus.ts";
import { Phandles } from "./phandles.ts";
import { isEnabled } from "./properties.ts";
import { type ReservedMemory, readReservedMemory } from "./reservedMemory.ts";
import { type FdtNode, readTree } from "./tree.ts";

/** What a device tree tells of IOMMUs (tables 5). Nodes that are not in use are listed in `disabled` and nowhere else. */
export interface DeviceTreeTable {
  readonly kind: "FDT";
  readonly header: BlobHeader;
  readonly reservations: readonly MemoryReservation[];
  readonly root: FdtNode;
  readonly providers: readonly IommuProvider[];
  readonly consumers: readonly IommuConsumer[];
  readonly maps: readonly IommuMap[];
  readonly reserved: readonly ReservedMemory[];
  /** Paths of nodes whose own `status` takes them out of use; what is below them is out of use too. */
  readonly disabled: readonly string[];
}

/** Reads a blob; null when its header, blocks or structure are malformed. */
export function readDeviceTree(bytes: Uint8Array, findings: Findings): DeviceTreeTable | null {
  const blob = readBlob(bytes, findings);
  const root = blob === null ? null : readTree(blob, findings);
  if (blob === null || root === null) return null;
  const { enabled, disabled } = sortNodes(root);
  const phandles = new Phandles(root, findings);
  const addresses = new AddressDecoder(findings);
  const context = { root, enabled: new Set(enabled), phandles, addresses, findings };
  return {
    kind: "FDT",
    header: blob.header,
    reservations: blob.reservations,
    root,
    ...readIommus(context),
    reserved: readReservedMemory(context),
    disabled: disabled.map((node) => node.path),
  };
}

function sortNodes(root: FdtNode): { readonly enabled: FdtNode[]; readonly disabled: FdtNode[] } {
  const enabled: FdtNode[] = [];
  const disabled: FdtNode[] = [];
  const visit = (node: FdtNode): void => {
    if (!isEnabled(node)) {
      disabled.push(node);
      return;
    }
    enabled.push(node);
    for (const child of node.children) visit(child);
  };
  visit(root);
  return { enabled, disabled };
}
