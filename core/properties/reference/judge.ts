import type { DmaStimulus } from "../../../events/stimulus.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { Family } from "../../../events/vocabulary/family.ts";
import type { DeviceState, IommuState } from "../../state.ts";
import { cutsWithin, type Entry, entryOf, type Listed, listed } from "./pages.ts";

/** What becomes of a transfer, as far as a reader of the rules can tell. */
export type Judgement =
  | { readonly kind: "permitted"; readonly via: string; readonly page: number; readonly since: number | null }
  | { readonly kind: "denied"; readonly reason: string; readonly code: string | null; readonly page: number }
  | { readonly kind: "interrupt" };

/**
 * The rules of contract 2 and hardware 1 to 5 told page by page over lists of grants: no look-up, no route and no walk of
 * the machine's own has a say.
 */
export function judged(state: IommuState, { device: name, bytes, access }: DmaStimulus): Judgement {
  const device = state.devices.get(name);
  const [first, last] = [bytes.firstPage as number, bytes.lastPage as number];
  const free = (via: string): Judgement => ({ kind: "permitted", via, page: first, since: null });
  const why = freedom(state, name);
  if (why !== null && why !== "pass-through") return free(why);
  const isInterrupt = (page: number): boolean => {
    const range = INTERRUPTS[state.family];
    return range !== undefined && range[0] <= page && page <= range[1];
  };
  if (access === "w" && isInterrupt(first) && isInterrupt(last)) {
    const isDoubleword =
      first === last && bytes.firstOffset % 4 === 0 && bytes.lastOffset - bytes.firstOffset === 3;
    if (state.family === "amdvi" || isDoubleword) return { kind: "interrupt" };
  }
  const deny = (reason: string, page: number, code = codeOf(state.family, reason, access)): Judgement => ({
    kind: "denied",
    reason,
    code,
    page,
  });
  const tables = tablesOf(state, name);
  const width = widthOf(state, device);
  const cuts = new Set(cutsWithin(tables, first, last));
  for (const edge of [...(INTERRUPTS[state.family] ?? []), ...(width === null ? [] : [2 ** (width - 12)])])
    for (const page of [edge, edge + 1]) if (page > first && page <= last) cuts.add(page);
  if (state.family === "vtd")
    for (const table of tables)
      for (const { value } of listed(table))
        for (const edge of [0xfee00 - value.delta, 0xfef00 - value.delta])
          if (edge > first && edge <= last) cuts.add(edge);
  let start: Entry | null = null;
  for (const page of [...cuts].sort((a, b) => a - b)) {
    if (isInterrupt(page)) return deny("interrupt-range", page);
    if (device?.passthrough) continue;
    if (tables.length === 0) return deny("no-object", page);
    if (width !== null && page >= 2 ** (width - 12)) return deny("address-size", page);
    const entry = unionAt(tables, page);
    if (entry === null) return deny("unmapped", page);
    const rights = WRITE_READS.has(state.family) && entry.access & 2 ? entry.access | 1 : entry.access;
    if ((rights & (access === "r" ? 1 : 2)) === 0) return deny("permission", page);
    if (state.family === "vtd" && isInterrupt(entry.target)) return deny("interrupt-range", page, "0x0e");
    start ??= entry;
  }
  if (start === null) return free("pass-through");
  return { kind: "permitted", via: "grant", page: start.target, since: start.since };
}

/** Why nothing restricts a device (contract 2 rules 1 and 2, ARM-6, PUR-5); null: its tables do. */
export function freedom(state: IommuState, name: DeviceName): string | null {
  const device = state.devices.get(name);
  if (!state.described) return "undescribed";
  if (!translates(state, device)) return "translation-off";
  return exemptOf(state, name, device) ?? (device?.passthrough ? "pass-through" : null);
}

/** Whether translation restricts a device: its own unit's switch, else any unit's; doubt denies (G-33). */
function translates(state: IommuState, device: DeviceState | undefined): boolean {
  const own = device?.unit == null ? undefined : state.units.get(device.unit);
  const all = state.translationOfAll ?? true;
  if (own !== undefined) return own.translation ?? all;
  return state.units.size === 0
    ? all
    : [...state.units.values()].some(({ translation }) => translation ?? all);
}

/** Every table that stands for a device: what its own, and those that nobody can tell from it, were given (LIM-6). */
export function tablesOf(state: IommuState, name: DeviceName): Listed[] {
  const own = state.devices.get(name);
  const alike: [string, DeviceState][] = own === undefined ? [] : [[name, own], ...alikeOf(state, name)];
  const holder = alike.find(([, { object }]) => object !== null);
  const object = holder === undefined ? undefined : state.objects.get(holder[1].object!);
  const tables: Listed[] = [];
  for (const [, { startup, reserved }] of alike) {
    if (startup !== null) tables.push(startup);
    if (reserved !== null && object?.reservedManual !== true) tables.push(reserved);
  }
  if (object !== undefined && !object.awaitingReissue.includes(holder![0] as DeviceName))
    tables.push(object.space);
  return tables;
}

/** The other devices that share an identifier with one, by name. */
export function alikeOf(state: IommuState, name: DeviceName): [string, DeviceState][] {
  const ids = state.devices.get(name)?.identifiers ?? [];
  if (ids.length === 0) return [];
  return [...state.devices]
    .filter(([other, { identifiers }]) => other !== name && identifiers?.some((id) => ids.includes(id)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What several tables grant of a page: the rights of all that lead where the first does (CM-6, G-29). */
export function unionAt(tables: readonly Listed[], page: number): Entry | null {
  const [first, ...others] = tables.map((table) => entryOf(table, page)).filter((entry) => entry !== null);
  if (first === undefined) return null;
  const alike = others.filter(({ target }) => target === first.target);
  return { ...first, access: alike.reduce((all, { access }) => all | access, first.access) };
}

function exemptOf(state: IommuState, name: string, device: DeviceState | undefined): string | null {
  const units = state.service?.units;
  if (units == null) return null;
  const front =
    device?.unit != null
      ? units.find(({ unit }) => unit === device.unit)
      : (units.find(({ covers }) => covers !== null && isCovered(covers, name)) ??
        units.find(({ covers }) => covers === null));
  if (front === undefined) return "no-unit";
  return front.bypass && device?.identified !== true ? "bypass" : null;
}

type Covers = readonly (
  | { readonly kind: "pci"; readonly segment: number; readonly first: number; readonly last: number }
  | { readonly kind: "all" }
)[];

/** Whether requesters of these ranges include a device, read off its name. */
export function isCovered(covers: Covers, name: string): boolean {
  const parts = /^pci:([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(name)?.slice(1);
  return covers.some((range) => {
    if (range.kind === "all") return true;
    if (parts === undefined) return false;
    const [segment, bus, dev, func] = parts.map((part) => Number.parseInt(part, 16)) as [
      number,
      number,
      number,
      number,
    ];
    const id = bus * 256 + dev * 8 + func;
    return segment === range.segment && range.first <= id && id <= range.last;
  });
}

function widthOf(state: IommuState, device: DeviceState | undefined): number | null {
  const own = device?.unit == null ? undefined : state.units.get(device.unit);
  const only = state.units.size === 1 ? [...state.units.values()][0] : undefined;
  const width = (own ?? only)?.addressWidth ?? null;
  return width === null || width >= 64 ? null : Math.max(width, 12);
}

/** The code that a family records for a refusal; null: none. */
function codeOf(family: Family, reason: string, access: "r" | "w"): string | null {
  return CODES[family]?.[`${reason} ${access}`] ?? CODES[family]?.[reason] ?? null;
}

// Stage 1 of the Arm units and the IPMMU cannot say write-only (hardware 2.2, 3.4, 4; RCR-5).
const WRITE_READS: ReadonlySet<Family> = new Set<Family>(["smmuv2", "smmuv3", "ipmmu"]);

// Pages in which a write is an interrupt, whatever tables say (hardware 1.4 rule 2, hardware 5). Ends inclusive.
const INTERRUPTS: { readonly [family in Family]?: readonly [number, number] } = {
  vtd: [0xfee00, 0xfeeff],
  amdvi: [0xfdf8000, 0xfdf8fff],
};

const CODES: { readonly [family in Family]?: { readonly [reason: string]: string } } = {
  vtd: {
    "unmapped w": "0x05",
    "unmapped r": "0x06",
    "permission w": "0x05",
    "permission r": "0x06",
    "no-object": "0x02",
    "address-size": "0x04",
  },
  smmuv2: { unmapped: "0x402", permission: "0x408", "address-size": "0x402" },
  smmuv3: { unmapped: "F_TRANSLATION", permission: "F_PERMISSION", "address-size": "F_TRANSLATION" },
  amdvi: {
    unmapped: "IO_PAGE_FAULT",
    permission: "IO_PAGE_FAULT",
    "address-size": "IO_PAGE_FAULT",
    "no-object": "ILLEGAL_DEV_TABLE_ENTRY",
    "interrupt-range": "IO_PAGE_FAULT",
  },
  ipmmu: { unmapped: "0x1", permission: "0x2", "address-size": "0x1" },
};
