import { parseAddress } from "../events/vocabulary/address.ts";
import type { FaultJson } from "./faultText.ts";

/** Faults of one device for one reason and access on pages that touch: one line of a report. */
export interface Storm {
  readonly device: string | null;
  readonly reason: string | null;
  readonly access: string;
  /** First and last page of the run; null where the reports have no address. */
  firstPage: number | null;
  lastPage: number | null;
  count: number;
  readonly first: FaultJson;
  last: FaultJson;
}

/** Faults that were dropped before anybody could report them. */
export interface Suppressed {
  readonly function: string | null;
  readonly count: number | null;
}

/** Folds faults into storms, ordered by their first fault. The earliest fault of all is the first cause. */
export function foldStorms(faults: Iterable<FaultJson>): Storm[] {
  const groups = new Map<string, Storm[]>();
  for (const fault of faults) {
    const page = typeof fault["address"] === "string" ? (parseAddress(fault["address"])?.page ?? null) : null;
    const requester = requesterOf(fault);
    const key = `${requester} ${fault["reason"]} ${fault["access"]} ${page === null ? "none" : "page"}`;
    const storms = groups.get(key);
    const storm = storms && touching(storms, page);
    if (storm) grow(storm, page, fault);
    else {
      const begun: Storm = {
        device: requester,
        reason: fault["reason"] as string | null,
        access: fault["access"] as string,
        firstPage: page,
        lastPage: page,
        count: 1,
        first: fault,
        last: fault,
      };
      if (storms === undefined) groups.set(key, [begun]);
      else insert(storms, begun);
    }
  }
  const all = [...groups.values()].flat();
  return all.sort((a, b) => (a.first["seq"] as number) - (b.first["seq"] as number));
}

/** The name of who asked, as far as a fault says: a device, a stream, a source-id, or its unit alone. */
export function requesterOf(fault: FaultJson): string | null {
  for (const name of ["device", "client", "bdf"]) {
    const value = fault[name];
    if (typeof value === "string") return value;
  }
  if (typeof fault["streamId"] === "string") return `stream:${fault["streamId"]}`;
  return typeof fault["sourceId"] === "string" ? `source-id ${fault["sourceId"]}` : null;
}

/** The storm whose run holds or touches the page; runs of one group are disjoint and in order. */
function touching(storms: readonly Storm[], page: number | null): Storm | null {
  if (page === null) return storms[0] ?? null;
  const index = firstAbove(storms, page) - 1;
  const below = storms[index];
  if (below !== undefined && below.lastPage! + 1 >= page) return below;
  const above = storms[index + 1];
  return above !== undefined && above.firstPage! - 1 === page ? above : null;
}

function grow(storm: Storm, page: number | null, fault: FaultJson): void {
  storm.count += 1;
  storm.last = fault;
  if (page === null) return;
  storm.firstPage = Math.min(storm.firstPage!, page);
  storm.lastPage = Math.max(storm.lastPage!, page);
}

function insert(storms: Storm[], storm: Storm): void {
  storms.splice(firstAbove(storms, storm.firstPage ?? 0), 0, storm);
}

/** The index of the first storm that begins above `page`. */
function firstAbove(storms: readonly Storm[], page: number): number {
  let low = 0;
  let high = storms.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (storms[middle]!.firstPage! <= page) low = middle + 1;
    else high = middle;
  }
  return low;
}
