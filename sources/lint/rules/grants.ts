import type { Diagnostic } from "../../../base/diagnostic.ts";
import { quote } from "../../../base/diagnostic.ts";
import type { BoardSubject, Grant } from "../boardSubject.ts";
import type { LintCode } from "../codes.ts";
import { common, holds, joined, type Pages, pagesText, rangeText, uncovered } from "../pages.ts";
import { lintProblem, NOWHERE } from "../problem.ts";
import type { Zone, ZoneKind } from "../zone.ts";
import { Zones } from "../zones.ts";

interface Forbidden {
  readonly code: LintCode;
  readonly what: (zone: Zone) => string;
  readonly danger: string;
}

// What a grant must not hold, by what lies there: the rules of Jailhouse's check and of its wish list.
const FORBIDDEN: { readonly [kind in ZoneKind]?: Forbidden } = {
  image: {
    code: "LNT101",
    what: ({ name }) => `the OS image (${name})`,
    danger: "its devices could change the system's own code and data",
  },
  ecam: {
    code: "LNT102",
    what: ({ name }) => `PCI configuration space (${name})`,
    danger: "its devices could reconfigure every PCI device",
  },
  unit: {
    code: "LNT103",
    what: ({ name }) => `the registers of unit ${name}`,
    danger: "its devices could switch the protection off",
  },
  interrupts: {
    code: "LNT104",
    what: ({ name }) => `the interrupt controller ${name}`,
    danger: "its devices could raise or mask any interrupt",
  },
  device: {
    code: "LNT105",
    what: ({ name }) => `the registers of ${name}`,
    danger: "its devices could drive that one",
  },
  firmware: {
    code: "LNT116",
    what: ({ name }) => `memory that firmware keeps for itself (${name})`,
    danger: "its devices could change what runs below the system, or fail there",
  },
  msi: {
    code: "LNT115",
    what: () => "the interrupt range of VT-d, 0xfee00000-0xfeefffff",
    danger: "writes there are interrupts and never looked up, whatever is granted (hardware 1.4)",
  },
};

/** Grants that hold what no device may reach: the OS image, PCI configuration space, units, interrupt controllers, devices. */
export function forbiddenZones({ grants, map, config }: BoardSubject): Diagnostic[] {
  const zones = new Zones(map.zones.filter(({ kind }) => FORBIDDEN[kind] !== undefined));
  // The first page of the configuration's own units is looked at without a board (CFG624); how far they reach the board knows.
  const told = new Set(
    config.units.flatMap(({ parameters }) =>
      parameters.type === "unknown" ? [] : [Number(parameters.base >> 12n)],
    ),
  );
  const found = grants.flatMap((grant) => {
    const hits = zones
      .meeting(grant)
      .filter(({ kind, first }) => kind !== "unit" || !told.has(first) || first < grant.first);
    const firstOfKind = hits.filter((zone, at) => hits.findIndex(({ kind }) => kind === zone.kind) === at);
    return firstOfKind.map((zone) =>
      tellForbidden(grant, zone, hits.filter(({ kind }) => kind === zone.kind).length - 1),
    );
  });
  return [...found, ...tooLarge(zones)];
}

function tellForbidden(grant: Grant, zone: Zone, more: number): Diagnostic {
  const { code, what, danger } = FORBIDDEN[zone.kind]!;
  const others = more === 0 ? "" : ` and ${more} more of the kind`;
  const effect = grant.write || zone.kind === "msi" ? danger : "its devices could read it";
  const message = `${grant.told} holds ${what(zone)}${others} at ${pagesText(common(grant, zone))}: ${effect}`;
  const hint = `move or shorten the range${shortened(grant, zone)}`;
  return lintProblem(
    code,
    grant.origin,
    message,
    hint,
    grant.write || zone.kind === "msi" ? undefined : "warning",
  );
}

// Where the zone stands at one end of the grant, what is left is what was likely meant.
function shortened(grant: Grant, zone: Pages): string {
  if (zone.first > grant.first && zone.last >= grant.last)
    return `: ${grant.line(rangeText({ first: grant.first, last: zone.first - 1 }))}`;
  if (zone.last < grant.last && zone.first <= grant.first)
    return `: ${grant.line(rangeText({ first: zone.last + 1, last: grant.last }))}`;
  return "";
}

function tooLarge(zones: Zones<Pages>): Diagnostic[] {
  if (!zones.isCut) return [];
  return [
    lintProblem(
      "LNT002",
      NOWHERE,
      "the board has so many overlapping entries that not all overlaps are told",
      "mend those that are",
    ),
  ];
}

/** Grants where the board has no memory. */
export function outsideMemory({ grants, map }: BoardSubject): Diagnostic[] {
  if (map.memory.length === 0) return [];
  const special = new Zones(map.zones.filter(({ kind }) => kind !== "memory" && kind !== "asinfo"));
  return grants.flatMap((grant) => {
    // What lies there instead is told by its own rule.
    const gaps = uncovered(grant, map.memory).filter((gap) => special.meeting(gap).length === 0);
    const [gap] = gaps;
    if (gap === undefined) return [];
    const more = gaps.length === 1 ? "" : ` and ${gaps.length - 1} more stretches`;
    const all = gap.first === grant.first && gap.last === grant.last;
    const where = all ? `${pagesText(gap)} is` : `of it, ${pagesText(gap)}${more} is`;
    const message = `${grant.told}: ${where} outside the board's memory`;
    const hint = `check the address and its radix; memory is at ${map.memory.slice(0, 4).map(pagesText).join(", ")}${map.memory.length > 4 ? ", ..." : ""}`;
    return [lintProblem("LNT106", grant.origin, message, hint)];
  });
}

/** Grants that use an asinfo entry in part, or run over its end into what follows. */
export function partOfEntry({ grants, map }: BoardSubject): Diagnostic[] {
  const all = map.zones.filter(({ kind }) => kind === "asinfo");
  const entries = new Zones(all);
  const together = joined(all);
  return grants.flatMap((grant) => {
    const hits = entries.meeting(grant);
    const cuts = hits.filter((entry) => isCut(grant, entry, together));
    const cut = cuts.find((entry) => entry.first <= grant.first) ?? cuts[0];
    if (cut !== undefined) return [tellCut(grant, cut, hits)];
    const around = hits.find((entry) => holds(entry, grant) && !holds(grant, entry));
    if (around === undefined || isShared(grant, around, grants)) return [];
    const message = `${grant.told} uses ${pagesText(grant)} of the asinfo entry ${quote(around.name)}, which is ${pagesText(around)}`;
    const hint = `fine if the rest is another's; else: ${grant.line(`$asinfo_start{${around.name}},$asinfo_length{${around.name}}`)}`;
    return [lintProblem("LNT110", grant.origin, message, hint)];
  });
}

function tellCut(grant: Grant, cut: Zone, hits: readonly Zone[]): Diagnostic {
  const begin = hits.find(({ first, last }) => first <= grant.first && grant.first <= last);
  const told = `${grant.told} (${pagesText(grant)})`;
  if (begin === undefined) {
    const message = `${told} reaches from below into the asinfo entry ${quote(cut.name)} (${pagesText(cut)})`;
    return lintProblem("LNT109", grant.origin, message, "end the range below the entry");
  }
  const other = cut === begin ? hits.find((entry) => entry !== begin) : cut;
  const into = other === undefined ? "" : `, into ${quote(other.name)}`;
  const message = `${told} runs past the end of the asinfo entry ${quote(begin.name)} (${pagesText(begin)})${into}`;
  const line = grant.line(`$asinfo_start{${begin.name}},$asinfo_length{${begin.name}}`);
  return lintProblem("LNT109", grant.origin, message, `grant the entry itself: ${line}`);
}

// A grant that begins in an entry was meant for it: it may run over its end only into what other entries hold in full.
function isCut(grant: Grant, entry: Pages, together: readonly Pages[]): boolean {
  if (holds(entry, grant)) return false;
  if (!holds(grant, entry)) return true;
  return grant.first === entry.first && uncovered(grant, together).length > 0;
}

// Several grants that share out one entry are a design.
function isShared(grant: Grant, entry: Pages, grants: readonly Grant[]): boolean {
  return grants.some((other) => other !== grant && holds(entry, other));
}
