import { unionAccess } from "../../events/vocabulary/access.ts";
import type { AddressSpace, Grant, StaleGrant } from "./addressSpace.ts";
import type { Interval } from "./intervalMap.ts";

/** What a judgement reads of a table. */
export type ReadableTable = Pick<AddressSpace, "at" | "nextEdge" | "staleAt">;

/**
 * Start-up grants and an object's grants of one device: what either grants is granted, with the rights of both
 * (CM-6). Where the two lead to different targets the start-up grant stands, since no client can remove it (G-29).
 */
export class UnionTable implements ReadableTable {
  readonly #startup: ReadableTable;
  readonly #object: ReadableTable;

  constructor(startup: ReadableTable, object: ReadableTable) {
    this.#startup = startup;
    this.#object = object;
  }

  at(page: number): Interval<Grant> | null {
    const first = this.#startup.at(page);
    const second = this.#object.at(page);
    const last = this.nextEdge(page) - 1;
    if (first === null) return second === null ? null : { first: page, last, value: second.value };
    if (second === null || second.value.delta !== first.value.delta)
      return { first: page, last, value: first.value };
    const { delta, access, since } = first.value;
    return { first: page, last, value: { delta, access: unionAccess(access, second.value.access), since } };
  }

  nextEdge(page: number): number {
    return Math.min(this.#startup.nextEdge(page), this.#object.nextEdge(page));
  }

  staleAt(page: number): Interval<readonly StaleGrant[]> | null {
    const cached = this.#object.staleAt(page);
    // Only the object's grants are ever revoked.
    return cached === null
      ? null
      : { first: page, last: Math.min(cached.last, this.nextEdge(page) - 1), value: cached.value };
  }
}
