import { unreachable } from "../../../base/assert.ts";
import type { Json } from "../../../base/canonicalJson.ts";
import { hex } from "../hex.ts";
import { headerFacts } from "./headerFacts.ts";
import type { IdMapping, IortNode, IortTable } from "./iort.ts";

/** An IORT as `smmu inspect` tells it: what the table says, HiSilicon's too high counts included. */
export function iortFacts(table: IortTable): Json {
  return {
    ...headerFacts(table.header),
    nodeCount: table.nodeCount,
    nodeOffset: table.nodeOffset,
    nodes: table.nodes.map(nodeFacts),
  };
}

function nodeFacts(node: IortNode): Json {
  return {
    type: node.kind,
    typeCode: node.typeCode,
    offset: node.offset,
    idMappings: node.idMappings.map(mappingFacts),
    length: node.length,
    revision: node.revision,
    identifier: node.identifier,
    mappingCount: node.mappingCount,
    mappingOffset: node.mappingOffset,
    ...bodyFacts(node),
  };
}

function mappingFacts(mapping: IdMapping): Json {
  return {
    offset: mapping.offset,
    inputBase: hex(mapping.inputBase),
    idCountField: mapping.idCountField,
    lastInput: hex(mapping.inputBase + mapping.idCountField),
    outputBase: hex(mapping.outputBase),
    outputReference: mapping.outputReference,
    singleMapping: mapping.singleMapping,
    flags: mapping.flags,
  };
}

function bodyFacts(node: IortNode): { readonly [key: string]: Json | undefined } {
  switch (node.kind) {
    case "its-group":
      return { itsCount: node.itsIds.length, itsIds: node.itsIds };
    case "named-component":
      return {
        flags: hex(node.flags, 8),
        cacheCoherency: node.cacheCoherency,
        memorySizeLimit: node.addressSizeLimit,
        deviceName: node.deviceName,
      };
    case "root-complex":
      return {
        cacheCoherency: node.cacheCoherency,
        atsAttribute: node.atsAttribute,
        segment: node.segment,
        ...present("memorySizeLimit", node.addressSizeLimit),
      };
    case "smmu-v1-v2":
      return {
        base: hex(node.base),
        span: hex(node.span),
        model: node.model,
        flags: hex(node.flags, 8),
        contextInterruptCount: node.contextInterrupts.length,
        pmuInterruptCount: node.pmuInterrupts.length,
        interrupts: interruptFacts(node),
      };
    case "smmu-v3":
      return {
        base: hex(node.base),
        flags: hex(node.flags, 8),
        vatos: hex(node.vatos),
        model: node.model,
        eventGsiv: node.eventGsiv,
        priGsiv: node.priGsiv,
        gerrGsiv: node.gerrGsiv,
        syncGsiv: node.syncGsiv,
        ...present("proximityDomain", node.proximityDomain),
        ...present("deviceIdMappingIndex", node.deviceIdMappingIndex),
      };
    case "pmcg": {
      const page1 = node.page1 === null ? null : hex(node.page1);
      const counter = {
        page0: hex(node.page0),
        overflowGsiv: node.overflowGsiv,
        nodeReference: node.nodeReference,
      };
      return { ...counter, ...present("page1", page1) };
    }
    case "rmr": {
      const regions = node.regions.map(({ base, length }) => ({ base: hex(base), length: hex(length) }));
      return { flags: hex(node.flags, 8), rmrCount: node.rmrCount, rmrOffset: node.rmrOffset, regions };
    }
    case "iwb":
      return { base: hex(node.base), index: node.index, deviceName: node.deviceName };
    case "unknown":
      return {};
    default:
      return unreachable(node);
  }
}

function interruptFacts(node: Extract<IortNode, { kind: "smmu-v1-v2" }>): Json {
  const named = (name: string, gsiv: number): Json => [name, gsiv];
  return [
    ...(node.globalInterrupt === null ? [] : [named("NSgIrpt", node.globalInterrupt.gsiv)]),
    ...(node.configurationInterrupt === null ? [] : [named("NSgCfgIrpt", node.configurationInterrupt.gsiv)]),
    ...node.contextInterrupts.map(({ gsiv }) => named("Context Interrupt", gsiv)),
    ...node.pmuInterrupts.map(({ gsiv }) => named("PMU Interrupt", gsiv)),
  ];
}

// Older nodes end before the field: what a table does not say is not told.
function present(key: string, value: number | string | null): { readonly [key: string]: Json } {
  return value === null ? {} : { [key]: value };
}
