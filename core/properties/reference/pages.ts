import type { Interval } from "../../parts/intervalMap.ts";

/** What a table says of one page. */
export interface Entry {
  readonly target: number;
  readonly access: number;
  readonly since: number;
}

/** A run of pages of a table: page p goes to page `p + delta`. */
export interface PageRun {
  readonly first: number;
  readonly last: number;
  readonly delta: number;
  readonly access: number;
}

/** A run of bytes that a client asked for; `delta` is in pages. */
export interface ByteRun {
  readonly first: number;
  readonly last: number;
  readonly delta: number;
  readonly access: number;
}

/** A table as it may be listed; nothing else is asked of it, so that its own look-ups have no say. */
export interface Listed {
  mappings(): Interval<{ readonly delta: number; readonly access: number; readonly since: number }>[];
}

/** The runs of a table, in order; null: there is no table. */
export function listed(table: Listed | null | undefined): ReturnType<Listed["mappings"]> {
  if (table == null) return NONE;
  let runs = known.get(table);
  if (runs === undefined) {
    runs = table.mappings();
    known.set(table, runs);
  }
  return runs;
}

// Tables are immutable values, most of them the same from one state to the next.
const known = new WeakMap<object, ReturnType<Listed["mappings"]>>();
const NONE: ReturnType<Listed["mappings"]> = [];

/** What a table says of a page; null: nothing is granted there. */
export function entryOf(table: Listed | null | undefined, page: number): Entry | null {
  for (const { first, last, value } of listed(table))
    if (first <= page && page <= last)
      return { target: page + value.delta, access: value.access, since: value.since };
  return null;
}

/** Pages within `first..last` from which on something may differ from the page before; `first` is one. */
export function cutsWithin(
  tables: readonly (Listed | null | undefined)[],
  first: number,
  last: number,
): number[] {
  const cuts = new Set([first]);
  for (const table of tables)
    for (const run of listed(table)) {
      if (run.first > first && run.first <= last) cuts.add(run.first);
      if (run.last + 1 > first && run.last + 1 <= last) cuts.add(run.last + 1);
    }
  return [...cuts].sort((a, b) => a - b);
}

/** Writes `value` over `first..last`; null: takes away what is there. */
export function painted(
  runs: readonly ByteRun[],
  first: number,
  last: number,
  value: { readonly delta: number; readonly access: number } | null,
): ByteRun[] {
  const left: ByteRun[] = [];
  for (const run of runs) {
    if (run.first < first) left.push({ ...run, last: Math.min(run.last, first - 1) });
    if (run.last > last) left.push({ ...run, first: Math.max(run.first, last + 1) });
  }
  if (value !== null) left.push({ first, last, ...value });
  return left.sort((a, b) => a.first - b.first);
}

/**
 * The pages that byte runs come to (CM-12, G-26): each page that a run touches, with the rights of all that touch it.
 * Null where two of them send one page to two places.
 */
export function pagesOfBytes(runs: readonly ByteRun[]): PageRun[] | null {
  const cuts = new Set<number>();
  for (const { first, last } of runs)
    for (const edge of [first, last]) {
      cuts.add(Math.floor(edge / 4096));
      cuts.add(Math.floor(edge / 4096) + 1);
    }
  const pages: PageRun[] = [];
  const sorted = [...cuts].sort((a, b) => a - b);
  for (const [i, page] of sorted.entries()) {
    const touching = runs.filter((run) => run.first <= page * 4096 + 4095 && page * 4096 <= run.last);
    const [one] = touching;
    if (one === undefined) continue;
    if (touching.some(({ delta }) => delta !== one.delta)) return null;
    const access = touching.reduce((all, run) => all | run.access, 0);
    pages.push({ first: page, last: sorted[i + 1]! - 1, delta: one.delta, access });
  }
  return pages;
}

/** One text for one function from pages to targets and rights, however it is sliced. */
export function pagesText(runs: readonly PageRun[]): string {
  const parts: PageRun[] = [];
  for (const run of runs) {
    const before = parts.at(-1);
    if (before?.last === run.first - 1 && before.delta === run.delta && before.access === run.access)
      parts[parts.length - 1] = { ...before, last: run.last };
    else parts.push(run);
  }
  return parts.map(({ first, last, delta, access }) => `${first}-${last}:${delta}:${access}`).join();
}

/** The same of a table. */
export function tableText(table: Listed | null | undefined): string {
  return pagesText(
    listed(table).map(({ first, last, value: { delta, access } }) => ({ first, last, delta, access })),
  );
}
