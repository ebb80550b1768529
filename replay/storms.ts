import { parseAddress } from "../events/vocabulary/address.ts";
import type { BootReader } from "../store/eventStore.ts";
import type { FaultJson } from "./faultText.ts";

/**
 * Faults of one device for one reason and access on a run of pages: one line of a report. A boot may have a million of
 * them, so the faults themselves stay in the log until they are asked for.
 */
export class Storm {
  readonly device: string | null;
  readonly reason: string | null;
  readonly access: string;
  /** First and last page of the run; null where the reports have no address. */
  readonly firstPage: number | null;
  readonly lastPage: number | null;
  readonly count: number;
  /** Lines that the kernel left out after a fault of this run; of whom they were is nowhere recorded. */
  readonly suppressed: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly #load: (place: Place) => FaultJson;
  readonly #first: Place;
  readonly #last: Place;

  constructor(group: Group, run: Run, load: (place: Place) => FaultJson) {
    this.device = group.device;
    this.reason = group.reason;
    this.access = group.access;
    this.firstPage = run.firstPage;
    this.lastPage = run.lastPage;
    this.count = run.count;
    this.suppressed = run.suppressed;
    this.firstSeq = run.first.seq;
    this.lastSeq = run.last.seq;
    this.#load = load;
    this.#first = run.first;
    this.#last = run.last;
  }

  /** Its first fault, read from the log. */
  get first(): FaultJson {
    return this.#load(this.#first);
  }

  /** Its last fault, read from the log. */
  get last(): FaultJson {
    return this.#load(this.#last);
  }
}

/** Folds the faults of a stretch into storms, ordered by their first fault. The earliest fault of all is the first cause. */
export function foldStorms(
  reader: Pick<BootReader, "faults" | "losses">,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): Storm[] {
  const groups = new Map<string, Group>();
  const losses = reader
    .losses()
    .filter((loss) => loss.what === "suppressed" && loss.seq >= from && loss.seq <= to);
  let loss = 0;
  let latest: Page | null = null;
  let seq = -1;
  let nth = 0;
  for (const row of reader.faults(from)) {
    if (row.seq > to) break;
    nth = row.seq === seq ? nth + 1 : 0;
    seq = row.seq;
    const fault = JSON.parse(row.json) as FaultJson;
    const page = typeof fault["address"] === "string" ? (parseAddress(fault["address"])?.page ?? null) : null;
    for (; latest !== null && loss < losses.length && losses[loss]!.seq < seq; loss++)
      latest.suppressed += losses[loss]!.count ?? 0;
    latest = add(groupOf(groups, fault), page, { seq, nth });
  }
  for (; latest !== null && loss < losses.length; loss++) latest.suppressed += losses[loss]!.count ?? 0;
  const load = (place: Place): FaultJson => faultAt(reader, place);
  const storms = [...groups.values()].flatMap((group) =>
    runsOf(group.pages).map((run) => ({ run, storm: new Storm(group, run, load) })),
  );
  return storms.sort((a, b) => before(a.run.first, b.run.first)).map(({ storm }) => storm);
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

/** The `nth` fault, from 0, of those that one event brought. */
interface Place {
  readonly seq: number;
  readonly nth: number;
}

interface Group {
  readonly device: string | null;
  readonly reason: string | null;
  readonly access: string;
  /** By page; null: without an address. */
  readonly pages: Map<number | null, Page>;
}

interface Page {
  count: number;
  suppressed: number;
  readonly first: Place;
  last: Place;
}

interface Run {
  readonly firstPage: number | null;
  lastPage: number | null;
  count: number;
  suppressed: number;
  first: Place;
  last: Place;
}

function groupOf(groups: Map<string, Group>, fault: FaultJson): Group {
  const device = requesterOf(fault);
  const reason = fault["reason"] as string | null;
  const access = fault["access"] as string;
  const key = JSON.stringify([device, reason, access]);
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group = { device, reason, access, pages: new Map() };
  groups.set(key, group);
  return group;
}

function add({ pages }: Group, page: number | null, place: Place): Page {
  const known = pages.get(page);
  if (known !== undefined) {
    known.count += 1;
    known.last = place;
    return known;
  }
  const begun = { count: 1, suppressed: 0, first: place, last: place };
  pages.set(page, begun);
  return begun;
}

/** Pages that touch make a run; faults without an address are one of their own. */
function runsOf(pages: ReadonlyMap<number | null, Page>): Run[] {
  const runs: Run[] = [];
  const numbered = [...pages.keys()].filter((page) => page !== null).sort((a, b) => a - b);
  for (const page of numbered) {
    const { count, suppressed, first, last } = pages.get(page)!;
    const run = runs.at(-1);
    if (run === undefined || run.lastPage! + 1 !== page)
      runs.push({ firstPage: page, lastPage: page, count, suppressed, first, last });
    else {
      run.lastPage = page;
      run.count += count;
      run.suppressed += suppressed;
      if (before(first, run.first) < 0) run.first = first;
      if (before(last, run.last) > 0) run.last = last;
    }
  }
  const rest = pages.get(null);
  if (rest !== undefined) runs.push({ firstPage: null, lastPage: null, ...rest });
  return runs;
}

function before(a: Place, b: Place): number {
  return a.seq - b.seq || a.nth - b.nth;
}

function faultAt(reader: Pick<BootReader, "faults">, { seq, nth }: Place): FaultJson {
  let left = nth;
  for (const row of reader.faults(seq)) if (left-- === 0) return JSON.parse(row.json) as FaultJson;
  throw new RangeError(`the fault ${nth} of event ${seq} is gone`);
}
