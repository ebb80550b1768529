import { effect } from "@preact/signals";
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useEffect, useReducer, useRef } from "preact/hooks";
import type { BootView, EventRow } from "../../viewModel.ts";
import { count, plural, seconds } from "../format.ts";
import { cursor, filter } from "../model.ts";
import { attempt, goTo } from "../navigate.ts";
import { type Filter, server } from "../server.ts";

const ROW_HEIGHT = 26;
const PAGE = 100;
const PAGES_KEPT = 40;
/** Browsers draw no element taller than some ten million pixels; a list shows at most so many rows at once. */
const ROWS_MAX = 300_000;

/** The events that the filter lets through, as many as there are: only those in sight are fetched and drawn. */
export function EventList({ view }: { readonly view: BootView }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const rows = useRef<Rows | null>(null);
  useEffect(() => {
    const list = new Rows(view.boot, scroller.current!, () => redraw(undefined));
    rows.current = list;
    return list.start();
  }, [view]);
  const list = rows.current;
  const items = list?.virtual.getVirtualItems() ?? [];
  const selected = list?.placeOfCursor ?? -1;
  return (
    <section class="panel events" aria-label="Events">
      <h2>
        Events <span class="muted">{list === null ? "" : plural(list.total, "event")}</span>
      </h2>
      <div
        class="event-scroll"
        ref={scroller}
        role="listbox"
        tabIndex={0}
        aria-label="Events that pass the filter"
        aria-activedescendant={selected >= 0 ? `row-${selected}` : undefined}
        onKeyDown={(event) => list?.key(event)}
      >
        <div
          role="presentation"
          class="event-rows"
          style={{ height: `${list?.virtual.getTotalSize() ?? 0}px` }}
        >
          {items.map((item) => {
            const row = list!.row(item.index);
            const place = item.index + list!.base;
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: focus stays on the list, which names its active option
              // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys of the list do what a click does
              <div
                key={item.key}
                id={`row-${place}`}
                role="option"
                aria-selected={row?.seq === cursor.value}
                aria-posinset={place + 1}
                aria-setsize={list!.total}
                class={`event-row${row?.mark === "fault" ? " is-fault" : ""}`}
                style={{ transform: `translateY(${item.start}px)`, height: `${ROW_HEIGHT}px` }}
                onClick={() => row && goTo(row.seq)}
              >
                {row === null ? <span class="muted">…</span> : <Cells row={row} />}
              </div>
            );
          })}
        </div>
      </div>
    </section>
  );
}

function Cells({ row }: { readonly row: EventRow }) {
  return (
    <>
      <span class="num seq">{count(row.seq)}</span>
      <span class="num time">{seconds(row.t)}</span>
      <span class={`kind category-${row.category}`}>{row.kind}</span>
      <span class="text">
        {row.mark !== null && <strong class={`mark mark-${row.mark}`}>{MARKS[row.mark]}</strong>}
        {row.text}
        {row.reason !== null && <span class="muted"> ({row.reason})</span>}
      </span>
    </>
  );
}

const MARKS = { fault: "▲ fault ", stale: "▼ stale ", diverged: "▼ diverged " };

/** The rows of one boot under the filter in force: a window of them, pages that were fetched, and where the cursor is. */
class Rows {
  readonly virtual: Virtualizer<HTMLDivElement, HTMLDivElement>;
  total = 0;
  /** The place of the first row of the window among all that pass. */
  base = 0;
  placeOfCursor = -1;
  readonly #boot: string;
  readonly #changed: () => void;
  readonly #scroller: HTMLDivElement;
  readonly #pages = new Map<number, readonly EventRow[]>();
  readonly #asked = new Set<number>();
  #filter: Filter = filter.peek();
  #generation = 0;

  constructor(boot: string, scroller: HTMLDivElement, changed: () => void) {
    this.#boot = boot;
    this.#changed = changed;
    this.#scroller = scroller;
    this.virtual = new Virtualizer(this.#options());
  }

  start(): () => void {
    const unmount = this.virtual._didMount();
    this.virtual._willUpdate();
    const stop = effect(() => {
      const seq = cursor.value;
      const wanted = filter.value;
      if (wanted !== this.#filter || this.total === 0) {
        this.#filter = wanted;
        this.#generation += 1;
        this.#pages.clear();
        this.#asked.clear();
      }
      void this.#find(seq);
    });
    return () => {
      stop();
      unmount();
    };
  }

  row(index: number): EventRow | null {
    const place = index + this.base;
    const page = Math.floor(place / PAGE);
    const rows = this.#pages.get(page);
    if (rows === undefined) void this.#ask(page);
    return rows?.[place - page * PAGE] ?? null;
  }

  key(event: KeyboardEvent): void {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0 || this.total === 0) return;
    event.preventDefault();
    const place = Math.min(Math.max(0, this.placeOfCursor + by), this.total - 1);
    const page = Math.floor(place / PAGE);
    const row = this.#pages.get(page)?.[place - page * PAGE];
    if (row !== undefined) goTo(row.seq);
    else void this.#ask(page);
  }

  /** Learns where the cursor is among the rows, and scrolls there. */
  async #find(seq: number): Promise<void> {
    const generation = this.#generation;
    const known = this.#known(seq);
    if (known !== null) return this.#show(known);
    await attempt(async () => {
      const { total, near } = await server.events(this.#boot, this.#filter, {
        offset: 0,
        limit: 1,
        near: seq,
      });
      if (generation !== this.#generation || cursor.peek() !== seq) return;
      this.total = total;
      this.#show(near);
    });
  }

  #known(seq: number): number | null {
    const place = this.placeOfCursor;
    for (const near of [place, place + 1, place - 1]) {
      const row = this.#pages.get(Math.floor(near / PAGE))?.[near % PAGE];
      if (row?.seq === seq) return near;
    }
    return null;
  }

  #show(place: number): void {
    this.placeOfCursor = place;
    const inWindow = place >= this.base && place < this.base + ROWS_MAX;
    if (!inWindow) this.base = Math.max(0, place - ROWS_MAX / 2);
    this.base = Math.max(0, Math.min(this.base, this.total - ROWS_MAX));
    this.virtual.setOptions(this.#options());
    this.virtual._willUpdate();
    if (place >= 0)
      this.virtual.scrollToIndex(place - this.base, { align: this.#inSight(place) ? "auto" : "center" });
    this.#changed();
  }

  #inSight(place: number): boolean {
    const at = (place - this.base) * ROW_HEIGHT - this.#scroller.scrollTop;
    return at > -2 * ROW_HEIGHT && at < this.#scroller.clientHeight + ROW_HEIGHT;
  }

  #options() {
    return {
      count: Math.min(this.total - this.base, ROWS_MAX),
      getScrollElement: () => this.#scroller,
      estimateSize: () => ROW_HEIGHT,
      overscan: 6,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => this.#changed(),
    };
  }

  async #ask(page: number): Promise<void> {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    const generation = this.#generation;
    await attempt(async () => {
      const window = { offset: page * PAGE, limit: PAGE, near: cursor.peek() };
      const { rows, total } = await server.events(this.#boot, this.#filter, window);
      if (generation !== this.#generation) return;
      this.total = total;
      this.#pages.set(page, rows);
      if (this.#pages.size > PAGES_KEPT) this.#pages.delete(this.#pages.keys().next().value!);
      this.#changed();
    });
    this.#asked.delete(page);
  }
}
