import type { Ivhd, IvrsDeviceEntry, IvrsTable } from "./ivrs.ts";

/** Devices that one or more entries put behind an IOMMU, both ends inclusive. */
export interface IvrsDeviceRange {
  readonly first: number;
  readonly last: number;
  /** The requester id that the IOMMU sees in place of the devices' own, or null. */
  readonly alias: number | null;
  readonly dataSetting: number;
  /** Extended data, bit 31: the devices may not use ATS. */
  readonly atsDisabled: boolean;
  readonly entry: IvrsDeviceEntry;
}

/** An IOMMU, by the highest block type that describes it: of up to three descriptions, the richest (tables 4). */
export interface IvrsUnit {
  readonly ivhd: Ivhd;
  readonly segment: number;
  /** The IOMMU's own requester id. */
  readonly deviceId: number;
  readonly base: bigint;
  readonly ranges: readonly IvrsDeviceRange[];
}

/** A memory region of an IVMD, in whole pages rounded outward; both ends inclusive, of devices too. */
export interface IvrsMemoryRegion {
  readonly segment: number;
  readonly firstDeviceId: number;
  readonly lastDeviceId: number;
  readonly base: bigint;
  readonly limit: bigint;
  /** `unity`: must be mapped 1:1 with these rights. `exclusion`: the IOMMU does not look at accesses to it. */
  readonly use: "unity" | "exclusion";
  readonly readable: boolean;
  readonly writable: boolean;
}

/** The last 16-bit device id. */
export const DEVICE_ID_MAX = 0xffff;

/** The usable IOMMUs, in the order in which the table first names them. */
export function ivrsUnits(table: IvrsTable): readonly IvrsUnit[] {
  const best = new Map<string, Ivhd>();
  for (const block of table.blocks) {
    if (block.kind !== "IVHD" || block.base === 0n || (block.base & 0xfffn) !== 0n) continue;
    const key = `${block.segment}:${block.deviceId}`;
    const known = best.get(key);
    if (known === undefined || block.typeCode > known.typeCode) best.set(key, block);
  }
  return [...best.values()].map((ivhd) => ({
    ivhd,
    segment: ivhd.segment,
    deviceId: ivhd.deviceId,
    base: ivhd.base,
    ranges: deviceRanges(ivhd.entries).ranges,
  }));
}

/**
 * The IOMMU in front of a device, with the range that says so. Where entries overlap the later one counts, within a block
 * and between units, as Linux fills its tables.
 */
export function unitForDeviceId(
  units: readonly IvrsUnit[],
  segment: number,
  deviceId: number,
): { readonly unit: IvrsUnit; readonly range: IvrsDeviceRange } | null {
  for (const unit of units.toReversed()) {
    if (unit.segment !== segment) continue;
    const range = unit.ranges.findLast(({ first, last }) => first <= deviceId && deviceId <= last);
    if (range !== undefined) return { unit, range };
  }
  return null;
}

/** The memory regions of the table, in its order; empty ones and those that ask for nothing are left out. */
export function ivrsMemoryRegions(table: IvrsTable): readonly IvrsMemoryRegion[] {
  const regions: IvrsMemoryRegion[] = [];
  // Older tables keep the word of the segment reserved, and may hold anything there.
  const segments = new Set(table.blocks.flatMap((block) => (block.kind === "IVHD" ? [block.segment] : [])));
  for (const block of table.blocks) {
    if (block.kind !== "IVMD" || block.memoryLength === 0n) continue;
    const exclusion = (block.flags & 8) !== 0;
    if (!exclusion && (block.flags & 1) === 0) continue;
    const all = block.typeCode === 0x20;
    const lastOfBlock = block.typeCode === 0x22 ? block.auxiliaryData : block.deviceId;
    regions.push({
      segment: segments.has(block.segment) ? block.segment : 0,
      firstDeviceId: all ? 0 : block.deviceId,
      lastDeviceId: all ? DEVICE_ID_MAX : lastOfBlock,
      base: block.start & ~0xfffn,
      limit: (block.start + block.memoryLength - 1n) | 0xfffn,
      use: exclusion ? "exclusion" : "unity",
      readable: exclusion || (block.flags & 2) !== 0,
      writable: exclusion || (block.flags & 4) !== 0,
    });
  }
  return regions;
}

/** The memory regions that concern a device. */
export function memoryRegionsForDeviceId(
  regions: readonly IvrsMemoryRegion[],
  deviceId: number,
): readonly IvrsMemoryRegion[] {
  return regions.filter((region) => region.firstDeviceId <= deviceId && deviceId <= region.lastDeviceId);
}

/** What is wrong with the order of range starts and ends in a block. */
export interface RangeFault {
  readonly kind: "start-without-end" | "end-without-start" | "end-before-start";
  readonly entry: IvrsDeviceEntry;
}

/** The device ranges of a block's entries: a start opens, the next end closes, the start's data and alias apply. */
export function deviceRanges(entries: readonly IvrsDeviceEntry[]): {
  readonly ranges: readonly IvrsDeviceRange[];
  readonly faults: readonly RangeFault[];
} {
  const ranges: IvrsDeviceRange[] = [];
  const faults: RangeFault[] = [];
  let open: IvrsDeviceEntry | null = null;
  for (const entry of entries) {
    switch (entry.kind) {
      case "all":
        ranges.push(rangeOf(entry, 0, DEVICE_ID_MAX));
        break;
      case "select":
      case "alias-select":
      case "extended-select":
      case "acpi-hid":
        ranges.push(rangeOf(entry, entry.deviceId, entry.deviceId));
        break;
      case "range-start":
      case "alias-range-start":
      case "extended-range-start":
        if (open !== null) faults.push({ kind: "start-without-end", entry: open });
        open = entry;
        break;
      case "range-end":
        if (open === null) faults.push({ kind: "end-without-start", entry });
        else if (entry.deviceId < open.deviceId) faults.push({ kind: "end-before-start", entry });
        else ranges.push(rangeOf(open, open.deviceId, entry.deviceId));
        open = null;
        break;
      // Special devices (IOAPIC, HPET) send interrupts, no DMA; pads and unknown entries say nothing.
      default:
        break;
    }
  }
  if (open !== null) faults.push({ kind: "start-without-end", entry: open });
  return { ranges, faults };
}

function rangeOf(entry: IvrsDeviceEntry, first: number, last: number): IvrsDeviceRange {
  const alias =
    entry.kind === "alias-select" || entry.kind === "alias-range-start" ? entry.sourceDeviceId : null;
  const extended = entry.kind === "extended-select" || entry.kind === "extended-range-start";
  const atsDisabled = extended && entry.extendedData >= 0x8000_0000;
  return { first, last, alias, dataSetting: entry.dataSetting, atsDisabled, entry };
}
