import { parseAddress } from "../events/vocabulary/address.ts";
import { type BootIndex, DIVERGED, FAULT, STALE } from "./bootIndex.ts";
import { RequestProblem } from "./problem.ts";
import { CATEGORIES } from "./viewModel.ts";

/** What a list or a timeline shows; a member that is null lets everything through. */
export interface Filter {
  /** A lane's name: a device, an object, a unit, a client, a VM. */
  readonly about: string | null;
  readonly kind: string | null;
  readonly category: string | null;
  readonly reason: string | null;
  /** Events that name this page. */
  readonly page: number | null;
  readonly marked: "fault" | "finding" | null;
}

/** Nothing is left out. */
export function isEmpty(filter: Filter): boolean {
  return Object.values(filter).every((value) => value === null);
}

/** The filter that a request's query names. */
export function readFilter(query: (name: string) => string | undefined): Filter {
  const text = (name: string): string | null => {
    const value = query(name);
    if (value === undefined || value === "") return null;
    if (value.length > 200) throw new RequestProblem(400, `${name} is longer than 200 characters`);
    return value;
  };
  const address = text("address");
  const parsed = address === null ? null : parseAddress(address);
  if (address !== null && parsed === null)
    throw new RequestProblem(400, `address ${address} is no address; expected hex such as 0x70ad5000`);
  const marked = text("marked");
  if (marked !== null && marked !== "fault" && marked !== "finding")
    throw new RequestProblem(400, `marked ${marked} is not known; expected fault or finding`);
  const category = text("category");
  if (category !== null && !(CATEGORIES as readonly string[]).includes(category))
    throw new RequestProblem(
      400,
      `category ${category} is not known; expected one of ${CATEGORIES.join(", ")}`,
    );
  return {
    about: text("about"),
    kind: text("kind"),
    category,
    reason: text("reason"),
    page: parsed?.page ?? null,
    marked,
  };
}

/** A test of the filter on each seq; a name that the boot does not have lets nothing through. */
export function testOf(index: BootIndex, filter: Filter): (seq: number) => boolean {
  const tests: ((seq: number) => boolean)[] = [];
  const { about, kind, category, reason, page, marked } = filter;
  if (about !== null) {
    const lanes = new Set(index.laneList.flatMap((lane, i) => (lane.name === about && i > 0 ? [i] : [])));
    const [a, b, c] = index.lanes;
    tests.push((seq) => lanes.has(a[seq]!) || lanes.has(b[seq]!) || lanes.has(c[seq]!));
  }
  if (kind !== null) {
    const number = index.kinds.indexOf(kind);
    tests.push((seq) => index.kind[seq] === number);
  }
  if (category !== null) {
    const number = (CATEGORIES as readonly string[]).indexOf(category);
    tests.push((seq) => index.categories[index.kind[seq]!] === number);
  }
  if (reason !== null) {
    const number = index.reasons.indexOf(reason);
    tests.push((seq) => index.reason[seq] === number);
  }
  if (page !== null)
    tests.push((seq) => index.page[seq]! <= page && page <= index.page[seq]! + index.pages[seq]!);
  if (marked === "fault") tests.push((seq) => (index.marks[seq]! & FAULT) !== 0);
  if (marked === "finding") tests.push((seq) => (index.marks[seq]! & (STALE | DIVERGED)) !== 0);
  return (seq) => tests.every((test) => test(seq));
}

/** The seqs that pass, in order. */
export function matchesOf(index: BootIndex, filter: Filter): Uint32Array {
  const passes = testOf(index, filter);
  const found = new Uint32Array(index.events);
  let count = 0;
  for (let seq = 0; seq < index.events; seq++) if (passes(seq)) found[count++] = seq;
  return found.slice(0, count);
}

/** The place of the last seq in `sorted` that is at most `seq`; -1: none. */
export function placeOf(sorted: Uint32Array, seq: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
