import { type BlockOutline, OUTLINED_KINDS } from "../events/codec/blockCodec.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import { blockOutlines } from "../replay/bootEvents.ts";
import type { BootReader } from "../store/eventStore.ts";
import { categoryNumber, categoryOf } from "./categories.ts";
import { RequestProblem } from "./problem.ts";
import { CATEGORIES, type Lane, type LaneKind } from "./viewModel.ts";

/** No lane, no kind, no reason. */
export const NONE = 0xffff;
/** Marks of an event: a fault ... */
export const FAULT = 1;
/** ... a transfer through a cached translation that was revoked ... */
export const STALE = 2;
/** ... a verdict of ours that is not the recorded one. */
export const DIVERGED = 4;

/** The most events of a boot that the viewer takes: about 30 bytes of memory each. */
export const INDEXED_EVENTS_MAX = 16_000_000;
const UNKNOWN = 0xfffe;
const LANES_MAX = 2000;
const NAMES_MAX = 0xfffe;
/** The most rare events (all but transfers, grants and revocations) that bands are made from. */
const RARE_MAX = 100_000;

/** What a timeline, a filter and a search need of each event, in columns by seq; made in one pass over the log. */
export interface BootIndex {
  readonly events: number;
  /** Numbers in `kinds`. */
  readonly kind: Uint16Array;
  /** Up to three lanes an event belongs to: device, object, and unit, client or VM. */
  readonly lanes: readonly [Uint16Array, Uint16Array, Uint16Array];
  /** NaN where unknown. */
  readonly t: Float64Array;
  /** First page of the address it names, NaN: none. */
  readonly page: Float64Array;
  /** Pages after the first, at most 2^32-1. */
  readonly pages: Uint32Array;
  readonly marks: Uint8Array;
  /** Numbers in `reasons`. */
  readonly reason: Uint16Array;
  readonly kinds: readonly string[];
  readonly reasons: readonly string[];
  /** Category number of each kind. */
  readonly categories: readonly number[];
  readonly laneList: readonly Lane[];
  readonly laneless: number;
  /** Events that change who is restricted by what, for bands. */
  readonly rare: readonly RecordedEvent[];
  /** True when there were more than `rare` holds. */
  readonly rareCut: boolean;
}

/** Reads a boot into an index; yields after each block, so that a server can answer others meanwhile. */
export function* indexBoot(reader: BootReader): Generator<void, BootIndex> {
  const { events } = reader.info;
  if (events > INDEXED_EVENTS_MAX)
    throw new RequestProblem(
      413,
      `boot ${reader.info.name} has ${events} events; the viewer shows boots of up to ${INDEXED_EVENTS_MAX}. smmu log, faults, state and why read any boot`,
    );
  const builder = new IndexBuilder(events);
  for (const outline of blockOutlines(reader)) {
    builder.add(outline);
    yield;
  }
  let taken = 0;
  for (const fault of reader.faults()) {
    builder.fault(fault.seq, fault.device, fault.reason, fault.page);
    if (++taken % 2000 === 0) yield;
  }
  for (const finding of reader.findings()) {
    builder.mark(finding.seq, finding.conformance === "stale" ? STALE : DIVERGED);
    if (++taken % 2000 === 0) yield;
  }
  return builder.finish();
}

// The kinds of which a boot has many; bands do not depend on them, but for the first of each device.
const HOT: ReadonlySet<string> = new Set([
  "dma",
  "map",
  "unmap",
  "invalidate",
  "fault",
  "status",
  "loss",
  "mark",
]);

interface Named {
  readonly device?: unknown;
  readonly object?: unknown;
  readonly unit?: unknown;
  readonly client?: unknown;
  readonly vm?: unknown;
  readonly holder?: unknown;
}

class IndexBuilder {
  readonly #events: number;
  readonly #kind: Uint16Array;
  readonly #lanes: [Uint16Array, Uint16Array, Uint16Array];
  readonly #t: Float64Array;
  readonly #page: Float64Array;
  readonly #pages: Uint32Array;
  readonly #marks: Uint8Array;
  readonly #reason: Uint16Array;
  readonly #kinds = new Map<string, number>();
  readonly #categories: number[] = [];
  readonly #reasons = new Map<string, number>();
  readonly #laneNumbers = new Map<LaneKind, Map<string, number>>();
  readonly #laneList: { kind: LaneKind; name: string; events: number; faults: number }[] = [];
  readonly #serviceCategory = categoryNumber("service");
  readonly #rare: RecordedEvent[] = [];
  #rareCut = false;
  #laneless = 0;
  #described = false;

  constructor(events: number) {
    this.#events = events;
    this.#kind = new Uint16Array(events);
    this.#lanes = [new Uint16Array(events), new Uint16Array(events), new Uint16Array(events)];
    this.#t = new Float64Array(events);
    this.#page = new Float64Array(events);
    this.#pages = new Uint32Array(events);
    this.#marks = new Uint8Array(events);
    this.#reason = new Uint16Array(events).fill(NONE);
    this.#lane("all", "all events");
  }

  add(outline: BlockOutline): void {
    const { firstSeq, count, kind, t, name, names, firstPage, pages } = outline;
    const kinds = OUTLINED_KINDS.map((word) => (word === null ? NONE : this.#kindNumber(word)));
    const devices = new Uint16Array(names.length).fill(UNKNOWN);
    const objects = new Uint16Array(names.length).fill(UNKNOWN);
    const [deviceLanes, objectLanes, otherLanes] = this.#lanes;
    for (let i = 0; i < count; i++) {
      const seq = firstSeq + i;
      this.#t[seq] = t[i] === -1 ? Number.NaN : t[i]!;
      const code = kind[i]!;
      if (code === 0) {
        this.#one(outline.event(i));
        continue;
      }
      const lanesBefore = this.#laneList.length;
      this.#kind[seq] = kinds[code]!;
      const word = OUTLINED_KINDS[code];
      const number = name[i]!;
      deviceLanes[seq] = word === "dma" ? this.#counted(devices, "device", number, names) : NONE;
      objectLanes[seq] =
        word !== "dma" && number >= 0 ? this.#counted(objects, "object", number, names) : NONE;
      otherLanes[seq] = NONE;
      this.#page[seq] = firstPage[i] === -1 ? Number.NaN : firstPage[i]!;
      this.#pages[seq] = Math.min(pages[i]!, 0xffff_ffff);
      // The first of a device or an object, and the first grant of all, can begin what restricts it.
      if (this.#laneList.length > lanesBefore || (word === "map" && !this.#described))
        this.#keep(outline.event(i));
      if (word === "map") this.#described = true;
    }
  }

  /** An event that has no columns of its own. */
  #one(recorded: RecordedEvent): void {
    const { seq, event } = recorded;
    const lanesBefore = this.#laneList.length;
    const kind = this.#kindNumber(event.kind === "unknown" ? event.name : event.kind);
    this.#kind[seq] = kind;
    const { device, object, unit, client, vm } = event as Named;
    this.#lanes[0][seq] = typeof device === "string" ? this.#count("device", device) : NONE;
    this.#lanes[1][seq] = typeof object === "string" ? this.#count("object", object) : NONE;
    this.#lanes[2][seq] =
      typeof unit === "string"
        ? this.#count("unit", unit)
        : typeof client === "string"
          ? this.#count("client", client)
          : typeof vm === "string"
            ? this.#count("vm", vm)
            : this.#categories[kind] === this.#serviceCategory
              ? this.#count("service", "service")
              : NONE;
    this.#place(seq, event as Placed);
    if (!HOT.has(event.kind) || this.#laneList.length > lanesBefore) this.#keep(recorded);
  }

  #keep(recorded: RecordedEvent): void {
    if (this.#rare.length < RARE_MAX) this.#rare.push(recorded);
    else this.#rareCut = true;
  }

  /** The lane of a block's name, looked up once in each block. */
  #counted(known: Uint16Array, kind: LaneKind, number: number, names: readonly string[]): number {
    let lane = known[number]!;
    if (lane === UNKNOWN) {
      lane = this.#lane(kind, names[number]!);
      known[number] = lane;
    }
    if (lane === NONE) this.#laneless += 1;
    else this.#laneList[lane]!.events += 1;
    return lane;
  }

  fault(seq: number, device: string | null, reason: string | null, page: number | null): void {
    if (seq >= this.#events) return;
    this.#marks[seq]! |= FAULT;
    if (device !== null && this.#lanes[0][seq] === NONE) this.#lanes[0][seq] = this.#count("device", device);
    for (const lanes of this.#lanes) if (lanes[seq] !== NONE) this.#laneList[lanes[seq]!]!.faults += 1;
    this.#laneList[0]!.faults += 1;
    if (page !== null) this.#page[seq] = page;
    if (reason !== null) this.#reason[seq] = numberOf(this.#reasons, reason);
  }

  mark(seq: number, mark: number): void {
    if (seq < this.#events) this.#marks[seq]! |= mark;
  }

  finish(): BootIndex {
    this.#laneList[0]!.events = this.#events;
    const { order, laneList } = sorted(this.#laneList);
    for (const lanes of this.#lanes)
      for (let seq = 0; seq < lanes.length; seq++) if (lanes[seq] !== NONE) lanes[seq] = order[lanes[seq]!]!;
    return {
      events: this.#events,
      kind: this.#kind,
      lanes: this.#lanes,
      t: this.#t,
      page: this.#page,
      pages: this.#pages,
      marks: this.#marks,
      reason: this.#reason,
      kinds: [...this.#kinds.keys()],
      reasons: [...this.#reasons.keys()],
      categories: this.#categories,
      laneList,
      laneless: this.#laneless,
      rare: this.#rare,
      rareCut: this.#rareCut,
    };
  }

  #place(seq: number, event: Placed): void {
    const { bytes, firstPage, lastPage, at, page } = event;
    const first =
      bytes?.firstPage ??
      firstPage ??
      (at as { readonly page?: number } | null | undefined)?.page ??
      page ??
      Number.NaN;
    const last = bytes?.lastPage ?? lastPage ?? first;
    this.#page[seq] = first;
    this.#pages[seq] = Number.isNaN(first) ? 0 : Math.min(last - first, 0xffff_ffff);
  }

  #kindNumber(kind: string): number {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const number = numberOf(this.#kinds, kind);
    if (number === this.#categories.length) this.#categories.push(categoryNumber(categoryOf(kind)));
    return number;
  }

  #count(kind: LaneKind, name: string): number {
    const lane = this.#lane(kind, name);
    if (lane === NONE) this.#laneless += 1;
    else this.#laneList[lane]!.events += 1;
    return lane;
  }

  #lane(kind: LaneKind, name: string): number {
    let names = this.#laneNumbers.get(kind);
    if (names === undefined) {
      names = new Map();
      this.#laneNumbers.set(kind, names);
    }
    const known = names.get(name);
    if (known !== undefined) return known;
    if (this.#laneList.length >= LANES_MAX) return NONE;
    names.set(name, this.#laneList.length);
    this.#laneList.push({ kind, name, events: 0, faults: 0 });
    return this.#laneList.length - 1;
  }
}

interface Placed {
  readonly bytes?: { readonly firstPage: number; readonly lastPage: number } | null;
  readonly firstPage?: number;
  readonly lastPage?: number;
  readonly at?: unknown;
  readonly page?: number | null;
}

/** The number of a name, made if new; names beyond the limit share the last number. */
function numberOf(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  const bounded = names.size < NAMES_MAX ? name : "(others)";
  const number = names.get(bounded) ?? names.size;
  names.set(bounded, number);
  return number;
}

const LANE_ORDER: readonly LaneKind[] = ["all", "service", "unit", "device", "object", "client", "vm"];

/** Lanes as people look for them: by kind, then by name, numbers in names in their order. */
function sorted(lanes: readonly Lane[]): { order: number[]; laneList: Lane[] } {
  const ranked = lanes
    .map((lane, number) => ({
      lane,
      number,
      key:
        lane.kind === "device" ? lane.name : lane.name.replace(/\d+/g, (digits) => digits.padStart(20, "0")),
    }))
    .sort(
      (a, b) =>
        LANE_ORDER.indexOf(a.lane.kind) - LANE_ORDER.indexOf(b.lane.kind) ||
        (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
    );
  const order: number[] = [];
  for (const [place, { number }] of ranked.entries()) order[number] = place;
  return { order, laneList: ranked.map(({ lane }) => lane) };
}

/** The number of categories, for tables by category. */
export const CATEGORY_COUNT = CATEGORIES.length;
