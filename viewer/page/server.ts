import type {
  BootLine,
  BootView,
  DiffView,
  EventDetail,
  EventPage,
  GraphView,
  Problem,
  SpaceView,
  StateView,
  Tile,
  WhyView,
} from "../viewModel.ts";

/** What narrows a list and a timeline; an empty text is no narrowing. */
export interface Filter {
  readonly about: string;
  readonly kind: string;
  readonly reason: string;
  readonly address: string;
  readonly marked: "" | "fault" | "finding";
}

/** Lets everything through. */
export const NO_FILTER: Filter = { about: "", kind: "", reason: "", address: "", marked: "" };

/** The server refused; the message is its sentence. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** The questions that the page puts to the server; each may be aborted. */
export const server = {
  boots: () => get<BootLine[]>("boots", {}),
  boot: (boot: string, signal?: AbortSignal) => get<BootView>(path(boot), {}, signal),
  tile: (boot: string, level: number, index: number, filter: Filter) =>
    get<Tile>(`${path(boot)}/tiles/${level}/${index}`, { ...filter }),
  events: (
    boot: string,
    filter: Filter,
    window: { offset: number; limit: number; near: number },
    signal?: AbortSignal,
  ) => get<EventPage>(`${path(boot)}/events`, { ...filter, ...window }, signal),
  event: (boot: string, seq: number, signal?: AbortSignal) =>
    get<EventDetail>(`${path(boot)}/events/${seq}`, {}, signal),
  next: (boot: string, query: { from: number; back: boolean; of: "fault" | "finding" }, filter: Filter) =>
    get<{ seq: number | null }>(`${path(boot)}/next`, { ...filter, marked: "", ...query }),
  seek: (boot: string, t: number) => get<{ seq: number }>(`${path(boot)}/seek`, { t }),
  state: (boot: string, seq: number, signal?: AbortSignal) =>
    get<StateView>(`${path(boot)}/state/${seq}`, {}, signal),
  space: (
    boot: string,
    seq: number,
    part: { space: string; first: string; last: string; columns: number },
    signal?: AbortSignal,
  ) => get<SpaceView>(`${path(boot)}/space/${seq}`, part, signal),
  why: (boot: string, seq: number, signal?: AbortSignal) =>
    get<WhyView>(`${path(boot)}/why/${seq}`, {}, signal),
  diff: (a: string, b: string, signal?: AbortSignal) =>
    get<DiffView>(`${path(a)}/diff/${encodeURIComponent(b)}`, {}, signal),
  graph: (boot: string, signal?: AbortSignal) => get<GraphView>(`${path(boot)}/graph`, {}, signal),
};

function path(boot: string): string {
  return `boots/${encodeURIComponent(boot)}`;
}

async function get<T>(
  resource: string,
  query: { readonly [name: string]: string | number | boolean },
  signal?: AbortSignal,
): Promise<T> {
  const words = Object.entries(query).filter(([, value]) => value !== "");
  const search = words.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const response = await fetch(
    `/api/${resource}${search === "" ? "" : `?${search}`}`,
    signal ? { signal } : {},
  );
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => null)) as Problem | null;
  throw new Refused(problem?.error ?? `the server answered ${response.status}`);
}
