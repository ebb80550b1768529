import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { pagesOf } from "../effective/grants.ts";
import { sharedIdentifiers } from "../effective/sharedIdentifiers.ts";
import type { EffectiveDevice, EffectiveRange } from "../effective.ts";
import { hex } from "../numbers.ts";
import { decimalForm } from "../optionReaders/device.ts";
import { formatPlace, type Origin } from "../origin.ts";
import { problem } from "../problem.ts";
import type { LintSubject } from "./subject.ts";

/** Devices behind one StreamID or micro-TLB; that their grants differ is an error found before (CFG410). */
export function sharedIdentity({ config }: LintSubject): Diagnostic[] {
  return sharedIdentifiers(config).flatMap(({ what, devices, sameGrants }) => {
    if (!sameGrants) return [];
    const names = devices.slice(0, 3).map(({ device }) => decimalForm(device));
    const more = devices.length > 3 ? ` and ${devices.length - 3} more` : "";
    const message = `${names.join(", ")}${more} share ${what}: a fault of one cannot be told from the other's (LIM-6)`;
    const hint = "give each its own identifier if the board has enough; else keep their grants the same";
    return [problem("CFG605", devices[1]!.use, message, hint)];
  });
}

/** Memory that more than one device can write. */
export function sharedWrites(subject: LintSubject): Diagnostic[] {
  return [...sharedSets(subject), ...sharedRegions(subject)];
}

function sharedSets({ sets, usersOf }: LintSubject): Diagnostic[] {
  return [...usersOf].flatMap(([name, users]) => {
    const written = (sets.get(name) ?? []).find((entry) => entry.target);
    if (written === undefined || users.length < 2) return [];
    const names = users.slice(0, 3).map(({ device }) => decimalForm(device));
    const more = users.length > 3 ? ` and ${users.length - 3} more` : "";
    const message = `allow ${quote(name)} lets ${names.join(", ")}${more} write the same memory`;
    return [
      problem(
        "CFG613",
        written.origin,
        message,
        "give each device its own set, unless they are meant to share the memory",
      ),
    ];
  });
}

/** A stretch of pages and who can write it: one device, or all devices of a set. */
interface Writable {
  readonly first: number;
  readonly last: number;
  readonly owner: string;
  readonly told: string;
  readonly origin: Origin;
}

// Sets are swept rather than devices: many devices may share many ranges. Each stretch is compared with the two that
// reach furthest among those of different owners, so each overlap of two owners is told at least once.
function sharedRegions(subject: LintSubject): Diagnostic[] {
  const sorted = writables(subject).sort((a, b) => a.first - b.first);
  const found: Diagnostic[] = [];
  let furthest: Writable | null = null;
  let second: Writable | null = null;
  for (const one of sorted) {
    const other: Writable | null = furthest !== null && furthest.owner !== one.owner ? furthest : second;
    if (other !== null && other.last >= one.first && other.owner !== one.owner)
      found.push(tellOverlap(one, other));
    if (furthest === null || one.last > furthest.last) {
      if (furthest !== null && furthest.owner !== one.owner) second = furthest;
      furthest = one;
    } else if (one.owner !== furthest.owner && (second === null || one.last > second.last)) {
      second = one;
    }
  }
  return found;
}

function writables({ config, usersOf }: LintSubject): Writable[] {
  const found: Writable[] = [];
  const add = (range: EffectiveRange, owner: string, told: string) => {
    const pages = pagesOf(range);
    if (pages !== null) found.push({ ...pages, owner, told, origin: range.origin });
  };
  for (const entry of config.allow) {
    const users = usersOf.get(entry.name) ?? [];
    if (!entry.target || users.length === 0) continue;
    const owner = users.length === 1 ? `device ${users[0]!.device}` : `set ${entry.name}`;
    add(entry, owner, `${toldUsers(users)} by allow ${quote(entry.name)}`);
  }
  for (const device of config.devices) {
    for (const region of device.reserved) {
      add(region, `device ${device.device}`, `${decimalForm(device.device)} by a reserved region`);
    }
  }
  return found;
}

function toldUsers(users: readonly EffectiveDevice[]): string {
  const more = users.length > 1 ? ` and ${users.length - 1} more` : "";
  return `${decimalForm(users[0]!.device)}${more}`;
}

function tellOverlap(one: Writable, other: Writable): Diagnostic {
  const first = hex(BigInt(Math.max(one.first, other.first)) << 12n);
  const last = hex((BigInt(Math.min(one.last, other.last)) << 12n) + 0xfffn);
  const message = `${first}-${last} can be written by ${one.told} and by ${other.told} (${formatPlace(other.origin)})`;
  return problem(
    "CFG613",
    one.origin,
    message,
    "move or shorten one of the ranges, unless the devices are meant to share the memory",
  );
}
