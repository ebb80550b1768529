import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { EffectiveAllow, EffectiveRange } from "../effective.ts";
import { hex } from "../numbers.ts";
import { formatPlace } from "../origin.ts";
import { problem } from "../problem.ts";
import type { LintSubject } from "./subject.ts";

/** Regions that are not whole pages: what else they open, and whose bytes those are (CM-12, G-26). */
export function alignment(subject: LintSubject): Diagnostic[] {
  const neighbours = new Neighbours(subject.config.allow);
  const found: Diagnostic[] = [];
  for (const entry of subject.config.allow) {
    const permissions = `${entry.source ? "s" : ""}${entry.target ? "t" : ""}`;
    const written = (range: string) => `allow ${entry.name} ${range},${permissions}`;
    found.push(...opened(entry, `allow "${entry.name}"`, written, neighbours));
  }
  for (const { reserved } of subject.config.devices) {
    for (const region of reserved) {
      found.push(...opened(region, "the reserved region", (range) => `reserved ${range}`, neighbours));
    }
  }
  return found;
}

interface Bytes {
  readonly first: bigint;
  readonly last: bigint;
}

function opened(
  range: EffectiveRange,
  what: string,
  written: (range: string) => string,
  neighbours: Neighbours,
): Diagnostic[] {
  if (range.start === null || range.length === null) return [];
  const last = range.start + range.length - 1n;
  const roundedStart = range.start & ~0xfffn;
  const roundedLast = last | 0xfffn;
  const extra: { bytes: Bytes; where: string }[] = [];
  if (roundedStart < range.start) {
    extra.push({ bytes: { first: roundedStart, last: range.start - 1n }, where: "before it" });
  }
  if (last < roundedLast) extra.push({ bytes: { first: last + 1n, last: roundedLast }, where: "after it" });
  if (extra.length === 0) return [];
  const told = extra.map(({ bytes, where }) => {
    const count = bytes.last - bytes.first + 1n;
    const owner = neighbours.owner(bytes, range);
    const whose = owner === null ? "" : `, part of allow "${owner.name}" (${formatPlace(owner.origin)})`;
    return `${hex(bytes.first)}-${hex(bytes.last)} (${count} byte${count === 1n ? "" : "s"} ${where}${whose})`;
  });
  const message = `${what} covers ${hex(range.start)}-${hex(last)}, but whole 4 KiB pages are opened: also ${told.join(" and ")}`;
  const rounded = `${hex(roundedStart)},${hex(roundedLast - roundedStart + 1n)}`;
  const hint = `give the region whole pages and keep all else out of them: ${written(rounded)}`;
  return [problem("CFG601", range.origin, message, hint)];
}

/** How many entries one look-up walks past; what lies further is not told, only that the page opens. */
const WALK_MAX = 64;

/** Finds whose bytes a stretch is. */
class Neighbours {
  private readonly sorted: (EffectiveAllow & { start: bigint; length: bigint })[];

  constructor(entries: readonly EffectiveAllow[]) {
    this.sorted = entries
      .flatMap((entry) =>
        entry.start === null || entry.length === null
          ? []
          : [{ ...entry, start: entry.start, length: entry.length }],
      )
      .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  }

  owner(bytes: Bytes, self: EffectiveRange): EffectiveAllow | null {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle]!.start <= bytes.last) low = middle + 1;
      else high = middle;
    }
    for (let at = low - 1; at >= 0 && at >= low - WALK_MAX; at -= 1) {
      const entry = this.sorted[at]!;
      if (entry.origin !== self.origin && entry.start + entry.length - 1n >= bytes.first) return entry;
    }
    return null;
  }
}
