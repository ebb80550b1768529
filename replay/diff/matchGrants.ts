import { type Alignment, align, alignRest } from "./align.ts";
import { mixed } from "./column.ts";
import type { Match } from "./matchObjects.ts";
import { isFixed, isRevoked, type Portrait, tailLength } from "./portrait.ts";
import { withoutSlices } from "./slices.ts";

/** The grants of two boots that stand for each other. */
export interface GrantMatch {
  /** For each grant of A its counterpart in B, and the other way round; -1: none. */
  readonly inB: Int32Array;
  readonly inA: Int32Array;
  /** Rows of A and of B that have no counterpart, and are no other slices of the same whole. */
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
  /** Grants of matched objects, of both boots together, and how many of them stay alone. */
  readonly total: number;
  readonly alone: number;
  /** Of the pairs, those that lie at other addresses or lead to other targets. */
  readonly elsewhere: number;
  readonly retargeted: number;
}

/**
 * Matches the grants of matched objects: first those at the same address to the same target; then by their targets; then
 * by what they are, how they were used and how far they lie from the one before; then by what they are alone; then
 * pieces of the same whole, which stay without a counterpart but are not alone; then by where they lie, whatever they are.
 */
export function matchGrants(match: Match): GrantMatch {
  const { a, b, lifeInB } = match;
  const inB = new Int32Array(a.grants.life.length).fill(-1);
  const inA = new Int32Array(b.grants.life.length).fill(-1);
  let total = 0;
  const onlyA: number[] = [];
  const onlyB: number[] = [];
  for (const life of a.objects) {
    const other = lifeInB[life.index]!;
    if (other === -1) continue;
    const rowsA = life.grants;
    const rowsB = b.objects[other]!.grants;
    const alignment = alignGrants(a, rowsA, b, rowsB);
    alignment.counterpart.forEach((j, i) => {
      if (j < 0) return;
      inB[rowsA[i]!] = rowsB[j]!;
      inA[rowsB[j]!] = rowsA[i]!;
    });
    for (const i of alignment.onlyA) onlyA.push(rowsA[i]!);
    for (const j of alignment.onlyB) onlyB.push(rowsB[j]!);
    total += rowsA.length + rowsB.length;
  }
  const alone = onlyA.length + onlyB.length;
  return { inB, inA, onlyA, onlyB, total, alone, ...movedOf(a, b, inB) };
}

function alignGrants(
  a: Portrait,
  rowsA: readonly number[],
  b: Portrait,
  rowsB: readonly number[],
): Alignment {
  const tokens = (of: (portrait: Portrait, row: number) => number) =>
    [(i: number) => of(a, rowsA[i]!), (i: number) => of(b, rowsB[i]!)] as const;
  const [exactA, exactB] = tokens(placeAndTarget);
  let alignment = align(
    Float64Array.from(rowsA, (_, i) => exactA(i)),
    Float64Array.from(rowsB, (_, i) => exactB(i)),
    tailLength(a, rowsA.length, (i) => a.grants.seq.at(rowsA[i]!)),
  );
  for (const token of [target, stepAndUse, useAndShape, shape])
    alignment = alignRest(alignment, ...tokens(token));
  alignment = withoutSlices(alignment, a, rowsA, b, rowsB);
  return alignRest(alignment, ...tokens(place));
}

function placeAndTarget({ grants }: Portrait, row: number): number {
  return mixed(grants.first.at(row), grants.last.at(row), grants.delta.at(row), grants.access.at(row));
}

function shape(portrait: Portrait, row: number): number {
  const { grants } = portrait;
  const pages = grants.last.at(row) - grants.first.at(row);
  const unity = grants.delta.at(row) === 0 ? 1 : 0;
  // The addresses of what was not handed out mean themselves.
  const where = isFixed(portrait, row) ? grants.first.at(row) + 1 : 0;
  return mixed(pages, grants.access.at(row), unity, where);
}

/** Where it leads, wherever it lies: addresses are handed out differently more often than memory. */
function target(portrait: Portrait, row: number): number {
  const { grants } = portrait;
  return mixed(shape(portrait, row), grants.first.at(row) + grants.delta.at(row));
}

/** How far it lies from the grant before it in its object: a whole space may have moved. */
function stepAndUse(portrait: Portrait, row: number): number {
  const { grants } = portrait;
  const rows = portrait.objects[grants.life.at(row)]!.grants;
  const before = rows[indexIn(rows, row) - 1];
  const step = before === undefined ? 0 : grants.first.at(row) - grants.first.at(before);
  return mixed(useAndShape(portrait, row), step < 0 ? 1 : 0, Math.abs(step));
}

/** The index of a row in a list of rows, which rise. */
function indexIn(rows: readonly number[], row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

function useAndShape(portrait: Portrait, row: number): number {
  const { grants } = portrait;
  const revoked = isRevoked(grants, row) ? 1 : 0;
  return mixed(shape(portrait, row), grants.reads.at(row), grants.writes.at(row), revoked);
}

function place({ grants }: Portrait, row: number): number {
  return grants.first.at(row);
}

function movedOf(a: Portrait, b: Portrait, inB: Int32Array): { elsewhere: number; retargeted: number } {
  let elsewhere = 0;
  let retargeted = 0;
  inB.forEach((other, row) => {
    if (other < 0) return;
    if (a.grants.first.at(row) !== b.grants.first.at(other)) elsewhere += 1;
    else if (a.grants.delta.at(row) !== b.grants.delta.at(other)) retargeted += 1;
  });
  return { elsewhere, retargeted };
}
