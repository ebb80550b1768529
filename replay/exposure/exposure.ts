import type { Grant } from "../../core/parts/addressSpace.ts";
import { type Interval, IntervalMap } from "../../core/parts/intervalMap.ts";
import { initialState } from "../../core/state.ts";
import type { CacheInvalidated, Outcome } from "../../events/outcome.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import type { MapStimulus } from "../../events/stimulus.ts";
import { formatAddress, PAGE_LIMIT } from "../../events/vocabulary/address.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ObjectName } from "../../events/vocabulary/names.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { eventBlocks } from "../bootEvents.ts";
import { Stepper } from "../stepper.ts";

/** One interval in which memory could be reached that was not granted. Times in ns; null where unknown. */
export interface ExposureWindow {
  /** `unrestricted`: nothing confined the device; `stale`: revoked but still cached; `rounding`: beyond what was asked, within the page. */
  readonly kind: "unrestricted" | "stale" | "rounding";
  /** Who could: a device, or every device of an object. */
  readonly device: string | null;
  readonly object: string | null;
  readonly why: string;
  readonly fromSeq: number;
  /** Null: it never ended in this boot. */
  readonly toSeq: number | null;
  readonly fromT: number | null;
  readonly toT: number | null;
  readonly durationNs: number | null;
  /** What could be touched: null is all memory that the unit addresses. */
  readonly address: string | null;
  readonly bytes: number | null;
  /** Transfers that really went through the window. */
  readonly transfers: number;
}

/** What a boot exposed (issue: exposure); the figures sum all windows, the list holds the widest of them. */
export interface ExposureReport {
  readonly boot: string;
  readonly windows: readonly ExposureWindow[];
  readonly omitted: number;
  readonly totals: {
    /** Device-seconds without confinement, and transfers made in them. */
    readonly unrestrictedSeconds: number;
    readonly unrestrictedTransfers: number;
    /** Byte-seconds of revoked memory that caches may still have reached, and the longest single window in ns. */
    readonly staleByteSeconds: number;
    readonly staleWindows: number;
    readonly staleLongestNs: number;
    readonly staleTransfers: number;
    /** Byte-seconds beyond what was asked. */
    readonly roundingByteSeconds: number;
    readonly roundingGrants: number;
  };
  /** What the figures could not take in. */
  readonly missing: readonly string[];
}

/** How many windows a report lists. */
export const WINDOWS_LISTED_MAX = 1000;

/** Measures every interval of a boot in which a device could reach memory that it had not been granted. */
export function exposureOf(reader: BootReader): ExposureReport {
  const meter = new Meter(reader);
  for (const block of eventBlocks(reader)) for (const event of block) meter.step(event);
  return meter.report();
}

interface OpenUnrestricted {
  readonly why: string;
  readonly fromSeq: number;
  readonly fromT: number | null;
  transfers: number;
}

interface Moment {
  readonly seq: number;
  readonly t: number | null;
}

class Meter {
  readonly #reader: BootReader;
  readonly #stepper: Stepper;
  readonly #open = new Map<DeviceName, OpenUnrestricted>();
  readonly #stale = new Map<ObjectName, IntervalMap<Moment>>();
  readonly #partial = new Map<
    number,
    Moment & { readonly object: ObjectName; readonly edges: readonly Edge[] }
  >();
  readonly #windows: ExposureWindow[] = [];
  #omitted = 0;
  #now: Moment = { seq: 0, t: null };
  #untimed = false;
  #described = false;
  readonly #totals = {
    unrestrictedSeconds: 0,
    unrestrictedTransfers: 0,
    staleByteSeconds: 0,
    staleWindows: 0,
    staleLongestNs: 0,
    staleTransfers: 0,
    roundingByteSeconds: 0,
    roundingGrants: 0,
  };

  constructor(reader: BootReader) {
    this.#reader = reader;
    const { header } = reader.info;
    this.#stepper = new Stepper(initialState(header.family), header.outcomes, (object, part) =>
      this.#revoked(object, part),
    );
  }

  step(recorded: RecordedEvent): void {
    this.#now = { seq: recorded.seq, t: recorded.t ?? this.#now.t };
    if (recorded.t === null) this.#untimed = true;
    const decided = this.#stepper.step(recorded);
    // Where outcomes are events of their own, each is told by its event, and the decision anew is no second one.
    const { outcomes } = this.#reader.info.header;
    const told = isOutcome(recorded.event) ? [recorded.event] : outcomes === "recorded" ? [] : decided;
    for (const outcome of told) this.#outcome(outcome);
    if (recorded.event.kind === "map") this.#mapped(recorded.event);
    if (!HOT.has(recorded.event.kind)) this.#routesChanged(recorded.event);
  }

  report(): ExposureReport {
    const end: Moment = { seq: this.#reader.info.events, t: this.#now.t };
    for (const [device, open] of this.#open) this.#closeUnrestricted(device, open, end, true);
    for (const [object, stale] of this.#stale)
      for (const part of stale.all()) this.#closeStale(object, part, end, true);
    for (const since of [...this.#partial.keys()]) this.#closePartial(since, end, true);
    const windows = this.#windows.sort((a, b) => weight(b) - weight(a));
    return {
      boot: this.#reader.info.name,
      windows: windows.slice(0, WINDOWS_LISTED_MAX),
      omitted: this.#omitted + Math.max(0, windows.length - WINDOWS_LISTED_MAX),
      totals: this.#totals,
      missing: this.#untimed
        ? ["the times of some events: windows that begin or end there are measured to the next known time"]
        : [],
    };
  }

  #outcome(outcome: Outcome): void {
    if (outcome.kind === "CacheInvalidated") return this.#invalidated(outcome);
    if (outcome.kind === "TransferPermitted" && outcome.via !== "grant") {
      this.#routeOf(outcome.device);
      const open = this.#open.get(outcome.device);
      if (open !== undefined) open.transfers += 1;
      this.#totals.unrestrictedTransfers += 1;
    }
    if (outcome.kind === "TransferDenied" && outcome.conformance === "stale")
      this.#totals.staleTransfers += 1;
  }

  #routesChanged(event: RecordedEvent["event"]): void {
    const { state, plain } = this.#stepper.folding;
    const described = this.#described;
    this.#described = state.described;
    // With many devices, each of which is told of, looking at all of them each time would never end.
    if (plain && described) {
      if (OF_OBJECT.has(event.kind)) return;
      if (OF_DEVICE.has(event.kind)) return this.#routeOf((event as { readonly device: DeviceName }).device);
    }
    for (const device of this.#stepper.folding.state.devices.keys()) this.#routeOf(device);
  }

  #routeOf(device: DeviceName): void {
    const route = this.#stepper.folding.route(device);
    const why = route.kind === "unrestricted" ? route.via : null;
    const open = this.#open.get(device);
    if ((open?.why ?? null) === why) return;
    if (open !== undefined) this.#closeUnrestricted(device, open, this.#now, false);
    if (why === null) this.#open.delete(device);
    else this.#open.set(device, { why, fromSeq: this.#now.seq, fromT: this.#now.t, transfers: 0 });
  }

  #closeUnrestricted(device: DeviceName, open: OpenUnrestricted, at: Moment, atEnd: boolean): void {
    const ns = duration(open.fromT, at.t);
    this.#totals.unrestrictedSeconds += (ns ?? 0) / 1e9;
    this.#add({
      kind: "unrestricted",
      device,
      object: null,
      why: WHY_UNRESTRICTED[open.why] ?? open.why,
      fromSeq: open.fromSeq,
      toSeq: atEnd ? null : at.seq,
      fromT: open.fromT,
      toT: at.t,
      durationNs: ns,
      address: null,
      bytes: null,
      transfers: open.transfers,
    });
  }

  #revoked(object: ObjectName, part: Interval<Grant>): void {
    let stale = this.#stale.get(object);
    if (stale === undefined) {
      stale = new IntervalMap();
      this.#stale.set(object, stale);
    }
    stale.set(part.first, part.last, this.#now);
    this.#closePartial(part.value.since, this.#now, false);
  }

  #invalidated({ object, bytes }: CacheInvalidated): void {
    const first = bytes?.firstPage ?? 0;
    const last = bytes?.lastPage ?? PAGE_LIMIT - 1;
    for (const [name, stale] of this.#stale) {
      if (object !== null && object !== name) continue;
      if (stale.size > 0) stale.delete(first, last, (part) => this.#closeStale(name, part, this.#now, false));
    }
  }

  #closeStale(
    object: ObjectName,
    { first, last, value }: Interval<Moment>,
    at: Moment,
    atEnd: boolean,
  ): void {
    const bytes = (last - first + 1) * 4096;
    const ns = duration(value.t, at.t);
    this.#totals.staleWindows += 1;
    this.#totals.staleByteSeconds += (bytes * (ns ?? 0)) / 1e9;
    this.#totals.staleLongestNs = Math.max(this.#totals.staleLongestNs, ns ?? 0);
    this.#add({
      kind: "stale",
      device: null,
      object,
      why: "revoked, but the unit was not yet told to forget its cached translation",
      fromSeq: value.seq,
      toSeq: atEnd ? null : at.seq,
      fromT: value.t,
      toT: at.t,
      durationNs: ns,
      address: formatAddress(first),
      bytes,
      transfers: 0,
    });
  }

  #mapped({ object, bytes }: MapStimulus): void {
    const edges: Edge[] = [];
    if (bytes.firstOffset > 0) edges.push({ page: bytes.firstPage, bytes: bytes.firstOffset });
    if (bytes.lastOffset < 4095) edges.push({ page: bytes.lastPage, bytes: 4095 - bytes.lastOffset });
    if (edges.length > 0) this.#partial.set(this.#now.seq, { ...this.#now, object, edges });
  }

  #closePartial(since: number, at: Moment, atEnd: boolean): void {
    const partial = this.#partial.get(since);
    if (partial === undefined) return;
    this.#partial.delete(since);
    const bytes = partial.edges.reduce((sum, edge) => sum + edge.bytes, 0);
    const ns = duration(partial.t, at.t);
    this.#totals.roundingGrants += 1;
    this.#totals.roundingByteSeconds += (bytes * (ns ?? 0)) / 1e9;
    this.#add({
      kind: "rounding",
      device: null,
      object: partial.object,
      why: "units grant whole pages (CM-12)",
      fromSeq: partial.seq,
      toSeq: atEnd ? null : at.seq,
      fromT: partial.t,
      toT: at.t,
      durationNs: ns,
      address: formatAddress(partial.edges[0]!.page),
      bytes,
      transfers: 0,
    });
  }

  /** Keeps the widest windows; a strict boot has one short stale window for each unmap. */
  #add(window: ExposureWindow): void {
    if (window.fromSeq === window.toSeq) return;
    this.#windows.push(window);
    if (this.#windows.length < 4 * WINDOWS_LISTED_MAX) return;
    this.#windows.sort((a, b) => weight(b) - weight(a));
    this.#omitted += this.#windows.length - WINDOWS_LISTED_MAX;
    this.#windows.length = WINDOWS_LISTED_MAX;
  }
}

interface Edge {
  readonly page: number;
  readonly bytes: number;
}

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

// In a plain recording these confine or free no device but the one that they name, if any.
const OF_OBJECT: ReadonlySet<string> = new Set(["object.create", "object.destroy"]);
const OF_DEVICE: ReadonlySet<string> = new Set(["device", "attach", "detach", "passthrough"]);

const WHY_UNRESTRICTED: { readonly [via: string]: string } = {
  undescribed: "nothing restricted any device yet",
  "translation-off": "translation was off",
  "pass-through": "the unit let it through untranslated",
  bypass: "the unit lets streams that it does not know bypass it",
  "no-unit": "no unit controls the device",
};

function duration(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.max(0, to - from);
}

// All memory weighs more than any range.
function weight(window: ExposureWindow): number {
  return (window.bytes ?? 2 ** 40) * ((window.durationNs ?? 0) + 1);
}
