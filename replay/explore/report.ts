import { assert } from "../../base/assert.ts";
import { type Canonical, canonicalOf } from "./canonical.ts";
import { type Layout, layoutOf, setId } from "./layout.ts";
import type { Memo } from "./memo.ts";
import type { Model } from "./model.ts";
import type { Search, StopReason } from "./search.ts";
import { BITSTATE_HASHES } from "./stateSet.ts";

/** What a search found. */
export interface ExploreReport {
  readonly model: string;
  readonly sizes: Model["sizes"];
  /** States of the model that were reached, each counted once; symmetric ones each by itself. */
  readonly states: number;
  /** States that were kept: fewer than `states` where a symmetry makes some the same. */
  readonly distinct: number;
  /** Actions that could happen in the states that were gone through. */
  readonly transitions: number;
  /** Steps to the states that are farthest away. */
  readonly depth: number;
  /** Every reachable state was gone through. */
  readonly complete: boolean;
  /** Why not; null: it was, or nobody can say which states bitstate mode missed. */
  readonly stopped: StopReason | null;
  /** How often the rules themselves ran; every other step was a look-up. */
  readonly rulesAsked: number;
  /** 32-bit words of a packed state. */
  readonly words: number;
  /** How far to trust a search that knows states by a few bits; null: it knows them themselves. */
  readonly bitstate: BitstateReport | null;
  readonly properties: readonly PropertyReport[];
}

/** What bitstate mode may have missed. */
export interface BitstateReport {
  /** Bits set for each state. */
  readonly hashes: number;
  /** How likely a state, met when the search ended, would have been taken for one already met. */
  readonly missProbability: number;
  /** How many states that were met were taken for another at most, on average; what lies behind them may be missed, too. */
  readonly expectedMissed: number;
}

/** What a search says of a property. */
export interface PropertyReport {
  readonly name: string;
  readonly kind: "always" | "step" | "sometimes";
  readonly requirements: readonly string[];
  /** Null: it was not seen to fail, or not yet to be reached, but not everything was gone through. */
  readonly held: boolean | null;
  /** The shortest way to where it fails; of a `sometimes` property, to where it is reached. */
  readonly trail: readonly TrailStep[] | null;
}

/** A step of a way through the model. */
export interface TrailStep {
  readonly action: string;
  /** Index of the action in the model. */
  readonly index: number;
  /** Each component after it. */
  readonly values: readonly unknown[];
}

/** The report of a search that has nothing left to do. */
export function reportOf(search: Search): ExploreReport {
  const { memo, stopped } = search;
  const { missProbability } = search.memory;
  const { name, sizes } = memo.model;
  const { states, transitions, asked } = search.figures;
  const isBitstate = search.space.setKind === "bitstate";
  const complete = stopped === null && !isBitstate;
  return {
    model: name,
    sizes,
    states,
    distinct: search.count,
    transitions,
    depth: search.depth,
    complete,
    stopped,
    rulesAsked: asked,
    words: search.memory.layout.words,
    // The table was emptier before: the last probability is the worst.
    bitstate: isBitstate
      ? { hashes: BITSTATE_HASHES, missProbability, expectedMissed: missProbability * search.count }
      : null,
    properties: propertiesOf(search, complete),
  };
}

function propertiesOf(search: Search, complete: boolean): PropertyReport[] {
  const { memo, found } = search;
  const trails = new Trails(search);
  return memo.names.map((name) => {
    const { kind, requirements } = memo.model.properties.find((property) => property.name === name)!;
    const finding = found.get(name);
    const trail = finding === undefined ? null : trails.to(finding.state, finding.action, name);
    const untold = complete ? kind !== "sometimes" : null;
    const held = finding === undefined ? untold : kind === "sometimes";
    return { name, kind, requirements, held, trail };
  });
}

class Trails {
  readonly #search: Search;
  readonly #memo: Memo;
  // A way that goes through states that are not the kept ones may show values that the search's layout has no room for.
  readonly #layout: Layout;
  readonly #canonical: Canonical | null;

  constructor(search: Search) {
    const { model, interner } = search.memo;
    this.#search = search;
    this.#memo = search.memo;
    this.#layout = layoutOf(model.components.map(() => 31));
    this.#canonical =
      search.isReduced && model.symmetry !== undefined
        ? canonicalOf(model.symmetry, this.#layout, interner)
        : null;
  }

  /** The way to a state as the model goes it; under a symmetry, from one state to the next that is the same as the kept one. */
  to(state: number, action: number | null, property: string): TrailStep[] {
    const chain: number[] = [];
    for (let i = state; i >= 0; i = this.#search.memory.parentOf(i)) chain.unshift(i);
    const { model, interner } = this.#memo;
    let ids = model.components.map((_, i) => interner.initialId(i));
    const steps: TrailStep[] = [];
    for (const wanted of chain.slice(1)) {
      const kept = this.#search.memory.idsOf(wanted);
      const step = this.#successors(ids).find((each) => this.#isKept(each.ids, kept));
      assert(step !== undefined, "a state that was found has a step that leads to it");
      ids = step.ids;
      steps.push(this.#step(step.action, ids));
    }
    if (action === null) return steps;
    // The kept state's own action may be another one here, but one that shows the same.
    const last = this.#showing(ids, property);
    return [...steps, this.#step(last.action, last.ids)];
  }

  #step(index: number, ids: readonly number[]): TrailStep {
    const { model, interner } = this.#memo;
    const values = ids.map((id, i) => interner.valueOf(i, id));
    return { action: model.actions[index]!.name, index, values };
  }

  #successors(ids: readonly number[]): { action: number; ids: number[] }[] {
    return this.#memo.groups.flatMap((group) =>
      group.outcomeOf(group.reads.map((component) => ids[component]!)).next.map(({ action, ...write }) => {
        const after = [...ids];
        for (const [i, component] of write.writes.entries()) after[component] = write.ids[i]!;
        return { action, ids: after };
      }),
    );
  }

  #showing(ids: readonly number[], property: string): { action: number; ids: readonly number[] } {
    const { model, interner, groups } = this.#memo;
    for (const group of groups) {
      const outcome = group.outcomeOf(group.reads.map((component) => ids[component]!));
      const finding = outcome.findings.find((each) => each.property === property && each.action !== null);
      if (finding === undefined) continue;
      const index = finding.action!;
      const { reads, writes, step } = model.actions[index]!;
      const readIds = reads.map((component) => ids[component]!);
      const values = readIds.map((id, i) => interner.valueOf(reads[i]!, id));
      const after = [...ids];
      for (const [write, value] of step(values)!.values.entries())
        after[writes[write]!] = interner.idOf(writes[write]!, value, () => ({
          kind: "action",
          action: index,
          ids: readIds,
          write,
        }));
      return { action: index, ids: after };
    }
    throw new Error(`no action shows ${property}`);
  }

  #isKept(ids: readonly number[], kept: readonly number[]): boolean {
    if (this.#canonical === null) return ids.every((id, i) => id === kept[i]);
    const words = this.#packed(ids);
    this.#canonical.apply(words);
    const wanted = this.#packed(kept);
    return words.every((word, k) => word === wanted[k]);
  }

  #packed(ids: readonly number[]): Uint32Array {
    const words = new Uint32Array(this.#layout.words);
    for (const [i, id] of ids.entries()) setId(words, 0, this.#layout.fields[i]!, id);
    return words;
  }
}
