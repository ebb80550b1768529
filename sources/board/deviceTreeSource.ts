import type { BoardRegion, BoardUnit, CoveredRange } from "../../events/vocabulary/boardFacts.ts";
import { type DeviceName, parseDeviceName, pciParts } from "../../events/vocabulary/device.ts";
import { unitName } from "../../events/vocabulary/names.ts";
import type { DeviceTreeTable } from "./fdt/deviceTree.ts";
import type { IommuConsumer, IommuMap, IommuProvider } from "./fdt/iommuModel.ts";
import { resolveIommuMap, takenAddresses } from "./fdt/lookup.ts";
import type { TakenAddresses } from "./fdt/reservedMemory.ts";
import { hex } from "./hex.ts";
import type { DeviceAnswer, UnitSource } from "./unitSource.ts";

/** What a device tree says of units: its IOMMUs, the devices behind them, and memory that is theirs 1:1. */
export function deviceTreeSource(table: DeviceTreeTable): UnitSource {
  const units = new Map<IommuProvider, BoardUnit>();
  const counts = new Map<string, number>();
  for (const { path } of table.providers) counts.set(leafName(path), (counts.get(leafName(path)) ?? 0) + 1);
  const covers = coversOf(table);
  for (const provider of table.providers) {
    const name = leafName(provider.path);
    const isUnique = counts.get(name) === 1;
    if (provider.family !== null)
      units.set(provider, unitOf(provider, isUnique ? name : provider.path, covers.get(provider) ?? []));
  }
  const consumers = new Map<DeviceName, IommuConsumer>();
  for (const consumer of table.consumers) {
    const name = deviceName(consumer);
    if (name !== null && !consumers.has(name)) consumers.set(name, consumer);
  }
  return {
    units: [...units.values()],
    devices: [...consumers.keys()],
    unitOf(device): DeviceAnswer | null {
      const at = pciParts(device);
      if (at !== null) return behindHost(table, units, at.segment, (at.bus << 8) | (at.device << 3) | at.fn);
      const streams = consumers.get(device)?.streams ?? [];
      const [first] = streams;
      const unit = first === undefined ? undefined : units.get(first.provider);
      if (first === undefined || unit === undefined) return null;
      const own = streams.filter(({ provider }) => provider === first.provider);
      return { answer: "unit", unit, identifiers: own.flatMap(({ id }) => (id === null ? [] : [id])) };
    },
    reserved(known) {
      const taken = takenAddresses(table);
      return [...consumers].flatMap(([device, { path }]) => {
        return known.has(device) ? regionsOf(taken.get(path) ?? [], device) : [];
      });
    },
  };
}

function leafName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

function unitOf(provider: IommuProvider, name: string, covers: readonly CoveredRange[]): BoardUnit {
  const [registers] = provider.reg;
  return {
    name: unitName(name),
    family: provider.family!,
    base: registers === undefined ? null : hex(registers.base),
    addressWidth: null,
    covers,
    source: "device tree",
  };
}

/** The requester ids of PCI hosts that go through each IOMMU. */
function coversOf({ maps }: DeviceTreeTable): ReadonlyMap<IommuProvider, readonly CoveredRange[]> {
  const found = new Map<IommuProvider, CoveredRange[]>();
  const add = (provider: IommuProvider, segment: number, first: number, last: number) => {
    const ranges = found.get(provider);
    const range: CoveredRange = { kind: "pci", segment, first, last };
    if (ranges === undefined) found.set(provider, [range]);
    else ranges.push(range);
  };
  let masked = 0;
  for (const map of maps) {
    const { segment, mask, entries } = map;
    if (segment === null) continue;
    if (mask === RID_MAX) {
      for (const { provider, ridBase, length } of entries)
        add(provider, segment, ridBase, Math.min(ridBase + length - 1, RID_MAX));
    } else if (entries.length <= MASKED_ENTRIES_MAX && masked < MASKED_MAPS_MAX) {
      masked += 1;
      for (const { provider, first, last } of maskedRuns(map)) add(provider, segment, first, last);
    }
  }
  return found;
}

const RID_MAX = 0xffff;
/** How many masked maps are looked through id by id, of how many entries each, and how many runs are kept; real ones have one or two. */
const MASKED_MAPS_MAX = 64;
const MASKED_ENTRIES_MAX = 16;
const MASKED_RUNS_MAX = 256;

// A mask folds ids together, so that no entry is a range any more: each id is asked, and neighbours are joined.
function maskedRuns(map: IommuMap): { provider: IommuProvider; first: number; last: number }[] {
  const runs: { provider: IommuProvider; first: number; last: number }[] = [];
  for (let id = 0; id <= RID_MAX && runs.length < MASKED_RUNS_MAX; id += 1) {
    const provider = resolveIommuMap(map, id)?.provider;
    if (provider === undefined) continue;
    const run = runs.at(-1);
    if (run?.provider === provider && run.last === id - 1) run.last = id;
    else runs.push({ provider, first: id, last: id });
  }
  return runs;
}

function behindHost(
  table: DeviceTreeTable,
  units: ReadonlyMap<IommuProvider, BoardUnit>,
  segment: number,
  requesterId: number,
): DeviceAnswer | null {
  for (const map of table.maps) {
    if (map.segment !== segment) continue;
    const stream = resolveIommuMap(map, requesterId);
    const unit = stream === null ? undefined : units.get(stream.provider);
    if (stream !== null && unit !== undefined)
      return { answer: "unit", unit, identifiers: [stream.streamId] };
  }
  return null;
}

function deviceName({ reg }: IommuConsumer): DeviceName | null {
  const [first] = reg;
  return first === undefined ? null : parseDeviceName(`mmio:${hex(first.base)}`);
}

// Only what is its own memory must stay 1:1; other entries keep addresses free and grant nothing.
function regionsOf(taken: readonly TakenAddresses[], device: DeviceName): BoardRegion[] {
  return taken
    .filter(({ identity, size }) => identity && size > 0n)
    .map(({ base, size }) => ({
      start: hex(base),
      length: hex(size),
      access: "rw",
      devices: [device],
      undecided: [],
      source: "device tree",
    }));
}
