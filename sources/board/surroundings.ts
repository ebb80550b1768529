import type {
  BoardDevice,
  BoardFacts,
  BoardRegion,
  BoardUnit,
  CoveredRange,
  Surroundings,
} from "../../events/vocabulary/boardFacts.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import { unitName } from "../../events/vocabulary/names.ts";
import type { Board } from "./board.ts";
import type { BoardJson } from "./boardJson.ts";
import { tableSource } from "./tableSources.ts";
import type { Bridges, DeviceAnswer, UnitSource } from "./unitSource.ts";

/** Leaf names of the asinfo entries that hold the OS image (G-16). */
const IMAGE_NAMES: ReadonlySet<string> = new Set(["imagefs", "startup", "bootram"]);

/**
 * What a board answers when a service asks. `named`: devices that a configuration or a scenario speaks of; the board says of
 * them, too, which unit is in front of them.
 */
export function surroundings(board: Board, named: Iterable<DeviceName> = []): Surroundings {
  const { json } = board;
  return {
    board: boardFacts(board, named),
    files: json.files,
    components: json.components,
    soc: json.soc,
    vdev: json.vdev,
    services: json.services,
  };
}

function boardFacts(board: Board, named: Iterable<DeviceName>): BoardFacts {
  const { json } = board;
  const bridges = bridgesOf(json);
  const sources: UnitSource[] = [fileSource(json)];
  const counts = new Map<string, number>();
  for (const { table } of board.tables) {
    const count = counts.get(table.kind) ?? 0;
    counts.set(table.kind, count + 1);
    sources.push(tableSource(table, count, bridges));
  }
  const listed = new Set<DeviceName>();
  for (const { device } of [...json.pci, ...json.mmio]) listed.add(device);
  for (const source of sources) for (const device of source.devices) listed.add(device);
  const all = new Set([...listed, ...named]);
  const units = uniqueUnits(sources.flatMap((source) => source.units));
  return {
    architecture: architectureOf(board, units),
    units,
    devices: [...all].map((device) => deviceOf(device, listed.has(device), sources, units, notesOf(json))),
    reserved: sources.flatMap((source) => source.reserved(all)),
    image: json.asinfo
      .filter(({ name, length }) => IMAGE_NAMES.has(name) && length !== "0x0")
      .map(({ start, length }) => ({ start, length })),
    damaged: board.damaged,
  };
}

function bridgesOf(json: BoardJson): Bridges {
  return new Map(json.pci.flatMap(({ device, buses }) => (buses === null ? [] : [[device, buses]])));
}

function notesOf(json: BoardJson): ReadonlyMap<DeviceName, string | null> {
  return new Map([...json.pci, ...json.mmio].map(({ device, note }) => [device, note]));
}

// A board file may describe a unit that a table describes, too: the file is the user's, so it counts (LANG-9).
function uniqueUnits(units: readonly BoardUnit[]): readonly BoardUnit[] {
  const seen = new Set<string>();
  return units.filter(({ base, name }) => {
    const keys = [base === null ? null : `at ${base}`, `named ${name}`].filter((key) => key !== null);
    if (keys.some((key) => seen.has(key))) return false;
    for (const key of keys) seen.add(key);
    return true;
  });
}

function deviceOf(
  device: DeviceName,
  listed: boolean,
  sources: readonly UnitSource[],
  units: readonly BoardUnit[],
  notes: ReadonlyMap<DeviceName, string | null>,
): BoardDevice {
  const answers = sources.map((source) => source.unitOf(device)).filter((answer) => answer !== null);
  const best =
    answers.find(({ answer }) => answer === "unit") ??
    answers.find(({ answer }) => answer === "undecided") ??
    answers[0] ??
    NOTHING_SAID;
  const unit = best.unit === null ? null : nameAfterMerge(best, units);
  const none = best.answer === "unknown" && units.length > 0 && units.every(({ covers }) => covers !== null);
  return {
    device,
    listed,
    unit,
    answer: none ? "none" : best.answer,
    identifiers: best.identifiers,
    note: notes.get(device) ?? null,
  };
}

const NOTHING_SAID: DeviceAnswer = { answer: "unknown", unit: null, identifiers: [] };

// The unit that was answered may be told under another name by a file that counts before it.
function nameAfterMerge({ unit }: DeviceAnswer, units: readonly BoardUnit[]) {
  const same = units.find(
    (each) => each.name === unit!.name || (each.base !== null && each.base === unit!.base),
  );
  return same?.name ?? null;
}

function architectureOf(board: Board, units: readonly BoardUnit[]): "x86" | "arm" | null {
  const kinds = new Set<string>(board.tables.map(({ table }) => table.kind));
  const families = new Set<Family>(units.map(({ family }) => family));
  if (kinds.has("DMAR") || kinds.has("IVRS") || families.has("vtd") || families.has("amdvi")) return "x86";
  const isArm =
    kinds.has("FDT") ||
    kinds.has("IORT") ||
    board.json.soc !== null ||
    families.has("smmuv2") ||
    families.has("smmuv3") ||
    families.has("ipmmu");
  return isArm ? "arm" : null;
}

/** What the board files say of units. */
function fileSource(json: BoardJson): UnitSource {
  const units: BoardUnit[] = json.units.map((unit) => ({
    name: unitName(unit.name),
    family: unit.family,
    base: unit.base,
    addressWidth: unit.addressWidth,
    covers: coverOf(unit),
    source: "board file",
  }));
  const unitOf = new Map<DeviceName, BoardUnit>();
  for (const [index, { devices }] of json.units.entries()) {
    for (const device of devices ?? []) if (!unitOf.has(device)) unitOf.set(device, units[index]!);
  }
  return {
    units,
    devices: [...unitOf.keys()],
    unitOf(device) {
      const unit = unitOf.get(device);
      return unit === undefined ? null : { answer: "unit", unit, identifiers: [] };
    },
    reserved: () =>
      json.reserved.map((region): BoardRegion => ({ ...region, undecided: [], source: "board file" })),
  };
}

// A unit of which neither is said may be in front of anything.
function coverOf({
  family,
  includeAll,
  devices,
}: BoardJson["units"][number]): readonly CoveredRange[] | null {
  if (includeAll === undefined && devices === undefined) return null;
  if (includeAll !== true) return [];
  // VT-d and AMD-Vi know requesters by their PCI ids alone (LIM-3).
  const pciOnly = family === "vtd" || family === "amdvi";
  return pciOnly ? [{ kind: "pci", segment: 0, first: 0, last: 0xffff }] : [{ kind: "all" }];
}
