import type { Json } from "../../base/canonicalJson.ts";

/** The groups of tracks, in the order in which a viewer shows them. */
export const GROUPS = ["machine", "devices", "objects", "clients"] as const;
/** One group: a process, in the words of the format. */
export type Group = (typeof GROUPS)[number];

/** An event of the Chrome trace format; `ts` and `dur` in microseconds. */
export type TraceEvent = { readonly [name: string]: Json };

/** Tracks of a Chrome trace: a group is a process, a track one of its threads. Times in ns. */
export class Tracks {
  readonly #counterStep: number;
  readonly #threads = new Map<string, number>();
  readonly #open = new Map<string, OpenSlice>();
  // When each counter was told last, and those whose value is not told yet.
  readonly #counters = new Map<string, number>();
  readonly #waiting = new Map<string, WaitingCounter>();
  #ticked = 0;
  #events: TraceEvent[] = [];

  /** A counter is told no more often than every `counterStep` ns. */
  constructor(counterStep: number) {
    this.#counterStep = counterStep;
    GROUPS.forEach((group, i) => {
      const track = { ph: "M", pid: i + 1, tid: 0 };
      this.#events.push({ ...track, name: "process_name", args: { name: group } });
      this.#events.push({ ...track, name: "process_sort_index", args: { sort_index: i } });
    });
  }

  /** The events since the last call. */
  take(): readonly TraceEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Makes sure that a track is there. */
  touch(group: Group, track: string): void {
    this.#thread(group, track);
  }

  /** Begins a slice on a track; one that is open there ends, and one that began at this very moment never was. */
  open(group: Group, track: string, now: number, name: string, args: Json): void {
    const before = this.#open.get(keyOf(group, track));
    if (before?.from === now) this.#open.delete(keyOf(group, track));
    this.close(group, track, now);
    this.#thread(group, track);
    this.#open.set(keyOf(group, track), { group, track, from: now, name, args });
  }

  /** Ends the slice of a track, where there is one. */
  close(group: Group, track: string, now: number): void {
    const slice = this.#open.get(keyOf(group, track));
    if (slice === undefined) return;
    this.#open.delete(keyOf(group, track));
    const { from, name, args } = slice;
    const dur = micros(Math.max(0, now - from));
    this.#events.push({
      ph: "X",
      ...this.#place(group, track),
      ts: micros(from),
      dur,
      name,
      cat: group,
      args,
    });
  }

  /** Something at one moment. */
  instant(group: Group, track: string, now: number, name: string, args: Json): void {
    this.#events.push({
      ph: "i",
      ...this.#place(group, track),
      ts: micros(now),
      s: "t",
      name,
      cat: group,
      args,
    });
  }

  /** The value of a counter. One that changes more often than it may be told waits for {@link Tracks.tick}. */
  counter(group: Group, name: string, now: number, args: { readonly [name: string]: number }): void {
    const key = keyOf(group, name);
    const told = this.#counters.get(key);
    if (told === undefined || now - told >= this.#counterStep) this.#tell(key, group, name, now, args);
    else this.#waiting.set(key, { group, name, args: { ...args } });
  }

  /** Tells the counters that have waited long enough. */
  tick(now: number): void {
    if (this.#waiting.size === 0 || now - this.#ticked < this.#counterStep) return;
    this.#ticked = now;
    for (const [key, { group, name, args }] of this.#waiting) this.#tell(key, group, name, now, args);
  }

  /** Ends every open slice. */
  finish(now: number): void {
    this.#ticked = Number.NEGATIVE_INFINITY;
    this.tick(now);
    for (const { group, track } of [...this.#open.values()]) this.close(group, track, now);
  }

  #tell(
    key: string,
    group: Group,
    name: string,
    now: number,
    args: { readonly [name: string]: number },
  ): void {
    this.#counters.set(key, now);
    this.#waiting.delete(key);
    this.#events.push({ ph: "C", pid: pidOf(group), ts: micros(now), name, args: { ...args } });
  }

  #place(group: Group, track: string): { readonly pid: number; readonly tid: number } {
    return { pid: pidOf(group), tid: this.#thread(group, track) };
  }

  #thread(group: Group, track: string): number {
    const key = keyOf(group, track);
    let tid = this.#threads.get(key);
    if (tid === undefined) {
      tid = this.#threads.size + 1;
      this.#threads.set(key, tid);
      const thread = { ph: "M", pid: pidOf(group), tid };
      this.#events.push({ ...thread, name: "thread_name", args: { name: track } });
      this.#events.push({ ...thread, name: "thread_sort_index", args: { sort_index: tid } });
    }
    return tid;
  }
}

interface OpenSlice {
  readonly group: Group;
  readonly track: string;
  readonly from: number;
  readonly name: string;
  readonly args: Json;
}

interface WaitingCounter {
  readonly group: Group;
  readonly name: string;
  readonly args: { readonly [name: string]: number };
}

function keyOf(group: Group, track: string): string {
  return `${group} ${track}`;
}

function pidOf(group: Group): number {
  return GROUPS.indexOf(group) + 1;
}

/** Nanoseconds as the format's microseconds. */
function micros(ns: number): number {
  return ns / 1000;
}
