import { computed, signal } from "@preact/signals";
import type { BootLine, BootView, EventDetail, StateView } from "../viewModel.ts";
import { type Filter, NO_FILTER } from "./server.ts";

/** The panels beside the list of events. */
export type Tab = "event" | "why" | "state" | "space" | "graph";

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

/** What is looked at. */
export const boots = signal<readonly BootLine[] | null>(null);
export const boot = signal<BootView | null>(null);
export const cursor = signal(0);
export const filter = signal<Filter>(NO_FILTER);
export const tab = signal<Tab>("event");
export const space = signal<string | null>(null);
export const pages = signal<PageRange | null>(null);
export const stretch = signal<Stretch>({ first: 0, last: 1 });
export const playing = signal(false);
/** The latest thing that went wrong, for the person; empty: nothing. */
export const problem = signal("");
/** What a screen reader is told after a jump. */
export const announcement = signal("");

/** What the server told of the cursor's place; kept while the next is on its way, so that nothing flickers. */
export const detail = signal<EventDetail | null>(null);
export const state = signal<StateView | null>(null);

/** The seq of the last event. */
export const lastSeq = computed(() => Math.max(0, (boot.value?.events ?? 0) - 1));
