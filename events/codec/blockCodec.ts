import type { Json } from "../../base/canonicalJson.ts";
import type { IommuEvent, Origin, RecordedEvent } from "../recordedEvent.ts";
import type { DmaStimulus, InvalidateStimulus, MapStimulus, Observed, UnmapStimulus } from "../stimulus.ts";
import { upcastCold } from "../upcasts/upcast.ts";
import type { Access } from "../vocabulary/access.ts";
import type { PageNumber } from "../vocabulary/address.ts";
import type { ByteRange } from "../vocabulary/byteRange.ts";
import type { DeviceName } from "../vocabulary/device.ts";
import type { ObjectName } from "../vocabulary/names.ts";
import { ColumnReader, ColumnWriter } from "./columns.ts";

/** Version of the block layout and of the events in it; each step up has an upcast. */
export const EVENT_VERSION = 1;

/** How many events a block holds at most: a few thousand keep both the append and a seek cheap. */
export const BLOCK_EVENTS_MAX = 4096;

// The four kinds that make up nearly all of a boot have columns; all others are JSON texts beside them.
const COLD = 0;
const DMA = 1;
const MAP = 2;
const UNMAP = 3;
const INVALIDATE = 4;

// Bits of the `flags` column. Of a dma: bit 0 a write; bits 1-2 what was observed. Of a map: bits 0-2 access, 3-5 requested.
const OBSERVED_NONE = 0;
const OBSERVED_PERMITTED = 1;
const OBSERVED_TARGET = 2;
const OBSERVED_DENIED = 3;

// Null where a column holds counts, lines, times or pages.
const NONE = -1;

/** Collects events of one boot into blocks; `files` numbers the files of origins across all its blocks. */
export class BlockEncoder {
  readonly #files: Map<string, number>;
  #names = new Map<string, number>();
  #cold: Json[] = [];
  #extra: Json[] = [];
  #count = 0;
  readonly #kind = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #t = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #cause = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #file = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #line = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #lastLine = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #name = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #flags = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #firstPage = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #pages = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #offsets = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #target = new Float64Array(BLOCK_EVENTS_MAX);
  readonly #code = new Float64Array(BLOCK_EVENTS_MAX);

  constructor(files: Map<string, number>) {
    this.#files = files;
  }

  /** Events collected since the last block. */
  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === BLOCK_EVENTS_MAX;
  }

  /** Adds an event; the block must not be full. Sequence numbers are implied by the order. */
  add(recorded: Omit<RecordedEvent, "seq">): void {
    const i = this.#count++;
    this.#t[i] = recorded.t ?? NONE;
    this.#cause[i] = recorded.cause ?? NONE;
    this.#file[i] = recorded.origin === null ? NONE : this.#fileNumber(recorded.origin.file);
    this.#line[i] = recorded.origin?.line ?? NONE;
    this.#lastLine[i] = recorded.lastLine ?? NONE;
    if (recorded.extra !== null) this.#extra.push([i, recorded.extra]);
    const { event } = recorded;
    if (event.kind === "dma" && hasPlainObserved(event)) return this.#dma(i, event);
    if (event.kind === "map") {
      const flags = event.access | ((event.requested ?? 0) << 3);
      return this.#row(i, MAP, event.object, flags, event.bytes, event.targetPage, NONE);
    }
    if (event.kind === "unmap") return this.#row(i, UNMAP, event.object, 0, event.bytes, NONE, NONE);
    if (event.kind === "invalidate" && event.device === null) {
      return this.#row(i, INVALIDATE, event.object, 0, event.bytes, NONE, NONE);
    }
    this.#row(i, COLD, null, 0, null, NONE, NONE);
    this.#cold.push([i, event as unknown as Json]);
  }

  /** The bytes of all events since the last block, and a fresh start. */
  finish(): Uint8Array {
    const writer = new ColumnWriter();
    const n = this.#count;
    writer.numbers([EVENT_VERSION], 1);
    writer.text(JSON.stringify({ names: [...this.#names.keys()], cold: this.#cold, extra: this.#extra }));
    for (const column of [
      this.#kind,
      this.#t,
      this.#cause,
      this.#file,
      this.#line,
      this.#lastLine,
      this.#name,
    ])
      writer.numbers(column, n);
    for (const column of [this.#flags, this.#firstPage, this.#pages, this.#offsets, this.#target, this.#code])
      writer.numbers(column, n);
    this.#names = new Map();
    this.#cold = [];
    this.#extra = [];
    this.#count = 0;
    return writer.finish();
  }

  #dma(i: number, event: DmaStimulus): void {
    const { observed } = event;
    const code = observed?.code == null ? NONE : this.#nameNumber(observed.code);
    const seen =
      observed === null
        ? OBSERVED_NONE
        : observed.verdict === "denied"
          ? OBSERVED_DENIED
          : observed.target === null
            ? OBSERVED_PERMITTED
            : OBSERVED_TARGET;
    const flags = (event.access === "w" ? 1 : 0) | (seen << 1);
    this.#row(i, DMA, event.device, flags, event.bytes, observed?.target?.page ?? NONE, code);
  }

  #row(
    i: number,
    kind: number,
    name: string | null,
    flags: number,
    bytes: ByteRange | null,
    target: number,
    code: number,
  ): void {
    this.#kind[i] = kind;
    this.#name[i] = name === null ? NONE : this.#nameNumber(name);
    this.#flags[i] = flags;
    this.#firstPage[i] = bytes?.firstPage ?? NONE;
    this.#pages[i] = bytes === null ? 0 : bytes.lastPage - bytes.firstPage;
    this.#offsets[i] = bytes === null ? 0 : bytes.firstOffset + bytes.lastOffset * 4096;
    this.#target[i] = target;
    this.#code[i] = code;
  }

  #nameNumber(name: string): number {
    let number = this.#names.get(name);
    if (number === undefined) {
      number = this.#names.size;
      this.#names.set(name, number);
    }
    return number;
  }

  #fileNumber(file: string): number {
    let number = this.#files.get(file);
    if (number === undefined) {
      number = this.#files.size;
      this.#files.set(file, number);
    }
    return number;
  }
}

/** The events of a block. Throws RangeError or SyntaxError on bytes that are not one; a store checks digests before. */
export function decodeBlock(
  bytes: Uint8Array,
  firstSeq: number,
  count: number,
  files: readonly string[],
): RecordedEvent[] {
  const columns = readColumns(bytes, count);
  const events: RecordedEvent[] = new Array(count);
  let coldLeft = columns.cold.size;
  for (let i = 0; i < count; i++) {
    if (columns.kind[i] === COLD) coldLeft -= 1;
    events[i] = eventOf(columns, i, firstSeq + i, files);
  }
  if (coldLeft !== 0) throw new RangeError(`a block has contents for ${coldLeft} events too many`);
  return events;
}

/** The kinds that an outline tells of without making events. */
export const OUTLINED_KINDS = [null, "dma", "map", "unmap", "invalidate"] as const;

/** A block seen from afar, by column: what is where and when. */
export interface BlockOutline {
  readonly firstSeq: number;
  readonly count: number;
  /** Numbers in {@link OUTLINED_KINDS}; 0: see `event`. */
  readonly kind: Float64Array;
  /** -1: unknown. */
  readonly t: Float64Array;
  /** Numbers in `names`: of the device of a dma, else of the object; -1: none. */
  readonly name: Float64Array;
  readonly names: readonly string[];
  /** -1: no range. */
  readonly firstPage: Float64Array;
  /** Pages after the first. */
  readonly pages: Float64Array;
  /** One event, whole. */
  event(i: number): RecordedEvent;
}

/** A block's outline: several times as fast as its events, for whoever looks at a whole boot. Throws as {@link decodeBlock}. */
export function outlineBlock(
  bytes: Uint8Array,
  firstSeq: number,
  count: number,
  files: readonly string[],
): BlockOutline {
  const columns = readColumns(bytes, count);
  const { kind, t, name, names, firstPage, pages } = columns;
  const event = (i: number) => eventOf(columns, i, firstSeq + i, files);
  return { firstSeq, count, kind, t, name, names, firstPage, pages, event };
}

interface Columns extends HotColumns {
  readonly kind: Float64Array;
  readonly t: Float64Array;
  readonly cause: Float64Array;
  readonly file: Float64Array;
  readonly line: Float64Array;
  readonly lastLine: Float64Array;
  readonly cold: ReadonlyMap<number, IommuEvent>;
  readonly extra: ReadonlyMap<number, { readonly [name: string]: Json }>;
}

function readColumns(bytes: Uint8Array, count: number): Columns {
  const reader = new ColumnReader(bytes);
  const version = reader.numbers(1)[0]!;
  const side = JSON.parse(reader.text()) as Side;
  return {
    cold: new Map(side.cold.map(([i, event]) => [i, upcastCold(event, version)])),
    extra: new Map(side.extra),
    names: side.names,
    // In the order in which they were written.
    kind: reader.numbers(count),
    t: reader.numbers(count),
    cause: reader.numbers(count),
    file: reader.numbers(count),
    line: reader.numbers(count),
    lastLine: reader.numbers(count),
    name: reader.numbers(count),
    flags: reader.numbers(count),
    firstPage: reader.numbers(count),
    pages: reader.numbers(count),
    offsets: reader.numbers(count),
    target: reader.numbers(count),
    code: reader.numbers(count),
  };
}

function eventOf(columns: Columns, i: number, seq: number, files: readonly string[]): RecordedEvent {
  const kind = columns.kind[i]!;
  const event = kind === COLD ? columns.cold.get(i) : hotEvent(kind, columns, i);
  if (event === undefined) throw new RangeError(`event ${seq} of a block has no content`);
  return {
    seq,
    t: orNull(columns.t[i]!),
    cause: orNull(columns.cause[i]!),
    origin: originOf(columns.file[i]!, columns.line[i]!, files),
    lastLine: orNull(columns.lastLine[i]!),
    event,
    extra: columns.extra.size === 0 ? null : (columns.extra.get(i) ?? null),
  };
}

interface Side {
  readonly names: readonly string[];
  readonly cold: readonly [number, Json][];
  readonly extra: readonly [number, { readonly [name: string]: Json }][];
}

interface HotColumns {
  readonly name: Float64Array;
  readonly flags: Float64Array;
  readonly firstPage: Float64Array;
  readonly pages: Float64Array;
  readonly offsets: Float64Array;
  readonly target: Float64Array;
  readonly code: Float64Array;
  readonly names: readonly string[];
}

function hotEvent(kind: number, columns: HotColumns, i: number): IommuEvent {
  switch (kind) {
    case DMA:
      return dmaOf(columns, i);
    case MAP: {
      const flags = columns.flags[i]!;
      const requested = flags >> 3;
      const map: MapStimulus = {
        kind: "map",
        object: nameOf(columns, columns.name[i]!) as ObjectName,
        bytes: bytesOf(columns, i),
        targetPage: columns.target[i]! as PageNumber,
        access: (flags & 7) as Access,
        requested: requested === 0 ? null : (requested as Access),
      };
      return map;
    }
    case UNMAP: {
      const unmap: UnmapStimulus = {
        kind: "unmap",
        object: nameOf(columns, columns.name[i]!) as ObjectName,
        bytes: bytesOf(columns, i),
      };
      return unmap;
    }
    case INVALIDATE: {
      const name = columns.name[i]!;
      const invalidate: InvalidateStimulus = {
        kind: "invalidate",
        object: name === NONE ? null : (nameOf(columns, name) as ObjectName),
        device: null,
        bytes: columns.firstPage[i]! === NONE ? null : bytesOf(columns, i),
      };
      return invalidate;
    }
    default:
      throw new RangeError(`column kind ${kind} is not known`);
  }
}

function dmaOf(columns: HotColumns, i: number): DmaStimulus {
  const flags = columns.flags[i]!;
  const bytes = bytesOf(columns, i);
  const seen = flags >> 1;
  let observed: Observed | null = null;
  if (seen !== OBSERVED_NONE) {
    const code = columns.code[i]!;
    observed = {
      verdict: seen === OBSERVED_DENIED ? "denied" : "permitted",
      target:
        seen === OBSERVED_TARGET
          ? { page: columns.target[i]! as PageNumber, offset: bytes.firstOffset }
          : null,
      code: code === NONE ? null : nameOf(columns, code),
      reason: null,
    };
  }
  return {
    kind: "dma",
    device: nameOf(columns, columns.name[i]!) as DeviceName,
    bytes,
    access: flags & 1 ? "w" : "r",
    observed,
  };
}

function bytesOf(columns: HotColumns, i: number): ByteRange {
  const first = columns.firstPage[i]!;
  const offsets = columns.offsets[i]!;
  return {
    firstPage: first as PageNumber,
    firstOffset: offsets & 4095,
    lastPage: (first + columns.pages[i]!) as PageNumber,
    lastOffset: offsets >> 12,
  };
}

/** A dma whose `observed` fits the columns; others are told as JSON. */
function hasPlainObserved({ bytes, observed }: DmaStimulus): boolean {
  if (observed === null) return true;
  if (observed.reason !== null) return false;
  if (observed.verdict === "denied") return observed.target === null;
  return observed.target === null || observed.target.offset === bytes.firstOffset;
}

function nameOf(columns: HotColumns, number: number): string {
  const name = columns.names[number];
  if (name === undefined) throw new RangeError(`name ${number} of a block is missing`);
  return name;
}

function originOf(file: number, line: number, files: readonly string[]): Origin | null {
  if (file === NONE) return null;
  const name = files[file];
  if (name === undefined) throw new RangeError(`file ${file} of a boot is missing`);
  return { file: name, line: orNull(line) };
}

function orNull(value: number): number | null {
  return value === NONE ? null : value;
}
