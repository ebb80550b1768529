import type { Outcome } from "../../events/outcome.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import type { PageNumber } from "../../events/vocabulary/address.ts";
import type { ObjectName } from "../../events/vocabulary/names.ts";
import type { Interval } from "./intervalMap.ts";

/** What a page table says of a run of pages. */
export interface PageGrant {
  readonly access: Access;
  /** Target page minus page. */
  readonly delta: number;
}

/** The outcomes that turn one table of an object into another; both are in order, and where they agree nothing is said. */
export function tableChanges(
  object: ObjectName,
  before: readonly Interval<PageGrant>[],
  after: readonly Interval<PageGrant>[],
): Outcome[] {
  const outcomes: Outcome[] = [];
  let i = 0;
  let j = 0;
  let page = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const next = after[j];
    page = Math.max(
      page,
      Math.min(old?.first ?? Number.POSITIVE_INFINITY, next?.first ?? Number.POSITIVE_INFINITY),
    );
    const wasThere = old !== undefined && old.first <= page;
    const isThere = next !== undefined && next.first <= page;
    const last = Math.min(endOf(old, wasThere), endOf(next, isThere));
    if (wasThere && !isThere) outcomes.push(removed(object, page, last));
    else if (isThere && !(wasThere && same(old.value, next.value)))
      outcomes.push(mapped(object, { first: page, last, value: next.value }));
    page = last + 1;
    if (wasThere && old.last === last) i += 1;
    if (isThere && next.last === last) j += 1;
  }
  return outcomes;
}

/** The grant of a run of pages. */
export function mapped(object: ObjectName, { first, last, value }: Interval<PageGrant>): Outcome {
  const { delta, access } = value;
  return {
    kind: "MappingAdded",
    object,
    firstPage: first as PageNumber,
    lastPage: last as PageNumber,
    delta,
    access,
  };
}

function removed(object: ObjectName, first: number, last: number): Outcome {
  return { kind: "MappingRemoved", object, firstPage: first as PageNumber, lastPage: last as PageNumber };
}

/** The last page up to which a run, or the gap before it, reaches. */
function endOf(run: Interval<PageGrant> | undefined, inside: boolean): number {
  if (run === undefined) return Number.POSITIVE_INFINITY;
  return inside ? run.last : run.first - 1;
}

function same(a: PageGrant, b: PageGrant): boolean {
  return a.access === b.access && a.delta === b.delta;
}
