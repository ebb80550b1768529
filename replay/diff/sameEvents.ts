import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import type { IommuEvent, RecordedEvent } from "../../events/recordedEvent.ts";
import type { Observed } from "../../events/stimulus.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { blockOf } from "../bootEvents.ts";

/**
 * How many events at the beginning of two boots are the same, byte for byte, by whole blocks: as each digest covers all
 * that is before it, two equal ones are the proof. 0 where the boots are judged by different rules.
 */
export function samePrefix(a: BootReader, b: BootReader): number {
  const [headerA, headerB] = [a.info.header, b.info.header];
  if (headerA.family !== headerB.family || headerA.outcomes !== headerB.outcomes) return 0;
  let same = 0;
  const blocksB = b.blocks()[Symbol.iterator]();
  for (const block of a.blocks()) {
    const other = blocksB.next();
    if (other.done || other.value.digest !== block.digest) break;
    same = block.firstSeq + block.count;
  }
  blocksB.return?.();
  return same;
}

/** Events at the end that two boots share. */
export interface SameEnd {
  readonly count: number;
  /** What its transfers of several pages touch: their verdict is that of the first refused page, so that all of them count. */
  readonly wide: readonly ByteRange[];
  /** Whether pages alone decide what its events make of a state: no service, client or guest begins in it. */
  readonly byPages: boolean;
}

/** Nothing is the same. */
export const NO_SAME_END: SameEnd = { count: 0, wide: [], byPages: true };

/** The events at the end of two boots that are the same, not looking before event `from`; where they were told is not compared. */
export function sameEnd(
  a: { readonly reader: BootReader; readonly end: number },
  b: { readonly reader: BootReader; readonly end: number },
  from: number,
): SameEnd {
  const most = Math.min(a.end, b.end) - from;
  const [inA, inB] = [new Backwards(a.reader, a.end), new Backwards(b.reader, b.end)];
  const wide: ByteRange[] = [];
  let byPages = true;
  let count = 0;
  for (; count < most; count++) {
    const recorded = inA.next();
    if (!sameEvent(recorded, inB.next())) break;
    const { event } = recorded;
    if (event.kind === "dma") {
      if (event.bytes.firstPage !== event.bytes.lastPage) wide.push(event.bytes);
    } else if (byPages) byPages = decidedByPages(event);
  }
  return { count, wide, byPages };
}

/** The events of a boot from its end towards its beginning; each block is decoded once, and one is held. */
class Backwards {
  readonly #reader: BootReader;
  #seq: number;
  #block: readonly RecordedEvent[] = [];
  #first = Number.POSITIVE_INFINITY;

  constructor(reader: BootReader, end: number) {
    this.#reader = reader;
    this.#seq = end;
  }

  /** The event before the last one given; there must be one. */
  next(): RecordedEvent {
    this.#seq -= 1;
    if (this.#seq < this.#first) {
      this.#block = blockOf(this.#reader, this.#seq)!;
      this.#first = this.#block[0]!.seq;
    }
    return this.#block[this.#seq - this.#first]!;
  }
}

// What the trace format tells of tables and of who uses them; and what changes nothing.
const PLAIN: ReadonlySet<string> = new Set([
  "translation",
  "object.create",
  "object.destroy",
  "attach",
  "detach",
  "map",
  "unmap",
  "passthrough",
  "invalidate",
  "fault",
  "loss",
  "status",
  "mark",
  "unknown",
]);

function decidedByPages(event: IommuEvent): boolean {
  // A unit that keeps few records leaves out faults by their number; a device may share its identifier with another.
  if (event.kind === "unit") return event.faultRecords === undefined;
  if (event.kind === "device") return event.identifiers === undefined;
  return PLAIN.has(event.kind);
}

/** True where two events say the same at the same time; an outcome and its cause lie as far apart. */
export function sameEvent(x: RecordedEvent, y: RecordedEvent): boolean {
  if (
    x.t !== y.t ||
    (x.cause === null ? null : x.seq - x.cause) !== (y.cause === null ? null : y.seq - y.cause)
  )
    return false;
  if ((x.extra !== null || y.extra !== null) && canonicalJson(x.extra) !== canonicalJson(y.extra))
    return false;
  const [a, b] = [x.event, y.event];
  // The frequent kinds, member by member.
  if (a.kind === "dma" && b.kind === "dma")
    return (
      a.device === b.device &&
      a.access === b.access &&
      sameBytes(a.bytes, b.bytes) &&
      sameObserved(a.observed, b.observed)
    );
  if (a.kind === "map" && b.kind === "map")
    return (
      a.object === b.object &&
      a.targetPage === b.targetPage &&
      a.access === b.access &&
      a.requested === b.requested &&
      sameBytes(a.bytes, b.bytes)
    );
  if (a.kind === "unmap" && b.kind === "unmap") return a.object === b.object && sameBytes(a.bytes, b.bytes);
  if (a.kind === "invalidate" && b.kind === "invalidate")
    return (
      a.object === b.object &&
      a.device === b.device &&
      (a.bytes === null || b.bytes === null ? a.bytes === b.bytes : sameBytes(a.bytes, b.bytes))
    );
  return a.kind === b.kind && canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);
}

function sameObserved(a: Observed | null, b: Observed | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.verdict === b.verdict &&
    a.code === b.code &&
    a.reason === b.reason &&
    a.target?.page === b.target?.page &&
    a.target?.offset === b.target?.offset
  );
}

function sameBytes(a: ByteRange, b: ByteRange): boolean {
  return (
    a.firstPage === b.firstPage &&
    a.firstOffset === b.firstOffset &&
    a.lastPage === b.lastPage &&
    a.lastOffset === b.lastOffset
  );
}
