import { Expander } from "./expander.ts";
import { Memo } from "./memo.ts";
import type { Model } from "./model.ts";
import { type ExploreReport, reportOf } from "./report.ts";
import { Search, type SearchOptions } from "./search.ts";

/** How far a search on one thread goes. */
export interface ExploreOptions extends Omit<SearchOptions, "workers"> {
  /** Told now and then how far it is. */
  readonly onProgress?: (states: number, depth: number) => void;
}

/** Goes through every reachable state of a model, breadth first, so that each counterexample is a shortest one. */
export function explore(model: Model, options: ExploreOptions = {}): ExploreReport {
  const memo = new Memo(model);
  const expander = new Expander(memo, options.symmetry === true);
  const search = new Search(memo, options, expander, null);
  for (let round = search.nextRound(); round !== null; round = search.nextRound()) {
    expander.use(search.space);
    search.finish(round, [expander.run(round)]);
    options.onProgress?.(search.count, search.level);
  }
  return reportOf(search);
}
