import type { Model } from "./model.ts";
import { cachedPages } from "./models/cachedPages.ts";

/** A number that a preset can be built with. */
export interface PresetSize {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly does: string;
}

/** A bounded model that has a name (docs/models.md). */
export interface Preset {
  readonly name: string;
  readonly does: string;
  readonly sizes: { readonly [what: string]: PresetSize };
  readonly build: (sizes: { readonly [what: string]: number }) => Model;
}

/** All of them; the first is the one that is searched where none is named. */
export const PRESETS: readonly Preset[] = [
  {
    name: "cached-pages",
    does: "a unit that caches table entries, and a Design Safe State that empties them: the yardstick for speed",
    sizes: { pages: { default: 6, min: 1, max: 10, does: "pages in the table" } },
    build: ({ pages }) => cachedPages(pages!),
  },
];
