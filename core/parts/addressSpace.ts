import { assert } from "../../base/assert.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { PAGE_LIMIT } from "../../events/vocabulary/address.ts";
import { type Interval, IntervalMap } from "./intervalMap.ts";

/** What is granted on a run of pages: page p goes to page `p + delta`. `since` is the seq of the event that granted it. */
export interface Grant {
  readonly delta: number;
  readonly access: Access;
  readonly since: number;
}

/** A grant that was taken away or replaced at seq `revokedAt`, and that a unit may still hold in its cache. */
export interface StaleGrant {
  readonly grant: Grant;
  readonly revokedAt: number;
}

/**
 * How many different revoked grants of one page are remembered between two invalidations. Above it the oldest is
 * forgotten, and a transfer through it would count as diverged, not as stale: the stricter of the two.
 */
export const STALE_PER_PAGE_MAX = 64;

/**
 * One object's table: a function from page to (target page, access), with the provenance of each grant, and beside
 * it what a cache may remember of revoked grants until an invalidation covers them (contract 2 rule 6).
 * An opaque, immutable value to immer; `edit` gives a copy to write.
 */
export class AddressSpace {
  protected live: IntervalMap<Grant>;
  protected stale: IntervalMap<readonly StaleGrant[]>;

  constructor(
    live: IntervalMap<Grant> = new IntervalMap(),
    stale: IntervalMap<readonly StaleGrant[]> = new IntervalMap(),
  ) {
    this.live = live;
    this.stale = stale;
  }

  /** How many intervals are granted; adjacent grants of different requests count apart. */
  get mappingCount(): number {
    return this.live.size;
  }

  /** The granted run that holds `page`, or null. */
  at(page: number): Interval<Grant> | null {
    return this.live.at(page);
  }

  /** The last granted run that starts at or below `page`, or null. */
  below(page: number): Interval<Grant> | null {
    return this.live.below(page);
  }

  /** The first granted run that starts at or above `page`, or null. */
  above(page: number): Interval<Grant> | null {
    return this.live.above(page);
  }

  /** The granted runs, in order; never merged across grants. */
  mappings(): Interval<Grant>[] {
    return this.live.all();
  }

  /** The granted runs within `first..last`, cut to that range. */
  within(first: number, last: number): Interval<Grant>[] {
    return this.live.within(first, last);
  }

  /** The run around `page` of which a cache may still hold the same revoked grants, newest first; null: none. */
  staleAt(page: number): Interval<readonly StaleGrant[]> | null {
    return this.stale.at(page);
  }

  /** The next page above `page` at which the granted run may change. */
  nextEdge(page: number): number {
    const inside = this.live.at(page);
    if (inside !== null) return inside.last + 1;
    return this.live.above(page)?.first ?? PAGE_LIMIT;
  }

  /** Whether a cache may still hold anything that is no longer granted. */
  get hasStale(): boolean {
    return this.stale.size > 0;
  }

  /** Everything a cache may still hold. */
  staleGrants(): Interval<readonly StaleGrant[]>[] {
    return this.stale.all();
  }

  /**
   * The table as a function: maximal runs with one delta and one access, whatever requests built them. Equal tables
   * give equal texts; provenance and slicing do not show.
   */
  canonicalRuns(): string {
    const parts: string[] = [];
    let run: { first: number; last: number; delta: number; access: number } | null = null;
    for (const { first, last, value } of this.live.all()) {
      if (
        run !== null &&
        run.last + 1 === first &&
        run.delta === value.delta &&
        run.access === value.access
      ) {
        run.last = last;
        continue;
      }
      if (run !== null) parts.push(`${run.first}-${run.last}:${run.delta}:${run.access}`);
      run = { first, last, delta: value.delta, access: value.access };
    }
    if (run !== null) parts.push(`${run.first}-${run.last}:${run.delta}:${run.access}`);
    return parts.join(",");
  }

  /** A copy to write; this one stays as it is. */
  edit(): AddressSpaceEdit {
    return new AddressSpaceEdit(this.live.clone(), this.stale.clone());
  }
}

/** An address space being written; `done` ends that. */
export class AddressSpaceEdit extends AddressSpace {
  #open = true;
  // Who wants to know of each grant that ends, and at which seq.
  #onRevoked: ((part: Interval<Grant>) => void) | undefined;
  #at = 0;
  readonly #revoke = (part: Interval<Grant>): void => {
    this.#onRevoked?.(part);
    this.#remember(part, { grant: part.value, revokedAt: this.#at });
  };

  /** Grants `first..last`; over an existing grant the later one replaces it there (contract 2, `map`). */
  map(first: number, last: number, grant: Grant, onRevoked?: (part: Interval<Grant>) => void): void {
    assert(
      this.#open && first <= last && last < PAGE_LIMIT,
      "an address space is written after its end, or out of range",
    );
    this.#onRevoked = onRevoked;
    this.#at = grant.since;
    this.live.set(first, last, grant, this.#revoke);
  }

  /** Revokes `first..last` at seq `at`, splitting what it cuts. */
  unmap(first: number, last: number, at: number, onRevoked?: (part: Interval<Grant>) => void): void {
    assert(this.#open, "an address space is written after its end");
    this.#onRevoked = onRevoked;
    this.#at = at;
    this.live.delete(first, last, this.#revoke);
  }

  /** The unit forgets what it cached of `first..last`. */
  invalidate(first: number, last: number): void {
    assert(this.#open, "an address space is written after its end");
    if (this.stale.size === 0) return;
    if (first === 0 && last === PAGE_LIMIT - 1) this.stale.clear();
    else this.stale.delete(first, last);
  }

  /** Ends the writing. */
  done(): AddressSpace {
    this.#open = false;
    return new AddressSpace(this.live, this.stale);
  }

  #remember(part: Interval<Grant>, entry: StaleGrant): void {
    const older = this.stale.size === 0 ? [] : this.stale.within(part.first, part.last);
    let next = part.first;
    for (const known of older) {
      if (known.first > next) this.stale.set(next, known.first - 1, [entry]);
      this.stale.set(known.first, known.last, withEntry(known.value, entry));
      next = known.last + 1;
    }
    if (next <= part.last) this.stale.set(next, part.last, [entry]);
  }
}

function withEntry(known: readonly StaleGrant[], entry: StaleGrant): readonly StaleGrant[] {
  // The same translation revoked twice is one thing to a cache; the newest revocation is the one that counts.
  const others = known.filter(
    (old) => old.grant.delta !== entry.grant.delta || old.grant.access !== entry.grant.access,
  );
  return [entry, ...others].slice(0, STALE_PER_PAGE_MAX);
}
