import { unreachable } from "../../base/assert.ts";
import type { BoardFacts } from "../../events/vocabulary/boardFacts.ts";
import { dmarUnits } from "../board/acpi/dmarLookup.ts";
import { iortSmmus } from "../board/acpi/iortLookup.ts";
import { ivrsUnits } from "../board/acpi/ivrsLookup.ts";
import type { Board } from "../board/board.ts";
import type { BoardJson } from "../board/boardJson.ts";
import type { FirmwareTable } from "../board/firmware.ts";
import { hex } from "../board/hex.ts";
import { deviceTreeZones } from "./deviceTreeZones.ts";
import { firmwareZones } from "./firmwareZones.ts";
import { joined, type Pages, pagesOfHex } from "./pages.ts";
import type { Zone, ZoneKind } from "./zone.ts";

/** The board's address space, as far as anybody described it. */
export interface MemoryMap {
  readonly zones: readonly Zone[];
  /** All memory, without overlap, ascending; empty where nobody says what is memory. */
  readonly memory: readonly Pages[];
  /** Kinds of which nothing is known, so that nothing can be held against them. */
  readonly unknown: ReadonlySet<ZoneKind>;
}

// How entries of `memory` and `asinfo` are known by their leaf names; docs/lint.md has the list.
const NAMES: readonly { readonly kind: ZoneKind; readonly pattern: RegExp }[] = [
  { kind: "image", pattern: /^(imagefs|startup|bootram|vboot|hypervisor|kernel|procnto|os)([-_.\d].*)?$/i },
  { kind: "firmware", pattern: /^(op-?tee|tee|trustzone|atf|bl3[12]|scp|spmc?|firmware)([-_.\d].*)?$/i },
  { kind: "ecam", pattern: /^(ecam|mmconfig|mcfg|pcie?[-_]?(config|cfg))([-_.\d].*)?$/i },
  {
    kind: "interrupts",
    pattern: /^(ioapic|lapic|apic|gic[a-z]?|its|intc|plic|msi|interrupts?)([-_.\d].*)?$/i,
  },
];

/** Entries that hold other entries, or are where memory in general is: using part of one is what they are for. */
const CONTAINERS = /^(ram|sysram|memory|dram|isa|io|below4g|above4g|virtual)$/i;

/** Describes what lies where on a board; VT-d has an interrupt range besides. */
export function memoryMap(board: Board, facts: BoardFacts): MemoryMap {
  const zones = [
    ...namedZones(board.json),
    ...unitZones(board, facts),
    ...board.json.mmio.flatMap(({ device, length, note }) =>
      zone(
        "device",
        note === null ? device : `${device} (${note})`,
        "board file",
        device.slice("mmio:".length),
        length ?? "0x1",
      ),
    ),
    ...board.tables.flatMap(({ table, file }) => (table.kind === "FDT" ? deviceTreeZones(table, file) : [])),
    ...board.places.flatMap(({ table, file }) => firmwareZones(table, file)),
    ...(facts.units.some(({ family }) => family === "vtd") ? [MSI] : []),
  ];
  const kinds = new Set(zones.map(({ kind }) => kind));
  const unknown = (["image", "ecam", "interrupts", "memory"] as const).filter((kind) => !kinds.has(kind));
  const isMemory = ({ kind }: Zone) => kind === "memory" || kind === "asinfo" || kind === "image";
  return {
    zones,
    memory: kinds.has("memory")
      ? joined([...zones.filter(isMemory), ...facts.reserved.flatMap((region) => pagesOfHex(region) ?? [])])
      : [],
    unknown: new Set(unknown),
  };
}

/** The registers of units, as long as their tables say; a page where nobody does. */
function unitZones({ tables }: Board, { units }: BoardFacts): Zone[] {
  const lengths = new Map(tables.flatMap(({ table }) => registerLengths(table)));
  return units.flatMap(({ name, base, source }) => {
    return base === null ? [] : zone("unit", name, source, base, hex(lengths.get(base) ?? 0x1000n));
  });
}

function registerLengths(table: FirmwareTable): [string, bigint][] {
  switch (table.kind) {
    case "DMAR":
      return dmarUnits(table).map(({ base, windowLength }) => [hex(base), BigInt(windowLength)]);
    case "IORT":
      // An SMMUv3 has two pages of 64 KiB.
      return iortSmmus(table).map((smmu) => [
        hex(smmu.base),
        smmu.kind === "smmu-v3" ? 0x20000n : atLeastAPage(smmu.span),
      ]);
    case "FDT":
      return table.providers.flatMap(({ reg }) =>
        reg.slice(0, 1).map(({ base, size }) => [hex(base), atLeastAPage(size)]),
      );
    case "IVRS":
      return ivrsUnits(table).map(({ base }) => [hex(base), 0x4000n]);
    default:
      return unreachable(table);
  }
}

function atLeastAPage(bytes: bigint): bigint {
  return bytes < 0x1000n ? 0x1000n : bytes;
}

// hardware 1.4: writes here are interrupts and are never looked up.
const MSI: Zone = { kind: "msi", name: "interrupt range", told: "VT-d", first: 0xfee00, last: 0xfeeff };

function namedZones({ memory, asinfo }: BoardJson): Zone[] {
  const own = memory.flatMap(({ name, start, length }) =>
    zone(kindOf(name, "memory"), name, "memory", start, length),
  );
  const entries = asinfo.flatMap(({ name, start, length }) => {
    return zone(kindOf(name, CONTAINERS.test(name) ? "memory" : "asinfo"), name, "asinfo", start, length);
  });
  return [...own, ...withContainers(entries)];
}

/** How many entries are looked at for one that lies in another. */
const LOOKED_AT_MAX = 64;

// An entry that holds others is a container, whatever its name.
function withContainers(entries: readonly Zone[]): Zone[] {
  const sorted = [...entries].sort((a, b) => a.first - b.first || b.last - a.last);
  return sorted.map((entry, at) => {
    const next = sorted.slice(at + 1, at + 1 + LOOKED_AT_MAX);
    const isContainer = entry.kind === "asinfo" && next.some((other) => isInside(other, entry));
    return isContainer ? { ...entry, kind: "memory" } : entry;
  });
}

function isInside(inner: Pages, outer: Pages): boolean {
  const isSmaller = inner.last - inner.first < outer.last - outer.first;
  return isSmaller && outer.first <= inner.first && inner.last <= outer.last;
}

function kindOf(name: string, otherwise: ZoneKind): ZoneKind {
  return NAMES.find(({ pattern }) => pattern.test(name))?.kind ?? otherwise;
}

function zone(kind: ZoneKind, name: string, told: string, start: string, length: string): Zone[] {
  const pages = pagesOfHex({ start, length });
  return pages === null ? [] : [{ kind, name, told, ...pages }];
}
