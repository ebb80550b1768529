import { address, pageOf, wholeNumber } from "./format.ts";
import type { PageRange, Stretch, Tab } from "./model.ts";
import { type Filter, NO_FILTER } from "./server.ts";

/** What the address bar holds, so that a link shows a colleague the same view. */
export interface Place {
  readonly boot: string | null;
  readonly seq: number | null;
  readonly filter: Filter;
  readonly tab: Tab | null;
  readonly space: string | null;
  readonly pages: PageRange | null;
  readonly stretch: Stretch | null;
  /** The boot that it is compared with; empty: none. */
  readonly other: string;
}

const TABS: readonly Tab[] = ["event", "why", "state", "space", "graph", "diff"];

/** Reads a query; what makes no sense is left out. */
export function readAddress(search: string): Place {
  const query = new URLSearchParams(search);
  const marked = query.get("marked");
  const first = pageOf(query.get("low") ?? "");
  const last = pageOf(query.get("high") ?? "");
  const from = wholeNumber(query.get("from") ?? "");
  const to = wholeNumber(query.get("to") ?? "");
  return {
    boot: query.get("boot"),
    seq: wholeNumber(query.get("seq") ?? ""),
    filter: {
      ...NO_FILTER,
      about: query.get("about") ?? "",
      kind: query.get("kind") ?? "",
      reason: query.get("reason") ?? "",
      address: query.get("address") ?? "",
      marked: marked === "fault" || marked === "finding" ? marked : "",
    },
    tab: TABS.find((tab) => tab === query.get("tab")) ?? null,
    space: query.get("space"),
    pages: first === null || last === null || first > last ? null : { first, last },
    other: query.get("with") ?? "",
    stretch: from === null || to === null || from >= to ? null : { first: from, last: to },
  };
}

/** The query of a place, with a question mark. */
export function addressOf(place: Place): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | number | null) => {
    if (value !== null && value !== "") query.set(name, String(value));
  };
  put("boot", place.boot);
  put("with", place.other);
  put("seq", place.seq);
  put("tab", place.tab === "event" ? null : place.tab);
  for (const [name, value] of Object.entries(place.filter)) put(name, value as string);
  put("space", place.space);
  put("low", place.pages && address(place.pages.first));
  put("high", place.pages && address(place.pages.last, 0xfff));
  put("from", place.stretch && Math.floor(place.stretch.first));
  put("to", place.stretch && Math.ceil(place.stretch.last));
  return `?${query}`;
}
