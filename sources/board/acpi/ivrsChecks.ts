import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { Ivhd, Ivmd, IvrsTable } from "./ivrs.ts";
import { deviceRanges, type IvrsUnit, ivrsUnits, type RangeFault } from "./ivrsLookup.ts";

const PAGE_MASK = 0xfffn;
const FAULT_CODES = {
  "start-without-end": "IVRS009",
  "end-without-start": "IVRS010",
  "end-before-start": "IVRS011",
} as const;

/** Reports what contradicts itself in an IVRS whose blocks could be read (tables 4, malformed cases). */
export function checkIvrs(table: IvrsTable, findings: Findings): void {
  const described = new Map<string, Ivhd>();
  let units = 0;
  for (const block of table.blocks) {
    if (block.kind === "IVMD") checkMemory(block, findings);
    if (block.kind !== "IVHD") continue;
    units += 1;
    checkUnit(block, described, findings);
    for (const fault of deviceRanges(block.entries).faults) reportRange(fault, findings);
  }
  if (units === 0) {
    findings.add(
      "IVRS018",
      null,
      "no IVHD: the table describes no IOMMU",
      "is the IOMMU enabled in the firmware?",
    );
  }
  checkShared(ivrsUnits(table), findings);
}

function checkUnit(block: Ivhd, described: Map<string, Ivhd>, findings: Findings): void {
  const name = `IVHD of the IOMMU ${hex(block.deviceId, 4)}`;
  if (block.base === 0n || (block.base & PAGE_MASK) !== 0n) {
    findings.add(
      "IVRS014",
      block.offset,
      `${name} has register base ${hex(block.base)}: 0 or not 4-KiB aligned`,
    );
  }
  const unit = `${block.segment}:${block.deviceId}`;
  const repeated = described.get(`${unit}:${block.typeCode}`);
  if (repeated !== undefined) {
    const message = `${name} repeats the one at ${hex(repeated.offset)}, of the same type ${hex(block.typeCode)}`;
    findings.add("IVRS020", block.offset, `${message}; the first is kept`);
  } else described.set(`${unit}:${block.typeCode}`, block);
  const first = described.get(unit);
  if (first === undefined) described.set(unit, block);
  else if (first.base !== block.base) {
    const message = `${name} gives register base ${hex(block.base)}, the one at ${hex(first.offset)} gives ${hex(first.base)}`;
    findings.add("IVRS021", block.offset, message);
  }
}

function checkMemory(block: Ivmd, findings: Findings): void {
  const range = `${hex(block.start)}+${hex(block.memoryLength)}`;
  if (block.memoryLength === 0n)
    findings.add("IVRS016", block.offset, "IVMD has memory length 0; it is ignored");
  if (block.start + block.memoryLength > 1n << 64n) {
    findings.add("IVRS017", block.offset, `IVMD region ${range} passes 2^64`);
  }
  if (((block.start | block.memoryLength) & PAGE_MASK) !== 0n) {
    const hint = "rounded outward, so devices reach more than the firmware asked for";
    findings.add("IVRS024", block.offset, `IVMD region ${range} is not made of whole 4-KiB pages`, hint);
  }
  if (block.typeCode === 0x22 && block.auxiliaryData < block.deviceId) {
    const message = `IVMD device range ends at ${hex(block.auxiliaryData, 4)}, before it starts at ${hex(block.deviceId, 4)}`;
    findings.add("IVRS025", block.offset, message);
  }
}

function reportRange(fault: RangeFault, findings: Findings): void {
  const problem = {
    "start-without-end": "starts a range that no entry of the block ends",
    "end-without-start": "ends a range that no entry of the block starts",
    "end-before-start": "ends a range before the device it starts at",
  }[fault.kind];
  const message = `device entry for ${hex(fault.entry.deviceId, 4)} ${problem}; the range is ignored`;
  findings.add(FAULT_CODES[fault.kind], fault.entry.offset, message);
}

/** Devices that two IOMMUs of a segment both claim; the ranges of each, merged, are few, so one note a pair suffices. */
function checkShared(units: readonly IvrsUnit[], findings: Findings): void {
  const claims = units
    .flatMap((unit) => unit.ranges.map((range) => ({ unit, range })))
    .sort((a, b) => a.unit.segment - b.unit.segment || a.range.first - b.range.first);
  const told = new Set<string>();
  let widest: (typeof claims)[number] | null = null;
  for (const claim of claims) {
    const sameSegment = widest !== null && widest.unit.segment === claim.unit.segment;
    if (
      widest !== null &&
      sameSegment &&
      claim.range.first <= widest.range.last &&
      widest.unit !== claim.unit
    ) {
      const pair = [widest.unit.deviceId, claim.unit.deviceId].map((id) => hex(id, 4)).sort();
      const key = `${claim.unit.segment} ${pair.join(" ")}`;
      if (!told.has(key)) {
        const message = `devices from ${hex(claim.range.first, 4)} are behind both IOMMUs ${pair.join(" and ")}`;
        findings.add(
          "IVRS026",
          claim.range.entry.offset,
          `${message}; the one that stands later in the table counts`,
        );
      }
      told.add(key);
    }
    if (widest === null || !sameSegment || claim.range.last > widest.range.last) widest = claim;
  }
}
