import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import { type IdMapping, type IortNode, type IortTable, lastInput, type RmrRegion } from "./iort.ts";
import { deviceIdMappingIndex } from "./iortLookup.ts";

const ID_LIMIT = 2 ** 32;
const PAGE_MASK = 0xfffn;
const LEGAL_TARGETS: readonly IortNode["kind"][] = ["its-group", "smmu-v1-v2", "smmu-v3"];

/** Reports what contradicts itself in an IORT whose nodes could be read (tables 3, malformed cases). */
export function checkIort(table: IortTable, findings: Findings): void {
  for (const node of table.nodes) {
    checkMappings(table, node, findings);
    checkOverlaps(table, node, findings);
    checkNode(table, node, findings);
  }
  checkCycles(table, findings);
  checkRegions(table.nodes, findings);
}

function checkMappings(table: IortTable, node: IortNode, findings: Findings): void {
  for (const mapping of node.idMappings) {
    if (!mapping.singleMapping) checkWrap(table, mapping, findings);
    const target = table.byOffset.get(mapping.outputReference);
    if (target === undefined) {
      const message = `id mapping of ${label(node)} leads to ${hex(mapping.outputReference)}, where no readable node starts`;
      findings.add("IORT007", mapping.offset, message);
    } else if (!LEGAL_TARGETS.includes(target.kind)) {
      const message = `id mapping of ${label(node)} leads to ${label(target)}; only an SMMU or an ITS group may be a target`;
      findings.add("IORT008", mapping.offset, message);
    }
  }
}

function checkWrap(table: IortTable, mapping: IdMapping, findings: Findings): void {
  const last = lastInput(table, mapping);
  const count = last - mapping.inputBase + 1;
  if (last >= ID_LIMIT) {
    const message = `${count} input ids from ${hex(mapping.inputBase)} pass 32 bits`;
    findings.add("IORT010", mapping.offset, message);
  }
  if (mapping.outputBase + count > ID_LIMIT) {
    const message = `${count} output ids from ${hex(mapping.outputBase)} pass 32 bits`;
    findings.add("IORT024", mapping.offset, message);
  }
}

function checkOverlaps(table: IortTable, node: IortNode, findings: Findings): void {
  const ranges = node.idMappings.filter((m) => !m.singleMapping).sort((a, b) => a.inputBase - b.inputBase);
  let widest: IdMapping | null = null;
  for (const mapping of ranges) {
    if (widest !== null && mapping.inputBase <= lastInput(table, widest) && !agree(widest, mapping)) {
      const message = `input ids from ${hex(mapping.inputBase)} of ${label(node)} are also mapped at ${hex(widest.offset)}, to other ids`;
      findings.add("IORT011", mapping.offset, message, "the mapping that stands first in the table is used");
    }
    if (widest === null || lastInput(table, mapping) > lastInput(table, widest)) widest = mapping;
  }
}

function agree(a: IdMapping, b: IdMapping): boolean {
  return a.outputReference === b.outputReference && a.outputBase - a.inputBase === b.outputBase - b.inputBase;
}

function checkNode(table: IortTable, node: IortNode, findings: Findings): void {
  if (node.kind === "smmu-v1-v2" || node.kind === "smmu-v3") {
    if (node.base === 0n || (node.base & PAGE_MASK) !== 0n) {
      findings.add(
        "IORT029",
        node.offset,
        `${label(node)} has register base ${hex(node.base)}: 0 or not 4-KiB aligned`,
      );
    }
  }
  if (node.kind === "smmu-v3") {
    const index = deviceIdMappingIndex(node);
    if (index !== null && index >= node.idMappings.length && node.idMappings.length > 0) {
      const message = `DeviceID mapping index ${index} of ${label(node)} is beyond its ${node.idMappings.length} mappings`;
      findings.add("IORT027", node.offset, message);
    }
  }
  if (node.kind === "pmcg" && node.nodeReference !== 0 && !table.byOffset.has(node.nodeReference)) {
    findings.add(
      "IORT030",
      node.offset,
      `PMCG names ${hex(node.nodeReference)}, where no readable node starts`,
    );
  }
  if (node.kind === "rmr" && node.idMappings.length === 0) {
    findings.add("IORT028", node.offset, "RMR node has no id mapping, so its regions are kept for no stream");
  }
}

/** Follows every reference once; a node met again on the way down closes a cycle. Without recursion: input sets the depth. */
function checkCycles(table: IortTable, findings: Findings): void {
  const done = new Set<number>();
  for (const start of table.nodes) {
    if (done.has(start.offset)) continue;
    const path: { node: IortNode; next: number }[] = [{ node: start, next: 0 }];
    const onPath = new Set([start.offset]);
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const mapping = top.node.idMappings[top.next];
      top.next += 1;
      if (mapping === undefined) {
        path.pop();
        onPath.delete(top.node.offset);
        done.add(top.node.offset);
        continue;
      }
      const target = table.byOffset.get(mapping.outputReference);
      if (target === undefined) continue;
      if (onPath.has(target.offset)) {
        const message = `id mapping of ${label(top.node)} leads back to ${label(target)}: ids would run in a circle`;
        findings.add("IORT009", mapping.offset, message);
      } else if (!done.has(target.offset)) {
        path.push({ node: target, next: 0 });
        onPath.add(target.offset);
      }
    }
  }
}

function checkRegions(nodes: readonly IortNode[], findings: Findings): void {
  const regions = nodes.flatMap((node) => (node.kind === "rmr" ? node.regions : []));
  for (const region of regions) {
    if (region.length === 0n) findings.add("IORT014", region.offset, "RMR region has length 0");
    else if (region.base + region.length > 1n << 64n) {
      findings.add("IORT026", region.offset, `RMR region ${describe(region)} passes 2^64`);
    }
    if (((region.base | region.length) & PAGE_MASK) !== 0n) {
      const message = `RMR region ${describe(region)} is not made of whole 4-KiB pages`;
      findings.add(
        "IORT015",
        region.offset,
        message,
        "rounded outward, so devices reach more than the firmware asked for",
      );
    }
  }
  const sorted = regions.toSorted((a, b) =>
    a.base < b.base ? -1 : a.base > b.base ? 1 : a.offset - b.offset,
  );
  let widest: RmrRegion | null = null;
  for (const region of sorted) {
    if (widest !== null && region.length > 0n && region.base < widest.base + widest.length) {
      const message = `RMR region ${describe(region)} overlaps the one at ${hex(widest.offset)}, ${describe(widest)}`;
      findings.add("IORT016", region.offset, message);
    }
    if (widest === null || region.base + region.length > widest.base + widest.length) widest = region;
  }
}

function describe(region: RmrRegion): string {
  return `${hex(region.base)}+${hex(region.length)}`;
}

function label(node: IortNode): string {
  return `the ${node.kind} node at ${hex(node.offset)}`;
}
