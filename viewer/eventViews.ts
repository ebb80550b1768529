import { eventJson } from "../events/codec/eventJson.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import { eventAt, events } from "../replay/bootEvents.ts";
import { tell } from "../replay/why/tell.ts";
import type { BootReader } from "../store/eventStore.ts";
import { type BootIndex, DIVERGED, FAULT, STALE } from "./bootIndex.ts";
import { placeOf } from "./filters.ts";
import { CATEGORIES, type EventDetail, type EventPage, type EventRow, type Plain } from "./viewModel.ts";

/** The most rows of one page of events. */
export const ROWS_MAX = 500;
/** Rows of a filter that lie this far apart are looked up one by one. */
const GAP_MAX = 4096;
const TEXT_MAX = 400;

/** Rows `offset..offset+limit-1` of those that a filter lets through; `matches` null: all events. */
export function eventPage(
  reader: BootReader,
  index: BootIndex,
  matches: Uint32Array | null,
  window: { readonly offset: number; readonly limit: number; readonly near: number },
): EventPage {
  const total = matches?.length ?? index.events;
  const offset = Math.min(window.offset, total);
  const end = Math.min(total, offset + window.limit);
  const rows: EventRow[] = [];
  let wanted = offset;
  const seqOf = (place: number) => (matches === null ? place : matches[place]!);
  while (wanted < end) {
    // One stretch of the log holds all rows up to the next wide gap.
    const last = lastTogether(seqOf, wanted, end);
    for (const event of events(reader, seqOf(wanted), seqOf(last))) {
      if (event.seq !== seqOf(wanted)) continue;
      rows.push(eventRow(event, index));
      wanted += 1;
      if (wanted > last) break;
    }
    if (wanted <= last) break;
  }
  return {
    total,
    offset,
    rows,
    near: matches === null ? Math.min(window.near, total - 1) : placeOf(matches, window.near),
  };
}

/** One event with all that is known of it; null: there is none of that seq. */
export function eventDetail(reader: BootReader, index: BootIndex, seq: number): EventDetail | null {
  const recorded = eventAt(reader, seq);
  if (recorded === null) return null;
  const { kind } = recorded.event;
  return {
    event: eventJson(recorded) as { readonly [name: string]: Plain },
    text: textOf(recorded),
    faults: index.marks[seq]! & FAULT ? faultsAt(reader, seq) : [],
    explainable: kind === "dma" || kind === "fault",
  };
}

function lastTogether(seqOf: (place: number) => number, first: number, end: number): number {
  let last = first;
  while (last + 1 < end && seqOf(last + 1) - seqOf(last) <= GAP_MAX) last += 1;
  return last;
}

function faultsAt(reader: BootReader, seq: number): { readonly [name: string]: Plain }[] {
  const found: { readonly [name: string]: Plain }[] = [];
  for (const row of reader.faults(seq)) {
    if (row.seq !== seq) break;
    found.push(JSON.parse(row.json));
  }
  return found;
}

function eventRow(recorded: RecordedEvent, index: BootIndex): EventRow {
  const { seq, t, event } = recorded;
  const marks = index.marks[seq]!;
  const kind = index.kind[seq]!;
  return {
    seq,
    t,
    kind: event.kind === "unknown" ? event.name : event.kind,
    category: CATEGORIES[index.categories[kind]!]!,
    text: textOf(recorded),
    reason: index.reasons[index.reason[seq]!] ?? null,
    mark: marks & FAULT ? "fault" : marks & DIVERGED ? "diverged" : marks & STALE ? "stale" : null,
  };
}

function textOf(recorded: RecordedEvent): string {
  const text = tell(recorded);
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)} ...`;
}
