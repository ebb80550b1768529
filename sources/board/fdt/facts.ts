import type { Json } from "../../../base/canonicalJson.ts";
import { hex } from "../hex.ts";
import type { AddressRange } from "./addresses.ts";
import type { DeviceTreeTable } from "./deviceTree.ts";
import type { IommuConsumer, IommuMap, IommuProvider } from "./iommuModel.ts";
import type { ReservedMemory } from "./reservedMemory.ts";

/** A device tree as `smmu inspect` tells it: its header, and what it says of IOMMUs. */
export function deviceTreeFacts(table: DeviceTreeTable): Json {
  const { header } = table;
  return {
    header: {
      magic: hex(header.magic, 8),
      totalsize: header.totalSize,
      offStruct: header.structOffset,
      offStrings: header.stringsOffset,
      offMemRsv: header.reservationsOffset,
      version: header.version,
      lastComp: header.lastCompatibleVersion,
      bootCpu: header.bootCpu,
      sizeStrings: header.stringsSize,
      sizeStruct: header.structSize,
    },
    memoryReservations: table.reservations.map(({ address, size }) => [hex(address), hex(size)]),
    iommus: table.providers.map(providerFacts),
    masters: table.consumers.map(masterFacts),
    disabled: table.disabled,
    iommuMaps: table.maps.map(mapFacts),
    reserved: table.reserved.map(reservedFacts),
  };
}

function providerFacts({ path, compatible, reg, cells }: IommuProvider): Json {
  const registers =
    reg[0] === undefined ? { base: null, size: null } : { base: hex(reg[0].base), size: hex(reg[0].size) };
  return { path, compatible: compatible[0] ?? null, ...registers, cells };
}

function masterFacts({ path, streams }: IommuConsumer): Json {
  const ids = streams.map(({ provider, id, mask }) => ({
    iommu: provider.path,
    ...(id === null ? {} : { id: hex(id) }),
    ...(mask === null ? {} : { mask: hex(mask) }),
  }));
  return { path, ids };
}

function mapFacts({ path, mask, entries }: IommuMap): Json {
  const ranges = entries.map(({ ridBase, provider, outBase, length }) => ({
    ridBase: hex(ridBase),
    iommu: provider.path,
    outBase: hex(outBase),
    length: hex(length),
  }));
  return { path, mask: hex(mask), entries: ranges };
}

function reservedFacts({ path, reg, noMap, iommuAddresses }: ReservedMemory): Json {
  return {
    path,
    reg: reg.map(rangeFacts),
    noMap,
    iommuAddresses: iommuAddresses.map(({ devicePath, base, size }) => ({
      device: devicePath,
      base: hex(base),
      size: hex(size),
    })),
    identity: iommuAddresses.some(({ identity }) => identity),
  };
}

function rangeFacts({ base, size }: AddressRange): Json {
  return [hex(base), hex(size)];
}
