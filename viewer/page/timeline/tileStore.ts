import { TILE_COLUMNS, type Tile } from "../../viewModel.ts";
import { type Filter, server } from "../server.ts";

const TILES_KEPT = 96;
const ASKED_MAX = 6;

/** The tiles of one boot under one filter: those that were fetched last, and those on their way. */
export class TileStore {
  readonly #boot: string;
  readonly #events: number;
  readonly #filter: Filter;
  readonly #arrived: () => void;
  readonly #tiles = new Map<string, Tile>();
  readonly #asked = new Set<string>();
  readonly #failed = new Set<string>();

  constructor(boot: string, events: number, filter: Filter, arrived: () => void) {
    this.#boot = boot;
    this.#events = events;
    this.#filter = filter;
    this.#arrived = arrived;
  }

  /** The highest level: one tile holds the boot. */
  get levelMax(): number {
    return Math.max(0, Math.ceil(Math.log2(Math.max(1, this.#events) / TILE_COLUMNS)));
  }

  /** The level at which a column is at least a pixel or so, for so many events in so many pixels. */
  levelFor(events: number, pixels: number): number {
    const level = Math.ceil(Math.log2(Math.max(1, events) / Math.max(1, pixels)));
    return Math.min(this.levelMax, Math.max(0, level));
  }

  /** A tile where it is there; otherwise it is asked for. */
  get(level: number, index: number): Tile | null {
    const key = `${level}/${index}`;
    const tile = this.#tiles.get(key);
    if (tile !== undefined) {
      this.#tiles.delete(key);
      this.#tiles.set(key, tile);
      return tile;
    }
    if (!this.#asked.has(key) && !this.#failed.has(key) && this.#asked.size < ASKED_MAX)
      void this.#ask(key, level, index);
    return null;
  }

  /** A tile where it is there. */
  peek(level: number, index: number): Tile | null {
    return this.#tiles.get(`${level}/${index}`) ?? null;
  }

  async #ask(key: string, level: number, index: number): Promise<void> {
    this.#asked.add(key);
    try {
      this.#tiles.set(key, await server.tile(this.#boot, level, index, this.#filter));
      if (this.#tiles.size > TILES_KEPT) this.#tiles.delete(this.#tiles.keys().next().value!);
    } catch {
      // Without the tile the coarser one stays; asking again and again would help nobody.
      this.#failed.add(key);
    } finally {
      this.#asked.delete(key);
      this.#arrived();
    }
  }
}
