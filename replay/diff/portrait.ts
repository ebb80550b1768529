import type { IommuState } from "../../core/state.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { Column } from "./column.ts";

/** What a comparison knows of one boot: its last state, and the lives of everything in it. Rows are in order of seq. */
export interface Portrait {
  readonly reader: BootReader;
  /** Events before this one are the same in both boots; what follows is about events `from..end - 1`. */
  readonly from: number;
  readonly end: number;
  /** From this event on both boots have the same, one for one. */
  readonly tail: number;
  readonly start: IommuState;
  readonly last: IommuState;
  readonly objects: readonly ObjectLife[];
  readonly devices: ReadonlyMap<DeviceName, DeviceLife>;
  readonly grants: Grants;
  /** The switches of translation, as words: `dmar0 on`. */
  readonly switches: readonly Told[];
  /** What the service and its clients did beyond that, each as a text without what only names or places it. */
  readonly service: readonly Told[];
  readonly calls: readonly Told[];
  readonly invalidations: readonly Invalidation[];
  /** Revocations so far, and how many of them had to wait for an invalidation while the next one came. */
  readonly revocations: { readonly count: number; readonly deferred: number };
  /** Reports that the recorder lost, where it says so. */
  readonly losses: readonly Told[];
}

/** Something that happened once, as a text that is the same in two boots where it means the same. */
export interface Told {
  readonly seq: number;
  readonly kind: string;
  readonly text: string;
}

/** The life of one address space; a name that is used again is another life. Start-up grants of a device are one, too. */
export interface ObjectLife {
  readonly index: number;
  readonly name: string;
  /** Whose start-up grants these are, or null for an object. */
  readonly startupOf: DeviceName | null;
  readonly client: string | null;
  /** Null where it was there before the first event that is compared. */
  readonly createdSeq: number | null;
  destroyedSeq: number | null;
  /** Devices that used it, in the order in which they first did. */
  readonly users: DeviceName[];
  /** The seq of the first attachment; null: there was none. */
  attachedSeq: number | null;
  /** Rows of its grants. */
  readonly grants: number[];
}

/** The life of one device. */
export interface DeviceLife {
  readonly name: DeviceName;
  readonly firstSeq: number;
  /** Each attachment, in order: the index of the object's life; null: detached. */
  readonly attachments: { readonly seq: number; readonly life: number | null }[];
  readonly passthrough: { readonly seq: number; readonly enabled: boolean }[];
  /** When nothing restricted it, in order. `to` null: until the end. */
  readonly unrestricted: Unrestricted[];
  readonly transfers: Transfers;
}

/** A stretch of a boot in which nothing restricted a device. */
export interface Unrestricted {
  readonly why: string;
  readonly from: number;
  to: number | null;
}

/** Grants as columns: pages `first..last` of an object's life, given at `seq`. */
export class Grants {
  readonly life = new Column();
  readonly seq = new Column();
  readonly first = new Column();
  readonly last = new Column();
  readonly delta = new Column();
  readonly access = new Column();
  /** The seq at which pages of it were last revoked or replaced; -1: never. */
  readonly endSeq = new Column();
  readonly pagesLeft = new Column();
  /** 1 where a later grant took its place, so that nobody revoked it. */
  readonly replaced = new Column();
  /** Transfers that began in it. */
  readonly reads = new Column();
  readonly writes = new Column();

  /** Adds a grant and gives its row. */
  add(life: number, seq: number, first: number, last: number, delta: number, access: number): number {
    this.life.push(life);
    this.seq.push(seq);
    this.first.push(first);
    this.last.push(last);
    this.delta.push(delta);
    this.access.push(access);
    this.endSeq.push(-1);
    this.pagesLeft.push(last - first + 1);
    for (const column of [this.replaced, this.reads, this.writes]) column.push(0);
    return this.life.length - 1;
  }

  /** The row of the grant that was given at `seq` and holds `page`; -1: none. */
  rowOf(seq: number, page: number): number {
    let low = 0;
    let high = this.seq.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.seq.at(middle) < seq) low = middle + 1;
      else high = middle;
    }
    for (let row = low; row < this.seq.length && this.seq.at(row) === seq; row++)
      if (this.first.at(row) <= page && page <= this.last.at(row)) return row;
    return -1;
  }
}

/** Transfers of one device as columns. */
export class Transfers {
  readonly seq = new Column();
  readonly page = new Column();
  /** Offset, access and length as one number: {@link shapeOf}. */
  readonly shape = new Column();
  /** The verdict's number among the words of the comparison. */
  readonly verdict = new Column();
  /** The row of the grant that its first page was permitted by; -1: none. */
  readonly grant = new Column();
}

/** Caches were told to forget: of an object's life, of a device or of all; `pages` null: everywhere. */
export interface Invalidation {
  readonly seq: number;
  readonly life: number | null;
  readonly device: DeviceName | null;
  readonly first: number;
  readonly pages: number | null;
}

/** What of a transfer says the same wherever it goes to: bit 0 a write, then its offset, then what reaches beyond. */
export function shapeOf(write: boolean, offset: number, lastOffset: number, pages: number): number {
  return (write ? 1 : 0) + offset * 2 + lastOffset * 0x2000 + Math.min(pages, 0xffff) * 0x200_0000;
}

/** True for the shape of a write. */
export function isWrite(shape: number): boolean {
  return shape % 2 === 1;
}

/** The byte offset in the first page. */
export function offsetOf(shape: number): number {
  return Math.floor(shape / 2) % 4096;
}

/** Whether nothing of a grant was left at the end. */
export function isRevoked(grants: Grants, row: number): boolean {
  return grants.pagesLeft.at(row) === 0;
}

/**
 * A grant that was not handed out: a start-up grant, or unity before any device used its object, as a kernel maps
 * what its firmware reserves (RSV-1). Its addresses mean themselves.
 */
export function isFixed(portrait: Portrait, row: number): boolean {
  const { grants } = portrait;
  const life = portrait.objects[grants.life.at(row)]!;
  if (life.startupOf !== null) return true;
  return grants.delta.at(row) === 0 && (life.attachedSeq === null || grants.seq.at(row) < life.attachedSeq);
}

/** How many of `length` rows, in order of their seqs, belong to the tail that both boots have. */
export function tailLength(portrait: Portrait, length: number, seqOf: (index: number) => number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seqOf(middle) < portrait.tail) low = middle + 1;
    else high = middle;
  }
  return length - low;
}
