import type { EffectiveAllow, EffectiveConfig, EffectiveDevice, EffectiveRange } from "../effective.ts";

/** Whole pages that a range opens (CM-12), page numbers inclusive. Exact: 52 bits fit a number. */
export interface Pages {
  readonly first: number;
  readonly last: number;
}

/** How many entries are looked at before devices count as different: refusing is the safe answer. */
const WORK_MAX = 500_000;

/** The pages that a range of bytes touches, or null where its numbers are not known. */
export function pagesOf(range: EffectiveRange): Pages | null {
  if (range.start === null || range.length === null) return null;
  return { first: Number(range.start >> 12n), last: Number((range.start + range.length - 1n) >> 12n) };
}

/** The entries of each allow set, by name. */
export function allowByName(config: EffectiveConfig): ReadonlyMap<string, readonly EffectiveAllow[]> {
  const sets = new Map<string, EffectiveAllow[]>();
  for (const entry of config.allow) {
    const set = sets.get(entry.name);
    if (set === undefined) sets.set(entry.name, [entry]);
    else set.push(entry);
  }
  return sets;
}

/** Tells whether devices may reach the same pages in the same way, whatever the sets and their order. */
export class GrantComparison {
  private readonly sets: ReadonlyMap<string, readonly EffectiveAllow[]>;
  private readonly texts = new Map<string, string>();
  private work = 0;

  constructor(config: EffectiveConfig) {
    this.sets = allowByName(config);
  }

  /** True when all have the same grants; false also where there is too much to compare. */
  same(devices: readonly EffectiveDevice[]): boolean {
    const keys = new Set(devices.map(keyOf));
    if (keys.size <= 1) return true;
    const texts = new Set<string>();
    for (const device of devices) {
      const text = this.textOf(device);
      if (text === null) return false;
      texts.add(text);
      if (texts.size > 1) return false;
    }
    return true;
  }

  private textOf(device: EffectiveDevice): string | null {
    const key = keyOf(device);
    const known = this.texts.get(key);
    if (known !== undefined) return known;
    const edges: Edge[] = [];
    for (const { name } of device.allow) {
      for (const entry of this.sets.get(name) ?? []) addEdges(edges, entry, entry.source, entry.target);
    }
    for (const region of device.reserved) addEdges(edges, region, true, true);
    this.work += edges.length;
    if (this.work > WORK_MAX) return null;
    const text = normalForm(edges);
    this.texts.set(key, text);
    return text;
  }
}

function keyOf(device: EffectiveDevice): string {
  const names = device.allow.map(({ name }) => name).sort();
  const regions = device.reserved
    .map(({ start, length, written }) => `${start ?? written},${length ?? written}`)
    .sort();
  return JSON.stringify([names, regions]);
}

interface Edge {
  readonly page: number;
  readonly read: number;
  readonly write: number;
  readonly unknown: string | null;
}

function addEdges(edges: Edge[], range: EffectiveRange, source: boolean, target: boolean): void {
  const pages = pagesOf(range);
  const read = source ? 1 : 0;
  const write = target ? 1 : 0;
  if (pages === null) {
    edges.push({ page: -1, read, write, unknown: range.written });
    return;
  }
  edges.push({ page: pages.first, read, write, unknown: null });
  edges.push({ page: pages.last + 1, read: -read, write: -write, unknown: null });
}

// One text for each function from page to access: where it changes, and to what.
function normalForm(edges: Edge[]): string {
  const unknown = edges
    .filter((edge) => edge.unknown !== null)
    .map((edge) => `${edge.unknown}:${edge.read}${edge.write}`);
  const known = edges.filter((edge) => edge.unknown === null).sort((a, b) => a.page - b.page);
  const parts: string[] = [];
  let read = 0;
  let write = 0;
  let told = "";
  for (const [at, edge] of known.entries()) {
    read += edge.read;
    write += edge.write;
    if (known[at + 1]?.page === edge.page) continue;
    const access = `${read > 0 ? "r" : ""}${write > 0 ? "w" : ""}`;
    if (access !== told) parts.push(`${edge.page}${access}`);
    told = access;
  }
  return JSON.stringify([unknown.sort(), parts]);
}
