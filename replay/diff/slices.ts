import type { Alignment } from "./align.ts";
import type { Portrait } from "./portrait.ts";

/**
 * Leaves out what is the same whole in other slices: a table is a function of pages, and nothing depends on the
 * requests that built it (contract 2). Pieces that touch, with one target and the same rights, are one whole.
 */
export function withoutSlices(
  known: Alignment,
  a: Portrait,
  rowsA: readonly number[],
  b: Portrait,
  rowsB: readonly number[],
): Alignment {
  const { onlyA, onlyB } = known;
  if (onlyA.length === 0 || onlyB.length === 0) return known;
  const wholesB = new Map<string, Whole[]>();
  for (const whole of wholesOf(b, rowsB, onlyB)) {
    const list = wholesB.get(whole.text);
    if (list === undefined) wholesB.set(whole.text, [whole]);
    else list.push(whole);
  }
  const [same, sameB] = [new Set<number>(), new Set<number>()];
  for (const whole of wholesOf(a, rowsA, onlyA)) {
    const other = wholesB.get(whole.text)?.shift();
    if (other === undefined) continue;
    for (const index of whole.indices) same.add(index);
    for (const index of other.indices) sameB.add(index);
  }
  if (same.size === 0) return known;
  return {
    ...known,
    onlyA: onlyA.filter((index) => !same.has(index)),
    onlyB: onlyB.filter((index) => !sameB.has(index)),
  };
}

/** Grants that touch, in the order in which they were given. */
interface Whole {
  readonly text: string;
  readonly indices: readonly number[];
}

function wholesOf({ grants }: Portrait, rows: readonly number[], indices: readonly number[]): Whole[] {
  const wholes: { first: number; last: number; kind: string; indices: number[] }[] = [];
  for (const index of indices) {
    const row = rows[index]!;
    const [first, last] = [grants.first.at(row), grants.last.at(row)];
    const end = `${grants.pagesLeft.at(row) === 0} ${grants.replaced.at(row)}`;
    const kind = `${grants.delta.at(row)} ${grants.access.at(row)} ${end}`;
    const before = wholes.at(-1);
    if (before !== undefined && before.kind === kind && before.last + 1 === first) {
      before.last = last;
      before.indices.push(index);
    } else wholes.push({ first, last, kind, indices: [index] });
  }
  return wholes.map(({ first, last, kind, indices: list }) => ({
    text: `${first} ${last} ${kind}`,
    indices: list,
  }));
}
