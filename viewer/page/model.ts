import { computed, signal } from "@preact/signals";
import type { BootLine, BootView, EventDetail, StateView } from "../viewModel.ts";
import { type Filter, NO_FILTER } from "./server.ts";

/** The panels beside the list of events. */
export type Tab = "event" | "why" | "state" | "space" | "graph" | "diff";

/** A stretch of the timeline: seqs, with fractions; `last` is exclusive. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
}

/** The part of an address space that is pictured, in pages, `last` inclusive. */
export interface PageRange {
  readonly first: number;
  readonly last: number;
}

/** All boots; null: not known yet. */
export const boots = signal<readonly BootLine[] | null>(null);
/** The boot that is looked at. */
export const boot = signal<BootView | null>(null);
/** The seq that is looked at: panels show the machine after it. */
export const cursor = signal(0);
/** What narrows the list and the timeline. */
export const filter = signal<Filter>(NO_FILTER);
/** The panel beside the list. */
export const tab = signal<Tab>("event");
/** The address space that is pictured; null: nobody chose one. */
export const space = signal<string | null>(null);
/** The part of it; null: what holds all grants. */
export const pages = signal<PageRange | null>(null);
/** The stretch of the timeline in sight. */
export const stretch = signal<Stretch>({ first: 0, last: 1 });
/** The name of the boot that it is compared with; empty: none. */
export const otherName = signal("");
/** Whether the cursor moves by itself. */
export const playing = signal(false);
/** The latest thing that went wrong, for the person; empty: nothing. */
export const problem = signal("");
/** What a screen reader is told after a jump. */
export const announcement = signal("");

/** The event at the cursor; the one before, while the next is on its way, so that nothing flickers. */
export const detail = signal<EventDetail | null>(null);
/** The machine after the event at the cursor; the one before, while the next is on its way. */
export const state = signal<StateView | null>(null);

/** The seq of the last event. */
export const lastSeq = computed(() => Math.max(0, (boot.value?.events ?? 0) - 1));
