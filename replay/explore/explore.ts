import { type Canonical, canonicalOf } from "./canonical.ts";
import { Interner } from "./interner.ts";
import { type Layout, layoutOf, setId } from "./layout.ts";
import type { Model } from "./model.ts";
import { StateTable } from "./stateTable.ts";
import { ENTRY, type Finding, groupsOf, PackedGroup } from "./transitions.ts";

/** How far a search goes. */
export interface ExploreOptions {
  /** Levels to go down; absent: to the end. */
  readonly depthMax?: number;
  /** States to keep; absent: {@link STATES_MAX}. */
  readonly statesMax?: number;
  /** Whether states that a symmetry makes the same are one. */
  readonly symmetry?: boolean;
  /** Go on after the first property that does not hold. */
  readonly keepGoing?: boolean;
  /** Told now and then how far it is. */
  readonly onProgress?: (states: number, depth: number) => void;
}

/** States that a search keeps at most unless it is told otherwise: some 24 bytes each, a word more for each wide model. */
export const STATES_MAX = 100_000_000;

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
  /** How often the rules themselves ran; every other step was a look-up. */
  readonly rulesAsked: number;
  /** 32-bit words of a packed state. */
  readonly words: number;
  readonly properties: readonly PropertyReport[];
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

/** Goes through every reachable state of a model, breadth first, so that each counterexample is a shortest one. */
export function explore(model: Model, options: ExploreOptions = {}): ExploreReport {
  const interner = new Interner(model.components);
  const groups = groupsOf(model, interner);
  for (;;) {
    // A value that no field has room for starts it anew with a wider one; what the rules said is remembered.
    const search = new Search(model, options, interner, groups);
    if (search.run()) return search.report();
  }
}

class Search {
  readonly #model: Model;
  readonly #options: ExploreOptions;
  readonly #interner: Interner;
  readonly #layout: Layout;
  readonly #groups: readonly PackedGroup[];
  readonly #canonical: Canonical | null;
  readonly #table: StateTable;
  readonly #scratch: Uint32Array;
  readonly #found = new Map<string, { readonly state: number; readonly action: number | null }>();
  #states = 0;
  #transitions = 0;
  #depth = 0;
  #complete = false;
  #stopped = false;

  constructor(
    model: Model,
    options: ExploreOptions,
    interner: Interner,
    groups: readonly PackedGroup["group"][],
  ) {
    this.#model = model;
    this.#options = options;
    this.#interner = interner;
    this.#layout = layoutOf(interner.fit());
    this.#groups = groups.map((group) => new PackedGroup(group, this.#layout));
    const wanted = options.symmetry === true && model.symmetry !== undefined;
    this.#canonical = wanted ? canonicalOf(model.symmetry!, this.#layout, interner) : null;
    this.#scratch = new Uint32Array(this.#layout.words);
    this.#table = new StateTable(this.#layout.words, this.#layout.bits);
  }

  /** False where the layout became too narrow. */
  run(): boolean {
    const table = this.#table;
    const { depthMax = Number.POSITIVE_INFINITY, statesMax = STATES_MAX, onProgress } = this.#options;
    const first = new Uint32Array(this.#layout.words);
    this.#model.components.forEach((component, i) => {
      setId(first, 0, this.#layout.fields[i]!, this.#interner.idOf(i, component.initial));
    });
    this.#canonical?.apply(first);
    table.add(first, -1);
    let next = 0;
    let levelEnd = 1;
    while (next < table.count && !this.#stopped) {
      if (next === levelEnd) {
        levelEnd = table.count;
        this.#depth += 1;
      }
      if (this.#depth >= depthMax || table.count >= statesMax) break;
      if (!this.#expand(next)) return false;
      next += 1;
      if ((next & 0xffff) === 0) onProgress?.(next, this.#depth);
    }
    this.#complete = next === table.count && !this.#stopped;
    if (levelEnd < table.count) this.#depth += 1;
    // States that are not gone through can still break a property by themselves.
    for (let i = next; i < table.count && !this.#stopped; i++) if (!this.#judge(i)) return false;
    if (this.#canonical === null) this.#states = table.count;
    else for (let i = 0; i < table.count; i++) this.#states += this.#orbitOf(i);
    return !this.#interner.overflown;
  }

  report(): ExploreReport {
    const { name, sizes } = this.#model;
    return {
      model: name,
      sizes,
      states: this.#states,
      distinct: this.#table.count,
      transitions: this.#transitions,
      depth: this.#depth,
      complete: this.#complete,
      rulesAsked: this.#groups.reduce((sum, { group }) => sum + group.asked, 0),
      words: this.#layout.words,
      properties: this.#properties(),
    };
  }

  #expand(state: number): boolean {
    const table = this.#table;
    const n = this.#layout.words;
    const canonical = this.#canonical;
    const interner = this.#interner;
    const scratch = this.#scratch;
    const at = state * n;
    for (let g = 0; g < this.#groups.length; g++) {
      const group = this.#groups[g]!;
      const entry = group.lookUp(table.packed, at) || this.#miss(group, at);
      if (entry === 0) return false;
      const { pool } = group;
      this.#transitions += pool[entry + ENTRY.enabled]!;
      if (pool[entry + ENTRY.findings] !== 0) this.#take(group, entry, state, false);
      const count = pool[entry + ENTRY.count]!;
      let place = entry + ENTRY.successors + 1;
      for (let i = 0; i < count; i++) {
        const { packed } = table;
        for (let k = 0; k < n; k++) scratch[k] = (packed[at + k]! & pool[place + k]!) | pool[place + n + k]!;
        place += 1 + 2 * n;
        if (canonical !== null) {
          canonical.apply(scratch);
          if (interner.overflown) return false;
        }
        table.add(scratch, state);
      }
    }
    return true;
  }

  #judge(state: number): boolean {
    for (const group of this.#groups) {
      const at = state * this.#layout.words;
      const entry = group.lookUp(this.#table.packed, at) || this.#miss(group, at);
      if (entry === 0) return false;
      if (group.pool[entry + ENTRY.findings] !== 0) this.#take(group, entry, state, true);
    }
    return true;
  }

  /** Lets the rules say what comes of values that were not met before; 0 where the layout is too narrow for it. */
  #miss(group: PackedGroup, at: number): number {
    const outcome = group.add(this.#table.packed, at);
    return this.#interner.overflown ? 0 : group.keep(this.#table.packed, at, outcome);
  }

  /** `stateOnly`: nothing happens in that state, so that only what it shows by itself counts. */
  #take(group: PackedGroup, entry: number, state: number, stateOnly: boolean): void {
    for (const finding of group.findingsOf(entry)) {
      if (stateOnly && finding.action !== null) continue;
      this.#note(finding, state);
    }
    if (!stateOnly) group.pool[entry + ENTRY.findings] = 0;
  }

  #note({ property, kind, action }: Finding, state: number): void {
    if (this.#found.has(property)) return;
    this.#found.set(property, { state, action });
    if (kind === "broken" && this.#options.keepGoing !== true) this.#stopped = true;
  }

  #orbitOf(state: number): number {
    const n = this.#layout.words;
    const words = this.#table.packed.slice(state * n, state * n + n);
    return this.#canonical!.orbit(words);
  }

  #properties(): PropertyReport[] {
    const names = [...new Set(this.#model.properties.map(({ name }) => name))];
    return names.map((name) => {
      const parts = this.#model.properties.filter((property) => property.name === name);
      const { kind, requirements } = parts[0]!;
      const found = this.#found.get(name);
      const trail = found === undefined ? null : this.#trailTo(found.state, found.action, name);
      const untold = this.#complete ? kind !== "sometimes" : null;
      const held = found === undefined ? untold : kind === "sometimes";
      return { name, kind, requirements, held, trail };
    });
  }

  /** The way to a state as the model goes it; under a symmetry, from one state to the next that is the same as the kept one. */
  #trailTo(state: number, action: number | null, property: string): TrailStep[] {
    const chain: number[] = [];
    for (let i = state; i >= 0; i = this.#table.parentOf(i)) chain.unshift(i);
    let ids = this.#model.components.map((component, i) => this.#interner.idOf(i, component.initial));
    const steps: TrailStep[] = [];
    for (const wanted of chain.slice(1)) {
      const step = this.#successors(ids).find((each) => this.#isKept(each.ids, wanted))!;
      ids = step.ids;
      steps.push(this.#step(step.action, ids));
    }
    if (action !== null) {
      // The kept state's own action may be another one here, but one that shows the same.
      const last = this.#showing(ids, property);
      steps.push(this.#step(last.action, last.ids));
    }
    return steps;
  }

  #step(index: number, ids: readonly number[]): TrailStep {
    const values = ids.map((id, i) => this.#interner.valueOf(i, id));
    return { action: this.#model.actions[index]!.name, index, values };
  }

  #successors(ids: readonly number[]): { action: number; ids: number[] }[] {
    return this.#groups.flatMap(({ group }) =>
      group.outcomeOf(group.reads.map((component) => ids[component]!)).next.map(({ action, ...write }) => {
        const after = [...ids];
        for (const [i, component] of write.writes.entries()) after[component] = write.ids[i]!;
        return { action, ids: after };
      }),
    );
  }

  #showing(ids: readonly number[], property: string): { action: number; ids: readonly number[] } {
    for (const { group } of this.#groups) {
      const outcome = group.outcomeOf(group.reads.map((component) => ids[component]!));
      const finding = outcome.findings.find((each) => each.property === property && each.action !== null);
      if (finding === undefined) continue;
      const index = finding.action!;
      const { reads, writes, step } = this.#model.actions[index]!;
      const values = reads.map((component) => this.#interner.valueOf(component, ids[component]!));
      const after = [...ids];
      for (const [i, value] of step(values)!.values.entries())
        after[writes[i]!] = this.#interner.idOf(writes[i]!, value);
      return { action: index, ids: after };
    }
    throw new Error(`no action shows ${property}`);
  }

  #isKept(ids: readonly number[], state: number): boolean {
    const n = this.#layout.words;
    const words = new Uint32Array(n);
    for (const [i, id] of ids.entries()) setId(words, 0, this.#layout.fields[i]!, id);
    this.#canonical?.apply(words);
    return words.every((word, k) => word === this.#table.packed[state * n + k]);
  }
}
