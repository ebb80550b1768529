import { align, alignRest } from "./align.ts";
import { mixed } from "./column.ts";
import { nameBoth } from "./compareDevices.ts";
import { EXAMPLES_MAX } from "./grantGroups.ts";
import { commonDevices, type Match } from "./matchObjects.ts";
import {
  type Invalidation,
  type ObjectLife,
  type Portrait,
  tailLength,
  type Unrestricted,
} from "./portrait.ts";
import { type Amount, aboutAsMany, ChangeList, type Changes, type Difference } from "./report.ts";
import { some, thousands } from "./text.ts";

/**
 * What could be reached without a grant: stretches in which nothing restricted a device that both boots have, and
 * invalidations that only one boot has, since until one comes a revoked translation may still be used.
 */
export function compareExposure(match: Match, exact: boolean, amounts: Amount[]): Changes {
  const changes = new ChangeList();
  for (const device of commonDevices(match)) {
    const [inA, inB] = [match.a.devices.get(device)!.unrestricted, match.b.devices.get(device)!.unrestricted];
    const [whyA, whyB] = [whysOf(inA), whysOf(inB)];
    if (whyA === whyB) continue;
    const at = firstUnlike(inA, inB);
    const text = `${device} is not restricted: ${whyA} -> ${whyB}`;
    changes.changed.push({ ...at, device, what: "unrestricted", a: whyA, b: whyB, text });
  }
  const [byA, byB] = [invalidationsOf(match.a), invalidationsOf(match.b)];
  const tailOf = (list: readonly Invalidation[]) => tailLength(match.a, list.length, (i) => list[i]!.seq);
  const compare = (life: ObjectLife | null, other: ObjectLife | null): void => {
    const inA = byA.get(life?.index ?? null) ?? [];
    const inB = byB.get(other?.index ?? null) ?? [];
    compareInvalidations(changes, life, other, inA, inB, exact ? tailOf(inA) : null, amounts);
  };
  for (const life of match.a.objects) {
    const other = match.b.objects[match.lifeInB[life.index]!];
    if (other !== undefined) compare(life, other);
  }
  compare(null, null);
  return changes;
}

/** Invalidations of one object, or, where that is null, of all objects or of a device; each counts unless `tail` is null. */
function compareInvalidations(
  changes: ChangeList,
  life: ObjectLife | null,
  other: ObjectLife | null,
  inA: readonly Invalidation[],
  inB: readonly Invalidation[],
  tail: number | null,
  amounts: Amount[],
): void {
  const what = life === null ? "all objects or a device" : nameBoth(life, other!);
  if (tail === null) {
    if (inA.length === inB.length) return;
    if (aboutAsMany(inA.length, inB.length))
      return void amounts.push({ what: `invalidations of ${what}`, a: inA.length, b: inB.length });
    const text = `invalidations of ${what}: ${thousands(inA.length)} -> ${thousands(inB.length)}`;
    const counts = { a: inA.length, b: inB.length };
    changes.changed.push({
      seqA: null,
      seqB: null,
      object: life?.name ?? null,
      what: "invalidations",
      ...counts,
      text,
    });
    return;
  }
  const byPlace = align(inA.map(placeToken), inB.map(placeToken), tail);
  const { onlyA, onlyB } = alignRest(
    byPlace,
    (i) => pagesToken(inA[i]!),
    (i) => pagesToken(inB[i]!),
  );
  const entry = (list: readonly Invalidation[], side: "a" | "b"): Difference[] => {
    if (list.length === 0) return [];
    const { seq, pages, device } = list[0]!;
    const reach = pages === null ? "all pages" : some(pages, "page");
    const which = device ?? (life === null ? "all objects" : what);
    return [
      {
        seqA: side === "a" ? seq : null,
        seqB: side === "b" ? seq : null,
        object: life?.name ?? null,
        device,
        what: "invalidation",
        count: list.length,
        examples: list.length === 1 ? [] : list.slice(0, EXAMPLES_MAX).map((one) => one.seq),
        text: `${some(list.length, "invalidation")} of ${which}, ${list.length === 1 ? "of" : "the first of"} ${reach}`,
      },
    ];
  };
  changes.removed.push(
    ...entry(
      onlyA.map((i) => inA[i]!),
      "a",
    ),
  );
  changes.added.push(
    ...entry(
      onlyB.map((i) => inB[i]!),
      "b",
    ),
  );
}

/** Invalidations by the index of their object's life; null: of all objects or of a device. */
function invalidationsOf({ invalidations }: Portrait): Map<number | null, Invalidation[]> {
  const byLife = new Map<number | null, Invalidation[]>();
  for (const one of invalidations) {
    const list = byLife.get(one.life);
    if (list === undefined) byLife.set(one.life, [one]);
    else list.push(one);
  }
  return byLife;
}

function placeToken({ first, pages }: Invalidation): number {
  return mixed(first, pages ?? 0);
}

function pagesToken({ pages }: Invalidation): number {
  return pages ?? -1;
}

function whysOf(stretches: readonly Unrestricted[]): string {
  if (stretches.length === 0) return "never";
  return stretches.map(({ why, to }) => `${why}${to === null ? " to the end" : ""}`).join(", then ");
}

function firstUnlike(
  a: readonly Unrestricted[],
  b: readonly Unrestricted[],
): { readonly seqA: number | null; readonly seqB: number | null } {
  let i = 0;
  while (a[i] !== undefined && a[i]?.why === b[i]?.why && (a[i]!.to === null) === (b[i]!.to === null)) i++;
  const ended = (x: Unrestricted | undefined) => x?.to ?? x?.from ?? null;
  return { seqA: ended(a[i]), seqB: ended(b[i]) };
}
