import { batch, effect } from "@preact/signals";
import { type BootView, firstShown } from "../viewModel.ts";
import { count } from "./format.ts";
import {
  announcement,
  boot,
  boots,
  cursor,
  detail,
  filter,
  lastSeq,
  otherName,
  pages,
  playing,
  problem,
  type Stretch,
  space,
  state,
  stretch,
  tab,
} from "./model.ts";
import { NO_FILTER, Refused, server } from "./server.ts";
import { addressOf, readAddress } from "./url.ts";
import { clamp, STRETCH_MIN, zoomed } from "./zoom.ts";

const PLAY_MS = 120;

/** Loads the list of boots and the view that the address bar names. */
export async function begin(): Promise<void> {
  await attempt(async () => {
    // With a boot in the address there is no need to wait for the list of them.
    const listed = server.boots().then((all) => {
      boots.value = all;
    });
    if (readAddress(location.search).boot === null) await listed;
    await Promise.all([listed, followAddress()]);
  });
  window.addEventListener("popstate", () => void attempt(followAddress));
  effect(writeAddress);
  effect(follow);
  effect(play);
}

/** Shows a boot from its beginning, or at the place given. */
export async function openBoot(name: string, at: number | null = null): Promise<void> {
  await attempt(async () => {
    const view = await server.boot(name);
    batch(() => {
      show(view);
      cursor.value = clamp(at ?? 0, 0, lastSeq.value);
      filter.value = NO_FILTER;
      if (otherName.value === name) otherName.value = "";
      space.value = null;
      pages.value = null;
    });
  });
}

/** Moves the cursor; the timeline follows when it would leave the picture. */
export function goTo(seq: number, centre = false): void {
  const to = clamp(Math.round(seq), 0, lastSeq.value);
  batch(() => {
    problem.value = "";
    cursor.value = to;
    const { first, last } = stretch.value;
    if (centre || to < first || to >= last) showAround(to, last - first);
  });
}

/** The next fault, or the one before, that the filter lets through. */
export async function goToFault(back: boolean): Promise<void> {
  const view = boot.value;
  if (view === null) return;
  await attempt(async () => {
    const { seq } = await server.next(view.boot, { from: cursor.value, back, of: "fault" }, filter.value);
    if (seq === null) announcement.value = back ? "No fault before this event" : "No fault after this event";
    else goTo(seq);
  });
}

/** Shows this stretch of the timeline, within the boot. */
export function showStretch({ first, last }: Stretch): void {
  const events = boot.value?.events ?? 1;
  const width = clamp(last - first, Math.min(STRETCH_MIN, events), events);
  const begin = clamp(first + (last - first - width) / 2, 0, events - width);
  stretch.value = { first: begin, last: begin + width };
}

/** Zooms the timeline about the cursor; above 1 shows more. */
export function zoomTimeline(factor: number): void {
  stretch.value = zoomed(stretch.value, factor, cursor.value + 0.5, boot.value?.events ?? 1);
}

/** Runs something that asks the server; what it is refused is told to the person. */
export async function attempt(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    problem.value =
      error instanceof Refused ? error.message : "The server does not answer. Does smmu view still run?";
  }
}

function show(view: BootView): void {
  boot.value = view;
  detail.value = null;
  state.value = null;
  playing.value = false;
  problem.value = "";
  stretch.value = { first: 0, last: Math.max(1, view.events) };
  document.title = `${view.boot} – smmu view`;
}

function showAround(seq: number, width: number): void {
  showStretch({ first: seq + 0.5 - width / 2, last: seq + 0.5 + width / 2 });
}

async function followAddress(): Promise<void> {
  const asked = readAddress(location.search);
  const all = boots.value ?? [];
  const name = asked.boot ?? firstShown(all);
  if (name === null) return;
  const view = boot.value?.boot === name ? boot.value : await server.boot(name);
  batch(() => {
    if (boot.value !== view) show(view);
    cursor.value = clamp(asked.seq ?? 0, 0, lastSeq.value);
    filter.value = asked.filter;
    tab.value = asked.tab ?? "event";
    otherName.value = asked.other;
    space.value = asked.space;
    pages.value = asked.pages;
    if (asked.stretch !== null) showStretch(asked.stretch);
  });
}

let written: ReturnType<typeof setTimeout> | undefined;

function writeAddress(): void {
  const view = boot.value;
  if (view === null) return;
  const { first, last } = stretch.value;
  const whole = first <= 0 && last >= view.events;
  const text = addressOf({
    boot: view.boot,
    seq: cursor.value,
    filter: filter.value,
    tab: tab.value,
    other: otherName.value,
    space: space.value,
    pages: pages.value,
    stretch: whole ? null : stretch.value,
  });
  // Browsers refuse more than some hundred changes in half a minute.
  clearTimeout(written);
  written = setTimeout(() => history.replaceState(null, "", text), 150);
}

let asking: AbortController | undefined;

/** Fetches what the panels show of the cursor's place; an answer that comes too late is dropped. */
function follow(): void {
  const view = boot.value;
  const seq = cursor.value;
  asking?.abort();
  if (view === null || view.events === 0) return;
  asking = new AbortController();
  const { signal } = asking;
  void attempt(async () => {
    const [event, machine] = await Promise.all([
      server.event(view.boot, seq, signal),
      server.state(view.boot, seq, signal),
    ]);
    if (signal.aborted) return;
    batch(() => {
      detail.value = event;
      state.value = machine;
      announcement.value = `Event ${count(seq)}: ${event.text}`;
    });
  });
}

function play(): (() => void) | undefined {
  if (!playing.value) return undefined;
  const timer = setInterval(() => {
    if (cursor.peek() >= lastSeq.peek()) playing.value = false;
    else goTo(cursor.peek() + 1);
  }, PLAY_MS);
  return () => clearInterval(timer);
}
