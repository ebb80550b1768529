import type { DeviceScope, DmarTable, Drhd, PathHop, Rmrr } from "./dmar.ts";

/** A PCI function: segment 0..0xffff, bus 0..255, device 0..31, function 0..7. */
export interface PciFunction {
  readonly segment: number;
  readonly bus: number;
  readonly device: number;
  readonly fn: number;
}

/** The buses behind a bridge, both inclusive. */
export interface BusRange {
  readonly secondary: number;
  readonly subordinate: number;
}

/**
 * What PCI configuration says of a bridge, which no DMAR holds: the buses behind it; `none` when the function is no
 * bridge or does not exist; `unknown` when nobody asked the hardware.
 */
export type PciTopology = (bridge: PciFunction) => BusRange | "none" | "unknown";

/** The topology of somebody who has only the table. */
export const TOPOLOGY_UNKNOWN: PciTopology = () => "unknown";

/** A remapping unit; of several with one segment and base, the first. */
export interface DmarUnit {
  readonly drhd: Drhd;
  readonly segment: number;
  readonly base: bigint;
  /** False where the base is 0 or not page-aligned: nothing can program it, and no other unit translates for it. */
  readonly usable: boolean;
  /** Bytes of the register window. */
  readonly windowLength: number;
  readonly includeAll: boolean;
  readonly scopes: readonly DeviceScope[];
  readonly proximityDomain: number | null;
}

/** A reserved region in whole pages, rounded outward; both ends inclusive. */
export interface DmarReservedRegion {
  readonly rmrr: Rmrr;
  readonly segment: number;
  readonly base: bigint;
  readonly limit: bigint;
  readonly scopes: readonly DeviceScope[];
}

/**
 * The unit that covers a device (hardware 1.8). `unusable`: the table names one, but nobody can program it, so the device is
 * as unrestricted as an `uncovered` one. `undecided`: a path cannot be followed without PCI configuration.
 */
export type UnitAnswer =
  | { readonly kind: "unit"; readonly unit: DmarUnit; readonly by: "scope" | "include-all" }
  | { readonly kind: "unusable"; readonly unit: DmarUnit }
  | { readonly kind: "uncovered" }
  | {
      readonly kind: "undecided";
      readonly candidates: readonly DmarUnit[];
      readonly otherwise: DmarUnit | null;
    };

const PAGE_BYTES = 4096;

/** The units in table order; a second one of a segment and base is left out (tables 2, case 10). */
export function dmarUnits(table: DmarTable): readonly DmarUnit[] {
  const domains = new Map<bigint, number>();
  for (const s of table.structures) {
    if (s.kind === "RHSA" && !domains.has(s.base)) domains.set(s.base, s.proximityDomain);
  }
  const units: DmarUnit[] = [];
  const seen = new Set<string>();
  for (const drhd of table.structures) {
    if (drhd.kind !== "DRHD") continue;
    const usable = drhd.base !== 0n && (drhd.base & 0xfffn) === 0n;
    const key = `${drhd.segment}:${drhd.base}`;
    if (usable && seen.has(key)) continue;
    seen.add(key);
    units.push({
      drhd,
      segment: drhd.segment,
      base: drhd.base,
      usable,
      windowLength: PAGE_BYTES * 2 ** drhd.size,
      includeAll: drhd.includeAll,
      scopes: drhd.scopes.filter((scope) => scope.usable),
      proximityDomain: domains.get(drhd.base) ?? null,
    });
  }
  return units;
}

/** The reserved regions that are not empty, in table order. */
export function dmarReservedRegions(table: DmarTable): readonly DmarReservedRegion[] {
  const regions: DmarReservedRegion[] = [];
  for (const rmrr of table.structures) {
    if (rmrr.kind !== "RMRR" || rmrr.limit < rmrr.base) continue;
    regions.push({
      rmrr,
      segment: rmrr.segment,
      base: rmrr.base & ~0xfffn,
      limit: rmrr.limit | 0xfffn,
      scopes: rmrr.scopes.filter((scope) => scope.usable),
    });
  }
  return regions;
}

/** Which unit's translation a device's DMA goes through, by the rules of hardware 1.8. */
export function unitForDevice(
  units: readonly DmarUnit[],
  device: PciFunction,
  topology: PciTopology = TOPOLOGY_UNKNOWN,
): UnitAnswer {
  const ofSegment = units.filter((unit) => unit.segment === device.segment);
  const candidates: DmarUnit[] = [];
  for (const unit of ofSegment) {
    if (unit.includeAll) continue;
    const match = matchScopes(unit.scopes, device, topology);
    if (match === "yes") return found(unit, "scope");
    if (match === "maybe") candidates.push(unit);
  }
  const otherwise = ofSegment.find((unit) => unit.includeAll) ?? null;
  if (candidates.length > 0) return { kind: "undecided", candidates, otherwise };
  return otherwise === null ? { kind: "uncovered" } : found(otherwise, "include-all");
}

function found(unit: DmarUnit, by: "scope" | "include-all"): UnitAnswer {
  return unit.usable ? { kind: "unit", unit, by } : { kind: "unusable", unit };
}

/** The reserved regions that a device must be able to reach: those known to be its own, and those that may be. */
export function reservedRegionsForDevice(
  regions: readonly DmarReservedRegion[],
  device: PciFunction,
  topology: PciTopology = TOPOLOGY_UNKNOWN,
): { readonly own: readonly DmarReservedRegion[]; readonly undecided: readonly DmarReservedRegion[] } {
  const own: DmarReservedRegion[] = [];
  const undecided: DmarReservedRegion[] = [];
  for (const region of regions) {
    if (region.segment !== device.segment) continue;
    const match = matchScopes(region.scopes, device, topology);
    if (match === "yes") own.push(region);
    if (match === "maybe") undecided.push(region);
  }
  return { own, undecided };
}

/**
 * The function that a scope's path leads to; null when a hop is known to be no bridge, `unknown` when the bus behind a
 * bridge is not known. A path of one hop needs no topology (hardware 1.8).
 */
export function scopeFunction(
  scope: DeviceScope,
  segment: number,
  topology: PciTopology,
): PciFunction | "unknown" | null {
  let bus = scope.startBus;
  const last = scope.path.length - 1;
  for (const [index, hop] of scope.path.entries()) {
    const here = at(segment, bus, hop);
    if (index === last) return here;
    const behind = topology(here);
    if (behind === "unknown") return "unknown";
    if (behind === "none") return null;
    bus = behind.secondary;
  }
  return null;
}

type Match = "yes" | "no" | "maybe";

function matchScopes(scopes: readonly DeviceScope[], device: PciFunction, topology: PciTopology): Match {
  let answer: Match = "no";
  for (const scope of scopes) {
    const match = matchScope(scope, device, topology);
    if (match === "yes") return "yes";
    if (match === "maybe") answer = "maybe";
  }
  return answer;
}

function matchScope(scope: DeviceScope, device: PciFunction, topology: PciTopology): Match {
  if (scope.kind !== "pci-endpoint" && scope.kind !== "pci-bridge") return "no";
  const named = scopeFunction(scope, device.segment, topology);
  if (named === null) return "no";
  if (named === "unknown") return mayLeadTo(scope, device) ? "maybe" : "no";
  if (named.bus === device.bus && named.device === device.device && named.fn === device.fn) return "yes";
  if (scope.kind === "pci-endpoint" || device.bus <= named.bus) return "no";
  const behind = topology(named);
  if (behind === "unknown") return "maybe";
  if (behind === "none") return "no";
  return device.bus >= behind.secondary && device.bus <= behind.subordinate ? "yes" : "no";
}

// Buses behind a bridge have higher numbers, so a path of n hops ends at least n - 1 above its start; an endpoint's last
// hop is its own device and function.
function mayLeadTo(scope: DeviceScope, device: PciFunction): boolean {
  if (device.bus < scope.startBus + scope.path.length - 1) return false;
  const end = scope.path.at(-1);
  if (scope.kind === "pci-bridge") return true;
  return end !== undefined && end.device === device.device && end.fn === device.fn;
}

function at(segment: number, bus: number, hop: PathHop): PciFunction {
  return { segment, bus, device: hop.device, fn: hop.fn };
}
