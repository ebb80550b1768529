import { unreachable } from "../../base/assert.ts";
import type { BoardRegion, BoardUnit, CoveredRange } from "../../events/vocabulary/boardFacts.ts";
import { type DeviceName, pciDevice, pciParts } from "../../events/vocabulary/device.ts";
import { unitName } from "../../events/vocabulary/names.ts";
import type { DmarTable } from "./acpi/dmar.ts";
import {
  type DmarReservedRegion,
  dmarReservedRegions,
  dmarUnits,
  type PciTopology,
  reservedRegionsForDevice,
  scopeFunction,
  unitForDevice,
} from "./acpi/dmarLookup.ts";
import { type IortTable, lastInput } from "./acpi/iort.ts";
import { iortReservedRegions, iortSmmus, resolveStreamId } from "./acpi/iortLookup.ts";
import type { IvrsTable } from "./acpi/ivrs.ts";
import { ivrsMemoryRegions, ivrsUnits, unitForDeviceId } from "./acpi/ivrsLookup.ts";
import { deviceTreeSource } from "./deviceTreeSource.ts";
import type { FirmwareTable } from "./firmware.ts";
import { hex } from "./hex.ts";
import type { Bridges, DeviceAnswer, UnitSource } from "./unitSource.ts";

/** What a firmware table says of units. `nth`: how many tables of its kind came before it, to keep names apart. */
export function tableSource(table: FirmwareTable, nth: number, bridges: Bridges): UnitSource {
  const prefix = nth === 0 ? "" : `${nth}.`;
  switch (table.kind) {
    case "DMAR":
      return dmarSource(table, `${prefix}dmar`, bridges);
    case "IORT":
      return iortSource(table, `${prefix}smmu`);
    case "IVRS":
      return ivrsSource(table, `${prefix}amdvi`);
    case "FDT":
      return deviceTreeSource(table);
    default:
      return unreachable(table);
  }
}

const ALL_IDS = { first: 0, last: 0xffff };

function dmarSource(table: DmarTable, prefix: string, bridges: Bridges): UnitSource {
  const topology = topologyOf(bridges);
  const found = dmarUnits(table);
  const units = new Map(
    found.map((unit, index) => {
      const covers: CoveredRange[] = unit.includeAll
        ? [{ kind: "pci", segment: unit.segment, ...ALL_IDS }]
        : [];
      return [
        unit,
        {
          name: unitName(`${prefix}${index}`),
          family: "vtd",
          base: hex(unit.base),
          addressWidth: null,
          covers,
          source: "DMAR",
        } satisfies BoardUnit,
      ];
    }),
  );
  const regions = dmarReservedRegions(table);
  const scoped = [...found, ...regions].flatMap(({ scopes, segment }) =>
    scopes
      .filter(({ kind }) => kind === "pci-endpoint")
      .map((scope) => scopeFunction(scope, segment, topology)),
  );
  return {
    units: found.filter(({ usable }) => usable).map((unit) => units.get(unit)!),
    devices: scoped.flatMap((at) =>
      at === null || at === "unknown" ? [] : [pciDevice(at.segment, at.bus, at.device, at.fn)],
    ),
    unitOf(device): DeviceAnswer | null {
      const at = pciParts(device);
      if (at === null) return null;
      const answer = unitForDevice(found, at, topology);
      switch (answer.kind) {
        case "unit":
          return { answer: "unit", unit: units.get(answer.unit)!, identifiers: [] };
        case "unusable":
        case "uncovered":
          return { answer: "none", unit: null, identifiers: [] };
        case "undecided": {
          const unit = answer.otherwise === null ? null : units.get(answer.otherwise)!;
          return { answer: "undecided", unit, identifiers: [] };
        }
      }
    },
    reserved(known) {
      return regions.flatMap((region) => {
        const devices: DeviceName[] = [];
        const undecided: DeviceName[] = [];
        for (const device of concerned(region, known, topology)) {
          const at = pciParts(device)!;
          const found = reservedRegionsForDevice([region], at, topology);
          if (found.own.length > 0) devices.push(device);
          else if (found.undecided.length > 0) undecided.push(device);
        }
        return regionOf(region.base, region.limit, "rw", devices, "RMRR", undecided);
      });
    },
  };
}

/** The devices that a region may be for: where its scopes are endpoints on known buses, only those need be asked. */
function concerned(
  { scopes, segment }: DmarReservedRegion,
  known: ReadonlySet<DeviceName>,
  topology: PciTopology,
): Iterable<DeviceName> {
  const named: DeviceName[] = [];
  for (const scope of scopes) {
    const at = scope.kind === "pci-endpoint" ? scopeFunction(scope, segment, topology) : "unknown";
    if (at === "unknown") return [...known].filter((device) => pciParts(device) !== null);
    if (at !== null) named.push(pciDevice(at.segment, at.bus, at.device, at.fn));
  }
  return new Set(named.filter((device) => known.has(device)));
}

function topologyOf(bridges: Bridges): PciTopology {
  return ({ segment, bus, device, fn }) => {
    const behind = bridges.get(pciDevice(segment, bus, device, fn));
    return behind === undefined ? "unknown" : { secondary: behind[0], subordinate: behind[1] };
  };
}

function iortSource(table: IortTable, prefix: string): UnitSource {
  const smmus = iortSmmus(table);
  const units = smmus.map(
    (smmu, index): BoardUnit => ({
      name: unitName(`${prefix}${index}`),
      family: smmu.kind === "smmu-v3" ? "smmuv3" : "smmuv2",
      base: hex(smmu.base),
      addressWidth: null,
      covers: table.nodes.flatMap((node): CoveredRange[] => {
        if (node.kind !== "root-complex") return [];
        return node.idMappings
          .filter((mapping) => mapping.outputReference === smmu.offset)
          .map((mapping) => {
            const last = mapping.singleMapping ? 0xffff : Math.min(lastInput(table, mapping), 0xffff);
            return {
              kind: "pci",
              segment: node.segment,
              first: mapping.singleMapping ? 0 : mapping.inputBase,
              last,
            };
          });
      }),
      source: "IORT",
    }),
  );
  const streamOf = (device: DeviceName) => {
    const at = pciParts(device);
    if (at === null) return null;
    const requesterId = (at.bus << 8) | (at.device << 3) | at.fn;
    return resolveStreamId(table, { kind: "pci", segment: at.segment, requesterId });
  };
  return {
    units,
    devices: [],
    unitOf(device) {
      const answer = streamOf(device);
      if (answer === null || answer.kind === "unmapped") return null;
      if (answer.kind === "its") return { answer: "none", unit: null, identifiers: [] };
      const unit = units[smmus.indexOf(answer.smmu)]!;
      return { answer: "unit", unit, identifiers: [answer.streamId] };
    },
    reserved(known) {
      const regions = iortReservedRegions(table);
      const answers =
        regions.length === 0 ? [] : [...known].map((device) => [device, streamOf(device)] as const);
      return regions.flatMap(({ base, limit, streams }) => {
        const devices = answers.flatMap(([device, answer]) => {
          if (answer?.kind !== "smmu") return [];
          const { smmu, streamId } = answer;
          const isConcerned = streams.some(
            (range) =>
              range.smmu === smmu && range.firstStreamId <= streamId && streamId <= range.lastStreamId,
          );
          return isConcerned ? [device] : [];
        });
        return regionOf(base, limit, "rw", devices, "RMR");
      });
    },
  };
}

function ivrsSource(table: IvrsTable, prefix: string): UnitSource {
  const found = ivrsUnits(table);
  const units = found.map(
    (unit, index): BoardUnit => ({
      name: unitName(`${prefix}${index}`),
      family: "amdvi",
      base: hex(unit.base),
      addressWidth: null,
      covers: unit.ranges.map(({ first, last }) => ({ kind: "pci", segment: unit.segment, first, last })),
      source: "IVRS",
    }),
  );
  const idOf = (device: DeviceName) => {
    const at = pciParts(device);
    return at === null ? null : { segment: at.segment, id: (at.bus << 8) | (at.device << 3) | at.fn };
  };
  return {
    units,
    devices: [],
    unitOf(device) {
      const at = idOf(device);
      const answer = at === null ? null : unitForDeviceId(found, at.segment, at.id);
      if (answer === null) return null;
      const { alias } = answer.range;
      return {
        answer: "unit",
        unit: units[found.indexOf(answer.unit)]!,
        identifiers: alias === null ? [] : [alias],
      };
    },
    reserved(known) {
      return ivrsMemoryRegions(table).flatMap((region) => {
        const devices = [...known].filter((device) => {
          const at = idOf(device);
          if (at === null || at.segment !== region.segment) return false;
          return region.firstDeviceId <= at.id && at.id <= region.lastDeviceId;
        });
        const access = `${region.readable ? "r" : ""}${region.writable ? "w" : ""}`;
        return access === ""
          ? []
          : regionOf(region.base, region.limit, access as BoardRegion["access"], devices, "IVMD");
      });
    },
  };
}

/** A region as a list of one, empty where it concerns nobody. `limit` is its last byte. */
function regionOf(
  base: bigint,
  limit: bigint,
  access: BoardRegion["access"],
  devices: readonly DeviceName[],
  source: string,
  undecided: readonly DeviceName[] = [],
): readonly BoardRegion[] {
  if (devices.length + undecided.length === 0 || limit < base) return [];
  return [{ start: hex(base), length: hex(limit - base + 1n), access, devices, undecided, source }];
}
