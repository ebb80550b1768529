import { assert } from "../../base/assert.ts";
import type { Interner } from "./interner.ts";
import { type Field, idAt, type Layout } from "./layout.ts";
import type { Action, Model } from "./model.ts";

/** Something that a state or an action showed of a property. `action` null: the state itself. */
export interface Finding {
  readonly property: string;
  readonly kind: "broken" | "reached";
  readonly action: number | null;
}

/** What becomes of the values that a group of actions reads: worked out once, by the real rules. */
interface Outcome {
  /** How many actions can happen, those that change nothing among them. */
  readonly enabled: number;
  readonly findings: readonly Finding[];
  readonly next: readonly Successor[];
}

interface Successor {
  readonly action: number;
  readonly writes: readonly number[];
  readonly ids: readonly number[];
}

/** The actions (and properties) that read the same components: one look-up tells what all of them come to. */
export class TransitionGroup {
  readonly reads: readonly number[];
  readonly #model: Model;
  readonly #interner: Interner;
  readonly #actions: readonly number[];
  readonly #properties: readonly Extract<Model["properties"][number], { kind: "always" }>[];
  readonly #outcomes = new Map<string, Outcome>();

  constructor(model: Model, interner: Interner, reads: readonly number[]) {
    const isHere = (other: readonly number[]): boolean => sameReads(reads, other);
    this.reads = reads;
    this.#model = model;
    this.#interner = interner;
    this.#actions = model.actions.flatMap(({ reads: its }, i) => (isHere(its) ? [i] : []));
    this.#properties = model.properties.filter(
      (each) => each.kind === "always" && isHere(each.reads),
    ) as never;
  }

  /** How often the real rules were asked. */
  get asked(): number {
    return this.#outcomes.size * this.#actions.length;
  }

  /** What comes of these ids, by `reads`. */
  outcomeOf(ids: readonly number[]): Outcome {
    const key = ids.join(" ");
    let outcome = this.#outcomes.get(key);
    if (outcome === undefined) {
      outcome = this.#work(ids);
      this.#outcomes.set(key, outcome);
    }
    return outcome;
  }

  #work(ids: readonly number[]): Outcome {
    const values = ids.map((id, i) => this.#interner.valueOf(this.reads[i]!, id));
    const findings: Finding[] = this.#properties
      .filter(({ holds }) => !holds(values))
      .map(({ name }) => ({ property: name, kind: "broken", action: null }));
    const next: Successor[] = [];
    const seen = new Set<string>();
    let enabled = 0;
    for (const index of this.#actions) {
      const action = this.#model.actions[index]!;
      const result = action.step(values);
      if (result === null) continue;
      enabled += 1;
      for (const property of result.broken ?? []) findings.push({ property, kind: "broken", action: index });
      for (const property of result.reached ?? [])
        findings.push({ property, kind: "reached", action: index });
      const successor = this.#successor(action, index, result.values);
      const key = `${successor.writes.join(" ")}:${successor.ids.join(" ")}`;
      if (this.#changesNothing(successor, ids) || seen.has(key)) continue;
      seen.add(key);
      next.push(successor);
    }
    return { enabled, findings, next };
  }

  #successor(action: Action, index: number, values: readonly unknown[]): Successor {
    assert(values.length === action.writes.length, `${action.name} gives ${values.length} values`);
    const ids = values.map((value, i) => this.#interner.idOf(action.writes[i]!, value));
    return { action: index, writes: action.writes, ids };
  }

  #changesNothing({ writes, ids }: Successor, before: readonly number[]): boolean {
    return writes.every((component, i) => {
      const at = this.reads.indexOf(component);
      return at >= 0 && before[at] === ids[i];
    });
  }
}

/** The groups of a model. */
export function groupsOf(model: Model, interner: Interner): TransitionGroup[] {
  const all = [
    ...model.actions.map(({ reads }) => reads),
    ...model.properties.flatMap((property) => (property.kind === "always" ? [property.reads] : [])),
  ];
  const groups: TransitionGroup[] = [];
  for (const reads of all)
    if (!groups.some((group) => sameReads(group.reads, reads)))
      groups.push(new TransitionGroup(model, interner, reads));
  return groups;
}

/** An entry of a {@link PackedGroup}: its numbers begin at this place of `pool`. */
export const ENTRY = {
  /** How many actions are enabled. */
  enabled: 0,
  /** 1 where it has findings nobody has taken yet. */
  findings: 1,
  /** How many successors follow. */
  count: 2,
  /** The first of them: an action, the bits to keep word by word, then the bits to set. */
  successors: 3,
} as const;

/** A group's table for one layout: from the bits that it reads to what to keep and what to set in the state. */
export class PackedGroup {
  readonly group: TransitionGroup;
  pool = new Int32Array(1024);
  #used = 1;
  readonly #layout: Layout;
  readonly #fields: readonly Field[];
  // The fields once more, as plain numbers for the look-up.
  readonly #words: Int32Array;
  readonly #shifts: Int32Array;
  readonly #masks: Int32Array;
  readonly #scales: Float64Array;
  readonly #dense: Int32Array | null;
  readonly #sparse = new Map<number, number>();
  readonly #findings = new Map<number, readonly Finding[]>();

  constructor(group: TransitionGroup, layout: Layout) {
    this.group = group;
    this.#layout = layout;
    this.#fields = group.reads.map((component) => layout.fields[component]!);
    this.#words = Int32Array.from(this.#fields, ({ word }) => word);
    this.#shifts = Int32Array.from(this.#fields, ({ shift }) => shift);
    this.#masks = Int32Array.from(this.#fields, ({ mask }) => mask);
    let bits = 0;
    this.#scales = Float64Array.from(this.#fields, (field) => {
      bits += field.bits;
      return 2 ** (bits - field.bits);
    });
    assert(bits <= 52, `an action reads ${bits} bits; take it apart`);
    this.#dense = bits <= DENSE_BITS_MAX ? new Int32Array(2 ** bits) : null;
  }

  /** The entry for the state at `at`; 0: it is not worked out yet. */
  lookUp(words: Uint32Array, at: number): number {
    const key = this.#keyAt(words, at);
    return this.#dense !== null ? this.#dense[key]! : (this.#sparse.get(key) ?? 0);
  }

  /** Works out the entry for the state at `at`, which may show values that no layout has room for yet. */
  add(words: Uint32Array, at: number): Outcome {
    return this.group.outcomeOf(this.#fields.map((field) => idAt(words, at, field)));
  }

  /** Writes what was worked out for the state at `at`; returns the entry. */
  keep(words: Uint32Array, at: number, outcome: Outcome): number {
    const { words: n, fields } = this.#layout;
    const size = ENTRY.successors + outcome.next.length * (1 + 2 * n);
    while (this.#used + size > this.pool.length) {
      const larger = new Int32Array(this.pool.length * 2);
      larger.set(this.pool);
      this.pool = larger;
    }
    const entry = this.#used;
    this.#used += size;
    const { pool } = this;
    pool[entry + ENTRY.enabled] = outcome.enabled;
    pool[entry + ENTRY.findings] = outcome.findings.length === 0 ? 0 : 1;
    pool[entry + ENTRY.count] = outcome.next.length;
    if (outcome.findings.length > 0) this.#findings.set(entry, outcome.findings);
    let place = entry + ENTRY.successors;
    for (const { action, writes, ids } of outcome.next) {
      pool[place] = action;
      for (let k = 0; k < n; k++) pool[place + 1 + k] = -1;
      writes.forEach((component, i) => {
        const { word, shift, mask } = fields[component]!;
        pool[place + 1 + word]! &= ~(mask << shift);
        pool[place + 1 + n + word]! |= ids[i]! << shift;
      });
      place += 1 + 2 * n;
    }
    const key = this.#keyAt(words, at);
    if (this.#dense !== null) this.#dense[key] = entry;
    else this.#sparse.set(key, entry);
    return entry;
  }

  /** The findings of an entry. */
  findingsOf(entry: number): readonly Finding[] {
    return this.#findings.get(entry) ?? [];
  }

  #keyAt(words: Uint32Array, at: number): number {
    const n = this.#words.length;
    if (this.#dense === null) {
      let key = 0;
      for (let i = 0; i < n; i++)
        key += ((words[at + this.#words[i]!]! >>> this.#shifts[i]!) & this.#masks[i]!) * this.#scales[i]!;
      return key;
    }
    let key = 0;
    for (let i = n - 1; i >= 0; i--)
      key =
        (key * (this.#masks[i]! + 1)) |
        ((words[at + this.#words[i]!]! >>> this.#shifts[i]!) & this.#masks[i]!);
    return key;
  }
}

// Two megabytes a group at most; larger keys are rare enough to be hashed.
const DENSE_BITS_MAX = 19;

function sameReads(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((component, i) => component === b[i]);
}
