import type { IommuState } from "../core/state.ts";
import { eventAt } from "../replay/bootEvents.ts";
import { stateAt } from "../replay/replayBoot.ts";
import type { BootReader } from "../store/eventStore.ts";
import { bandsOf } from "./bands.ts";
import { type BootIndex, DIVERGED, FAULT, indexBoot, STALE } from "./bootIndex.ts";
import { bootLine } from "./bootLine.ts";
import { drive } from "./drive.ts";
import { eventDetail, eventPage } from "./eventViews.ts";
import { type Filter, isEmpty, matchesOf, testOf } from "./filters.ts";
import { graphOf } from "./graphView.ts";
import { RequestProblem } from "./problem.ts";
import { Recent } from "./recent.ts";
import { RevokedGrants, type SpaceQuery, spaceView } from "./spaceView.ts";
import { spaceOf, stateView } from "./stateView.ts";
import { levelMax, tileOf } from "./tiles.ts";
import {
  type Band,
  type BootView,
  CATEGORIES,
  type EventDetail,
  type EventPage,
  type GraphView,
  type SpaceView,
  type StateView,
} from "./viewModel.ts";

const STATES_KEPT = 8;
const TILES_KEPT = 96;
const FILTERS_KEPT = 4;

/** One boot being looked at: what was worked out of it is kept, within bounds, for the next request. */
export class BootSession {
  readonly #reader: BootReader;
  readonly #ended: AbortSignal;
  readonly #states = new Recent<IommuState>(STATES_KEPT);
  readonly #tiles = new Recent<string>(TILES_KEPT);
  readonly #matches = new Recent<Uint32Array>(FILTERS_KEPT);
  #index: Promise<BootIndex> | null = null;
  #view: Promise<BootView> | null = null;
  #revoked: RevokedGrants | null = null;
  #gathering: Promise<void> | null = null;
  #failure: Error | null = null;

  /** `ended` stops the work behind it: the store is about to close. */
  constructor(reader: BootReader, ended: AbortSignal) {
    this.#reader = reader;
    this.#ended = ended;
  }

  get events(): number {
    return this.#reader.info.events;
  }

  /** Names the boot and what is in it. */
  get digest(): string {
    return JSON.stringify([this.#reader.info.name, this.#reader.info.logDigest]);
  }

  /** What the first view needs. */
  view(): Promise<BootView> {
    this.#view ??= this.#makeView();
    return this.#view;
  }

  /** One tile as JSON text. */
  async tile(level: number, number: number, filter: Filter): Promise<string> {
    const max = levelMax(this.events);
    if (level > max)
      throw new RequestProblem(404, `level ${level} is not known; this boot has levels 0 to ${max}`);
    const last = Math.max(0, Math.ceil(this.events / (512 * 2 ** level)) - 1);
    if (number > last)
      throw new RequestProblem(404, `tile ${number} is not known; level ${level} has tiles 0 to ${last}`);
    const index = await this.index();
    const passes = isEmpty(filter) ? null : testOf(index, filter);
    return this.#tiles.get(`${level}/${number}/${JSON.stringify(filter)}`, () =>
      JSON.stringify(tileOf(index, level, number, passes)),
    );
  }

  async list(filter: Filter, window: { offset: number; limit: number; near: number }): Promise<EventPage> {
    const index = await this.index();
    return eventPage(this.#reader, index, this.#matching(index, filter), window);
  }

  async event(seq: number): Promise<EventDetail> {
    return eventDetail(this.#reader, await this.index(), this.checked(seq))!;
  }

  /** The next event after `from`, or before it, that is marked and passes; null: none. */
  async next(
    from: number,
    back: boolean,
    marked: "fault" | "finding",
    filter: Filter,
  ): Promise<number | null> {
    const index = await this.index();
    const mask = marked === "fault" ? FAULT : STALE | DIVERGED;
    const passes = testOf(index, filter);
    const step = back ? -1 : 1;
    for (let seq = from + step; seq >= 0 && seq < index.events; seq += step)
      if (index.marks[seq]! & mask && passes(seq)) return seq;
    return null;
  }

  /** The last event at or before a time; the first one where there is none. */
  async seek(t: number): Promise<number> {
    const index = await this.index();
    let found = 0;
    for (let seq = 0; seq < index.events; seq++) if (index.t[seq]! <= t) found = seq;
    return found;
  }

  state(seq: number): StateView {
    const checked = this.checked(seq);
    const t = eventAt(this.#reader, checked)?.t ?? null;
    return stateView(this.#stateAt(checked), checked, t);
  }

  async space(query: SpaceQuery): Promise<SpaceView> {
    const index = await this.index();
    const state = this.#stateAt(this.checked(query.seq));
    const object = query.space.startsWith("object:") ? query.space.slice("object:".length) : null;
    const devices =
      object === null
        ? null
        : new Set<string>(
            [...state.devices].filter(([, device]) => device.object === object).map(([name]) => name),
          );
    const past =
      object === null
        ? { runs: [], total: 0, extent: null }
        : (this.#history()?.before(object, query) ?? null);
    return spaceView(query, spaceOf(state, query.space), index, devices, past);
  }

  graph(): GraphView {
    return graphOf(this.#reader);
  }

  /** The columns of the boot, made once. */
  index(): Promise<BootIndex> {
    this.#index ??= drive(indexBoot(this.#reader), this.#ended);
    return this.#index;
  }

  async #makeView(): Promise<BootView> {
    const index = await this.index();
    const { bands, omitted }: { bands: Band[]; omitted: number } = await drive(
      bandsOf(this.#reader, index),
      this.#ended,
    );
    const counts = new Uint32Array(index.kinds.length);
    for (const kind of index.kind) counts[kind]! += 1;
    const { header } = this.#reader.info;
    return {
      ...bootLine(this.#reader.info),
      lanes: index.laneList,
      laneless: index.laneless,
      kinds: index.kinds
        .map((kind, i) => ({ kind, category: CATEGORIES[index.categories[i]!]!, events: counts[i]! }))
        .filter(({ events }) => events > 0),
      reasons: index.reasons,
      bands,
      bandsOmitted: omitted,
      firstT: firstTime(index.t),
      lastT: lastTime(index.t),
      note: header.note,
      recorder: header.recorder,
    };
  }

  #matching(index: BootIndex, filter: Filter): Uint32Array | null {
    if (isEmpty(filter)) return null;
    return this.#matches.get(JSON.stringify(filter), () => matchesOf(index, filter));
  }

  #stateAt(seq: number): IommuState {
    return this.#states.get(String(seq), () => stateAt(this.#reader, seq));
  }

  /** What was revoked; null while it is being gathered. */
  #history(): RevokedGrants | null {
    if (this.#failure !== null) throw this.#failure;
    this.#gathering ??= drive(RevokedGrants.gather(this.#reader), this.#ended).then(
      (revoked) => {
        this.#revoked = revoked;
      },
      // Nobody waits for it: who asks next is told.
      (error: Error) => {
        this.#failure = error;
      },
    );
    return this.#revoked;
  }

  /** The seq, which the boot must have. */
  checked(seq: number): number {
    if (seq < this.events) return seq;
    const range = this.events === 0 ? "it has no events" : `its events are 0 to ${this.events - 1}`;
    throw new RequestProblem(404, `boot ${this.#reader.info.name} has no event ${seq}; ${range}`);
  }
}

function firstTime(times: Float64Array): number | null {
  for (const t of times) if (!Number.isNaN(t)) return t;
  return null;
}

function lastTime(times: Float64Array): number | null {
  for (let i = times.length - 1; i >= 0; i--) if (!Number.isNaN(times[i]!)) return times[i]!;
  return null;
}
