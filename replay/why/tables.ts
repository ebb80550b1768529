import type { AddressSpace, Grant } from "../../core/parts/addressSpace.ts";
import type { Interval } from "../../core/parts/intervalMap.ts";
import { UnionTable } from "../../core/parts/unionTable.ts";

/** All that grants a device something: its start-up grants, its reserved regions, its object's table. */
export type Tables = Pick<AddressSpace, "at" | "below" | "above" | "mappings" | "staleAt" | "nextEdge">;

/** Several tables as one; null where there is none. Those that no client can change come first (G-29). */
export function tablesOf(spaces: readonly (AddressSpace | null | undefined)[]): Tables | null {
  const known = spaces.filter((space) => space !== null && space !== undefined);
  const [only] = known;
  if (known.length <= 1) return only ?? null;
  const table = known
    .slice(1)
    .reduce<UnionTable | AddressSpace>((sum, next) => new UnionTable(sum, next), only!);
  const best = (
    find: (space: AddressSpace) => Interval<Grant> | null,
    nearer: (x: Interval<Grant>, y: Interval<Grant>) => boolean,
  ): Interval<Grant> | null =>
    known.reduce<Interval<Grant> | null>((found, space) => {
      const run = find(space);
      return run !== null && (found === null || nearer(run, found)) ? run : found;
    }, null);
  return {
    at: (page) => table.at(page),
    staleAt: (page) => table.staleAt(page),
    nextEdge: (page) => table.nextEdge(page),
    below: (page) =>
      best(
        (space) => space.below(page),
        (x, y) => x.last > y.last,
      ),
    above: (page) =>
      best(
        (space) => space.above(page),
        (x, y) => x.first < y.first,
      ),
    mappings: () => known.flatMap((space) => space.mappings()),
  };
}
