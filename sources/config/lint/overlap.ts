import type { Diagnostic } from "../../../base/diagnostic.ts";
import { quote } from "../../../base/diagnostic.ts";
import { pagesOf } from "../effective/grants.ts";
import type { EffectiveDevice } from "../effective.ts";
import { hex } from "../numbers.ts";
import { decimalForm } from "../optionReaders/device.ts";
import { formatPlace, type Origin } from "../origin.ts";
import { problem } from "../problem.ts";
import type { LintSubject } from "./subject.ts";

/** How many ranges are compared in all; a configuration past it is told to be too large (CFG623). */
const WORK_MAX = 500_000;

interface Stretch {
  readonly start: bigint;
  readonly last: bigint;
  readonly key: string;
  readonly told: string;
  readonly access: string;
  readonly origin: Origin;
}

/** Ranges of one owner that overlap: twice in one set, or in two sets of one device. */
export function overlaps(subject: LintSubject): Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  for (const name of subject.sets.keys())
    found.push(...overlapping(stretchesOf(subject, name), `allow ${quote(name)}`, seen));
  let work = 0;
  for (const device of subject.config.devices) {
    const regions = reservedOf(device);
    if (device.allow.length + regions.length < 2) continue;
    const stretches = [...device.allow.flatMap(({ name }) => stretchesOf(subject, name)), ...regions];
    work += stretches.length;
    if (work > WORK_MAX) {
      const message = `overlaps are not looked for in device ${decimalForm(device.device)} and after: there are too many ranges`;
      found.push(
        problem("CFG623", device.origin, message, "split the configuration, or use fewer and larger ranges"),
      );
      break;
    }
    found.push(...overlapping(stretches, `device ${decimalForm(device.device)}`, seen));
  }
  return found;
}

function stretchesOf({ sets }: LintSubject, name: string): Stretch[] {
  return (sets.get(name) ?? []).flatMap(({ start, length, source, target, origin }) => {
    if (start === null || length === null) return [];
    const access = `${source ? "s" : ""}${target ? "t" : ""}`;
    const key = `${origin.file}:${origin.line}:${origin.column}`;
    return [{ start, last: start + length - 1n, key, told: `allow ${quote(name)}`, access, origin }];
  });
}

function reservedOf(device: EffectiveDevice): Stretch[] {
  return device.reserved.flatMap(({ start, length, origin }) => {
    if (start === null || length === null) return [];
    const key = `${origin.file}:${origin.line}:${origin.column}`;
    return [{ start, last: start + length - 1n, key, told: "a reserved region", access: "st", origin }];
  });
}

// Each stretch is compared with the one that reaches furthest among those before it; what is said of a pair is said once.
function overlapping(stretches: readonly Stretch[], owner: string, seen: Set<string>): Diagnostic[] {
  const sorted = [...stretches].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const found: Diagnostic[] = [];
  let furthest: Stretch | null = null;
  for (const one of sorted) {
    const other: Stretch | null = furthest;
    if (furthest === null || one.last > furthest.last) furthest = one;
    if (other === null || one.start > other.last || one.key === other.key) continue;
    const isRepeat =
      one.start === other.start &&
      one.last === other.last &&
      one.access === other.access &&
      one.told === other.told;
    const pair = `${one.key} ${other.key}`;
    if (isRepeat || seen.has(pair)) continue; // a repeated line is a duplicate (CFG612)
    seen.add(pair);
    const shorter = one.last > other.last ? other : one;
    const differ =
      one.access === other.access
        ? ""
        : `, once with ${one.access} and once with ${other.access}: the device has both`;
    const message = `${owner}: ${hex(one.start)}-${hex(shorter.last)} is in ${one.told} here and in ${other.told} at ${formatPlace(other.origin)}${differ}`;
    found.push(problem("CFG614", one.origin, message, separated(one, other)));
  }
  return found;
}

// The line as it would stand behind the other range; what the other holds with as many rights is not needed.
function separated(one: Stretch, other: Stretch): string {
  const isEnough = [...one.access].every((letter) => other.access.includes(letter));
  if (!isEnough) return "make the ranges meet without overlapping, or join them";
  if (one.last <= other.last) return `remove it: ${other.told} holds all of it`;
  const range = `${hex(other.last + 1n)},${hex(one.last - other.last)}`;
  const line = one.told.startsWith("allow ")
    ? `${one.told.replaceAll('"', "")} ${range},${one.access}`
    : `reserved ${range}`;
  return `let it begin where the other ends: ${line}; or join the two`;
}

/** MMIO devices whose register blocks overlap. */
export function registerOverlaps({ config }: LintSubject): Diagnostic[] {
  const blocks = config.devices
    .flatMap(({ device, length, origin }) => {
      if (!device.startsWith("mmio:")) return [];
      const start = BigInt(device.slice("mmio:".length));
      return [{ device, start, last: start + (length ?? 1n) - 1n, origin }];
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  return blocks.flatMap((block, at) => {
    const before = blocks[at - 1];
    if (before === undefined || block.start > before.last) return [];
    const message = `the registers of ${decimalForm(block.device)} lie in those of ${decimalForm(before.device)} (${formatPlace(before.origin)})`;
    return [problem("CFG622", block.origin, message, "correct the address or the length of one of the two")];
  });
}

/** Grants that reach the registers of a unit: its device could switch the protection off, or read how it is set. */
export function unitRegisters({ config }: LintSubject): Diagnostic[] {
  const registers = config.units.flatMap(({ name, parameters }) =>
    parameters.type === "unknown"
      ? []
      : [{ what: `unit ${quote(name)}`, page: Number(parameters.base >> 12n) }],
  );
  const main = config.smmu?.parameters;
  if (main?.type === "rcar3") registers.push({ what: "the main IPMMU", page: Number(main.base >> 12n) });
  const sorted = registers.sort((a, b) => a.page - b.page);
  const ranges = [
    ...config.allow.map((entry) => ({ ...entry, told: `allow ${quote(entry.name)}` })),
    ...config.devices.flatMap(({ reserved }) =>
      reserved.map((region) => ({ ...region, target: true, told: "the reserved region" })),
    ),
  ];
  return ranges.flatMap((range) => {
    const pages = pagesOf(range);
    const hit = pages === null ? undefined : firstFrom(sorted, pages.first);
    if (pages === null || hit === undefined || hit.page > pages.last) return [];
    const can = range.target ? "write and so switch its protection off" : "read";
    const message = `${range.told} holds the registers of ${hit.what} at ${hex(BigInt(hit.page) << 12n)}, which its devices could ${can}`;
    const hint = "move or shorten the range; no device may reach an SMMU's registers";
    return [problem("CFG624", range.origin, message, hint, range.target ? "error" : "warning")];
  });
}

function firstFrom<T extends { readonly page: number }>(sorted: readonly T[], page: number): T | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.page < page) low = middle + 1;
    else high = middle;
  }
  return sorted[low];
}
