import type { IdMapping, IortNode, IortTable } from "./iort.ts";
import { lastInput } from "./iort.ts";

/** A node of a given kind. */
export type IortNodeOf<Kind extends IortNode["kind"]> = Extract<IortNode, { kind: Kind }>;
/** An SMMU of either generation. */
export type IortSmmu = IortNodeOf<"smmu-v1-v2"> | IortNodeOf<"smmu-v3">;

/** Who asks: a PCI function by segment and 16-bit requester id, or the n-th id of a named component by its object path. */
export type IortRequester =
  | { readonly kind: "pci"; readonly segment: number; readonly requesterId: number }
  | { readonly kind: "component"; readonly deviceName: string; readonly index: number };

/** The ITS group and the DeviceID of a requester's interrupts. */
export interface ItsTarget {
  readonly its: IortNodeOf<"its-group">;
  readonly deviceId: number;
}

/** What a requester's ids become. `its`: mapped straight to an ITS, so not behind an SMMU: its DMA is unrestricted. */
export type StreamAnswer =
  | {
      readonly kind: "smmu";
      readonly smmu: IortSmmu;
      readonly streamId: number;
      readonly interrupts: ItsTarget | null;
    }
  | { readonly kind: "its"; readonly interrupts: ItsTarget }
  | { readonly kind: "unmapped" };

/** Streams of one SMMU, both ends inclusive. */
export interface StreamRange {
  readonly smmu: IortSmmu;
  readonly firstStreamId: number;
  readonly lastStreamId: number;
}

/** A region that must stay 1:1 for some streams, in whole pages rounded outward; `limit` inclusive. */
export interface IortReservedRegion {
  readonly rmr: IortNodeOf<"rmr">;
  readonly base: bigint;
  readonly limit: bigint;
  readonly streams: readonly StreamRange[];
}

const UNMAPPED: StreamAnswer = { kind: "unmapped" };

/** The SMMUs of the table, in its order. */
export function iortSmmus(table: IortTable): readonly IortSmmu[] {
  return table.nodes.filter(
    (node): node is IortSmmu => node.kind === "smmu-v1-v2" || node.kind === "smmu-v3",
  );
}

/** The stream id with which a requester's DMA reaches its SMMU (tables 3, "Resolving a requester"). */
export function resolveStreamId(table: IortTable, requester: IortRequester): StreamAnswer {
  for (const node of table.nodes) {
    const output = outputOf(table, node, requester);
    if (output === null) continue;
    const target = table.byOffset.get(output.reference);
    if (target?.kind === "its-group")
      return { kind: "its", interrupts: { its: target, deviceId: output.id } };
    if (target?.kind === "smmu-v1-v2" || target?.kind === "smmu-v3") {
      const interrupts = interruptsOf(table, target, output.id);
      return { kind: "smmu", smmu: target, streamId: output.id, interrupts };
    }
  }
  return UNMAPPED;
}

/** The regions that must stay 1:1 for a stream of an SMMU (tables 3, RMR). */
export function reservedRegionsForStream(
  table: IortTable,
  smmu: IortSmmu,
  streamId: number,
): readonly IortReservedRegion[] {
  const names = (s: StreamRange) =>
    s.smmu.offset === smmu.offset && s.firstStreamId <= streamId && streamId <= s.lastStreamId;
  return iortReservedRegions(table).filter((region) => region.streams.some(names));
}

/** The regions of every RMR node with the streams that its mappings name; empty regions are left out. */
export function iortReservedRegions(table: IortTable): readonly IortReservedRegion[] {
  return table.nodes.flatMap((rmr) => {
    if (rmr.kind !== "rmr") return [];
    const streams = rmr.idMappings.flatMap((mapping) => streamsOf(table, mapping));
    return rmr.regions
      .filter((region) => region.length > 0n)
      .map((region) => {
        const limit = (region.base + region.length - 1n) | 0xfffn;
        return { rmr, base: region.base & ~0xfffn, limit, streams };
      });
  });
}

/**
 * The index of the mapping that gives an SMMUv3 the DeviceID of its own interrupts, or null. From node revision 5 a flag
 * says whether the field holds one; before, it did unless every interrupt is wired; revision 0 has no such field.
 */
export function deviceIdMappingIndex(smmu: IortNodeOf<"smmu-v3">): number | null {
  if (smmu.revision < 1 || smmu.deviceIdMappingIndex === null) return null;
  const wired = [smmu.eventGsiv, smmu.priGsiv, smmu.gerrGsiv, smmu.syncGsiv].every((gsiv) => gsiv !== 0);
  const valid = smmu.revision >= 5 ? (smmu.flags & 0x10) !== 0 : !wired;
  return valid ? smmu.deviceIdMappingIndex : null;
}

interface Output {
  readonly id: number;
  readonly reference: number;
}

function streamsOf(table: IortTable, mapping: IdMapping): StreamRange[] {
  const smmu = table.byOffset.get(mapping.outputReference);
  if (smmu?.kind !== "smmu-v1-v2" && smmu?.kind !== "smmu-v3") return [];
  const more = mapping.singleMapping ? 0 : lastInput(table, mapping) - mapping.inputBase;
  return [{ smmu, firstStreamId: mapping.outputBase, lastStreamId: mapping.outputBase + more }];
}

function outputOf(table: IortTable, node: IortNode, requester: IortRequester): Output | null {
  if (requester.kind === "pci") {
    const own = node.kind === "root-complex" && node.segment === requester.segment;
    return own ? mapId(table, node.idMappings, requester.requesterId) : null;
  }
  if (node.kind !== "named-component" || node.deviceName !== requester.deviceName) return null;
  const mapping = node.idMappings[requester.index];
  if (mapping === undefined) return null;
  return { id: mapping.outputBase, reference: mapping.outputReference };
}

function interruptsOf(table: IortTable, smmu: IortSmmu, streamId: number): ItsTarget | null {
  const own = smmu.kind === "smmu-v3" ? deviceIdMappingIndex(smmu) : null;
  // A single mapping of an SMMU, and the one of the DeviceID index, are for the SMMU's own interrupts.
  const mappings = smmu.idMappings.filter((mapping, index) => index !== own && !mapping.singleMapping);
  const output = mapId(table, mappings, streamId);
  const its = output === null ? undefined : table.byOffset.get(output.reference);
  return output !== null && its?.kind === "its-group" ? { its, deviceId: output.id } : null;
}

/** The first mapping in the table that takes the id (tables 3: first match). */
function mapId(table: IortTable, mappings: readonly IdMapping[], id: number): Output | null {
  for (const mapping of mappings) {
    const reference = mapping.outputReference;
    if (mapping.singleMapping) return { id: mapping.outputBase, reference };
    if (id < mapping.inputBase || id > lastInput(table, mapping)) continue;
    return { id: mapping.outputBase + (id - mapping.inputBase), reference };
  }
  return null;
}
