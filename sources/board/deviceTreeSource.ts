import type { BoardRegion, BoardUnit, CoveredRange } from "../../events/vocabulary/boardFacts.ts";
import { type DeviceName, parseDeviceName, pciParts } from "../../events/vocabulary/device.ts";
import { unitName } from "../../events/vocabulary/names.ts";
import type { DeviceTreeTable } from "./fdt/deviceTree.ts";
import type { IommuConsumer, IommuMap, IommuProvider } from "./fdt/iommuModel.ts";
import { resolveIommuMap, takenAddressesOf } from "./fdt/lookup.ts";
import { hex } from "./hex.ts";
import type { DeviceAnswer, UnitSource } from "./unitSource.ts";

/** What a device tree says of units: its IOMMUs, the devices behind them, and memory that is theirs 1:1. */
export function deviceTreeSource(table: DeviceTreeTable): UnitSource {
  const units = new Map<IommuProvider, BoardUnit>();
  const names = table.providers.map(({ path }) => leafName(path));
  for (const [index, provider] of table.providers.entries()) {
    const name = names[index]!;
    const isUnique = names.indexOf(name) === names.lastIndexOf(name);
    if (provider.family !== null)
      units.set(provider, unitOf(table, provider, isUnique ? name : provider.path));
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
      return known.flatMap((device) => {
        const consumer = consumers.get(device);
        return consumer === undefined ? [] : regionsOf(table, consumer, device);
      });
    },
  };
}

function leafName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

function unitOf(table: DeviceTreeTable, provider: IommuProvider, name: string): BoardUnit {
  const covers = table.maps.flatMap((map) => coversOf(map, provider));
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

/** The requester ids of a PCI host that go through an IOMMU. */
function coversOf(map: IommuMap, provider: IommuProvider): CoveredRange[] {
  const { segment, mask, entries } = map;
  if (segment === null) return [];
  if (mask === RID_MAX) {
    return entries
      .filter((entry) => entry.provider === provider)
      .map(({ ridBase, length }) => {
        return { kind: "pci", segment, first: ridBase, last: Math.min(ridBase + length - 1, RID_MAX) };
      });
  }
  return maskedRuns(map, provider).map(([first, last]) => ({ kind: "pci", segment, first, last }));
}

const RID_MAX = 0xffff;
/** With how many entries a masked map is looked through id by id; real ones have one or two. */
const MASKED_ENTRIES_MAX = 16;

// A mask folds ids together, so that no entry is a range any more: each id is asked, and neighbours are joined.
function maskedRuns(map: IommuMap, provider: IommuProvider): [number, number][] {
  const runs: [number, number][] = [];
  if (map.entries.length > MASKED_ENTRIES_MAX) return runs;
  for (let id = 0; id <= RID_MAX; id += 1) {
    if (resolveIommuMap(map, id)?.provider !== provider) continue;
    const run = runs.at(-1);
    if (run !== undefined && run[1] === id - 1) run[1] = id;
    else if (runs.length < MASKED_RUNS_MAX) runs.push([id, id]);
  }
  return runs;
}

const MASKED_RUNS_MAX = 256;

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
function regionsOf(table: DeviceTreeTable, consumer: IommuConsumer, device: DeviceName): BoardRegion[] {
  return takenAddressesOf(table, consumer.path)
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
