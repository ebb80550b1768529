import { formatAddress } from "../../events/vocabulary/address.ts";
import { nameBoth } from "./compareDevices.ts";
import {
  accessAndKind,
  accessOf,
  grantEntries,
  grantMembers,
  grantText,
  ownerText,
  sizeAndAccess,
} from "./grantGroups.ts";
import type { GrantMatch } from "./matchGrants.ts";
import type { Match } from "./matchObjects.ts";
import { isFixed, isRevoked, type ObjectLife, type Portrait } from "./portrait.ts";
import { type Amount, aboutAsMany, ChangeList, type Changes, type Difference } from "./report.ts";
import { some } from "./text.ts";

/** Where nearly all targets stay the same (all but one, or nine of ten), one that does not is a difference. */
const TARGETS_SAME_SHARE = 0.9;

/** Grants: every one that has no counterpart where `exact`; of two runs, kinds of them that only one boot has. */
export function compareMappings(
  match: Match,
  grants: GrantMatch,
  exact: boolean,
  amounts: Amount[],
): Changes {
  const { a, b, lifeInB, lifeInA } = match;
  const changes = new ChangeList();
  const { onlyA: removed, onlyB: added } = grants;
  for (const life of a.objects)
    if (lifeInB[life.index] === -1)
      changes.removed.push(...grantEntries(a, life.grants, "a", accessAndKind(a)));
  for (const life of b.objects)
    if (lifeInA[life.index] === -1)
      changes.added.push(...grantEntries(b, life.grants, "b", accessAndKind(b)));
  const unlike = pairsOf(grants).filter(([x, y]) => !alike(a, x, b, y));
  if (exact) {
    changes.removed.push(...grantEntries(a, removed, "a", sizeAndAccess(a)));
    changes.added.push(...grantEntries(b, added, "b", sizeAndAccess(b)));
    for (const [x, y] of unlike)
      changes.changed.push(changedOf(match, x, y, "grant", grantText(a, x), grantText(b, y)));
    addEnds(changes, match, grants);
    addTargets(changes, match, grants);
    return changes;
  }
  const fixed = (portrait: Portrait, rows: readonly number[]) => rows.filter((row) => isFixed(portrait, row));
  changes.removed.push(...grantEntries(a, fixed(a, removed), "a", sizeAndAccess(a)));
  changes.added.push(...grantEntries(b, fixed(b, added), "b", sizeAndAccess(b)));
  addKinds(changes, match, amounts);
  return changes;
}

function pairsOf({ inB }: GrantMatch): [number, number][] {
  const pairs: [number, number][] = [];
  inB.forEach((other, row) => {
    if (other >= 0) pairs.push([row, other]);
  });
  return pairs;
}

function alike(a: Portrait, x: number, b: Portrait, y: number): boolean {
  const pages = (portrait: Portrait, row: number) =>
    portrait.grants.last.at(row) - portrait.grants.first.at(row);
  return (
    a.grants.access.at(x) === b.grants.access.at(y) &&
    pages(a, x) === pages(b, y) &&
    (a.grants.delta.at(x) === 0) === (b.grants.delta.at(y) === 0)
  );
}

/** Grants that were revoked in one boot and not, not wholly, or only replaced in the other. */
function addEnds(changes: ChangeList, match: Match, grants: GrantMatch): void {
  const { a, b } = match;
  for (const [x, y] of pairsOf(grants)) {
    const same =
      a.grants.pagesLeft.at(x) === b.grants.pagesLeft.at(y) &&
      a.grants.replaced.at(x) === b.grants.replaced.at(y);
    if (same || !alike(a, x, b, y)) continue;
    changes.changed.push(changedOf(match, x, y, "revoked", endText(a, x), endText(b, y)));
  }
}

function endText(portrait: Portrait, row: number): string {
  const { grants } = portrait;
  const end = grants.endSeq.at(row);
  if (isRevoked(grants, row))
    return grants.replaced.at(row) === 1 ? `in force until replaced at seq ${end}` : `revoked at seq ${end}`;
  return end < 0 ? "never revoked" : `${grants.pagesLeft.at(row)} pages left after seq ${end}`;
}

/** Grants at the same address that lead to another target, where targets are not handed out anew in each boot. */
function addTargets(changes: ChangeList, match: Match, grants: GrantMatch): void {
  const { a, b } = match;
  const pairs = pairsOf(grants).filter(([x, y]) => alike(a, x, b, y));
  const moved = pairs.filter(
    ([x, y]) =>
      a.grants.first.at(x) === b.grants.first.at(y) && a.grants.delta.at(x) !== b.grants.delta.at(y),
  );
  if (moved.length > Math.max(1, pairs.length * (1 - TARGETS_SAME_SHARE)) || grants.elsewhere > 0) return;
  for (const [x, y] of moved) {
    const target = (portrait: Portrait, row: number) =>
      formatAddress(portrait.grants.first.at(row) + portrait.grants.delta.at(row));
    changes.changed.push(changedOf(match, x, y, "target", target(a, x), target(b, y)));
  }
}

function changedOf(
  match: Match,
  x: number,
  y: number,
  what: string,
  before: string,
  after: string,
): Difference {
  const { a, b } = match;
  const [life, other] = [a.objects[a.grants.life.at(x)]!, b.objects[b.grants.life.at(y)]!];
  const place = what === "grant" ? "" : ` ${grantText(a, x)}: ${what === "revoked" ? "" : `${what} `}`;
  return {
    seqA: what === "revoked" && a.grants.endSeq.at(x) >= 0 ? a.grants.endSeq.at(x) : a.grants.seq.at(x),
    seqB: what === "revoked" && b.grants.endSeq.at(y) >= 0 ? b.grants.endSeq.at(y) : b.grants.seq.at(y),
    object: life.name,
    objectB: other.name,
    devices: life.users,
    what,
    ...grantMembers(a, x),
    b: grantMembers(b, y),
    text: `${ownerText(life)}:${place === "" ? " " : place}${before} -> ${after}`,
  };
}

/** Of two runs: kinds of grants that an object has in one boot only, and how many there are of the others. */
function addKinds(changes: ChangeList, match: Match, amounts: Amount[]): void {
  const { a, b, lifeInB } = match;
  for (const life of a.objects) {
    const other = b.objects[lifeInB[life.index]!];
    if (other === undefined) continue;
    const [inA, inB] = [kindsOf(a, life), kindsOf(b, other)];
    for (const kind of new Set([...inA.keys(), ...inB.keys()])) {
      const [rowsA, rowsB] = [inA.get(kind) ?? [], inB.get(kind) ?? []];
      if (rowsA.length === rowsB.length) continue;
      const what = `grants of ${kind} in ${nameBoth(life, other)}`;
      if (aboutAsMany(rowsA.length, rowsB.length) && rowsA.length > 0 && rowsB.length > 0)
        amounts.push({ what, a: rowsA.length, b: rowsB.length });
      else if (rowsB.length === 0) changes.removed.push(...grantEntries(a, rowsA, "a", accessAndKind(a)));
      else if (rowsA.length === 0) changes.added.push(...grantEntries(b, rowsB, "b", accessAndKind(b)));
      else
        changes.changed.push({
          seqA: null,
          seqB: null,
          object: life.name,
          objectB: other.name,
          devices: life.users,
          what: "how many",
          access: kind,
          a: rowsA.length,
          b: rowsB.length,
          text: `${ownerText(life)}: ${some(rowsA.length, "grant")} of ${kind} -> ${some(rowsB.length, "grant")}`,
        });
    }
  }
}

function kindsOf(portrait: Portrait, life: ObjectLife): Map<string, number[]> {
  const kinds = new Map<string, number[]>();
  for (const row of life.grants) {
    if (isFixed(portrait, row)) continue;
    const kind = `${accessOf(portrait, row)}${portrait.grants.delta.at(row) === 0 ? " unity" : ""}`;
    const rows = kinds.get(kind);
    if (rows === undefined) kinds.set(kind, [row]);
    else rows.push(row);
  }
  return kinds;
}
