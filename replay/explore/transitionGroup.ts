import { assert } from "../../base/assert.ts";
import type { Interner } from "./interner.ts";
import type { Model } from "./model.ts";
import { RECORD, type RuleLog } from "./ruleLog.ts";

/** Something that a state or an action showed of a property. `action` null: the state itself. */
export interface Finding {
  readonly property: string;
  readonly kind: "broken" | "reached";
  readonly action: number | null;
}

/** What becomes of the values that a group of actions reads: worked out once, by the real rules. */
export interface Outcome {
  /** How many actions can happen, those that change nothing among them. */
  readonly enabled: number;
  readonly findings: readonly Finding[];
  readonly next: readonly Successor[];
}

/** A step that changes something: what it writes gets these ids. */
export interface Successor {
  readonly action: number;
  readonly writes: readonly number[];
  readonly ids: readonly number[];
}

/** The actions (and properties) that read the same components: one look-up tells what all of them come to. */
export class TransitionGroup {
  readonly reads: readonly number[];
  readonly #index: number;
  readonly #model: Model;
  readonly #interner: () => Interner;
  readonly #log: RuleLog;
  readonly #names: readonly string[];
  readonly #actions: readonly number[];
  readonly #properties: readonly Extract<Model["properties"][number], { kind: "always" }>[];
  // Where the log tells the outcome of these ids.
  readonly #told = new Map<string, number>();
  /** How often this thread asked the rules. */
  asked = 0;

  constructor(
    model: Model,
    index: number,
    reads: readonly number[],
    log: RuleLog,
    interner: () => Interner,
    names: readonly string[],
  ) {
    const isHere = (other: readonly number[]): boolean => sameReads(reads, other);
    this.reads = reads;
    this.#index = index;
    this.#model = model;
    this.#interner = interner;
    this.#log = log;
    this.#names = names;
    this.#actions = model.actions.flatMap(({ reads: its }, i) => (isHere(its) ? [i] : []));
    this.#properties = model.properties.filter(
      (each) => each.kind === "always" && isHere(each.reads),
    ) as never;
  }

  /** What comes of these ids, by `reads`. */
  outcomeOf(ids: readonly number[]): Outcome {
    const key = ids.join(" ");
    if (!this.#told.has(key)) this.#interner().catchUp();
    const at = this.#told.get(key) ?? this.#ask(ids, key);
    return this.#parse(at);
  }

  /** An outcome that the log tells at `at`. */
  learn(at: number): void {
    const { words } = this.#log;
    this.#told.set(words.subarray(at + 2, at + 2 + this.reads.length).join(" "), at);
  }

  #ask(ids: readonly number[], key: string): number {
    const record = this.#work(ids);
    return this.#log.locked(() => {
      // Another thread may have asked the same meanwhile; the answer is the same.
      this.#interner().catchUp();
      const told = this.#told.get(key);
      if (told !== undefined) return told;
      this.#log.append(record);
      this.#interner().catchUp();
      return this.#told.get(key)!;
    });
  }

  /** The record of the outcome: group, ids, how many can happen, findings, successors. */
  #work(ids: readonly number[]): number[] {
    const interner = this.#interner();
    const values = ids.map((id, i) => interner.valueOf(this.reads[i]!, id));
    const findings: number[] = [];
    const note = (property: string, kind: number, action: number): void => {
      findings.push(this.#names.indexOf(property), kind, action);
    };
    for (const { name, holds } of this.#properties) if (!holds(values)) note(name, BROKEN, -1);
    const next: number[] = [];
    const seen = new Set<string>();
    let enabled = 0;
    for (const index of this.#actions) {
      const action = this.#model.actions[index]!;
      const result = action.step(values);
      if (result === null) continue;
      enabled += 1;
      for (const property of result.broken ?? []) note(property, BROKEN, index);
      for (const property of result.reached ?? []) note(property, REACHED, index);
      const { writes } = action;
      assert(result.values.length === writes.length, `${action.name} gives ${result.values.length} values`);
      const written = result.values.map((value, write) =>
        interner.idOf(writes[write]!, value, () => ({ kind: "action", action: index, ids, write })),
      );
      const key = `${writes.join(" ")}:${written.join(" ")}`;
      if (this.#changesNothing(writes, written, ids) || seen.has(key)) continue;
      seen.add(key);
      next.push(index, ...written);
    }
    this.asked += enabled;
    return [RECORD.outcome, this.#index, ...ids, enabled, findings.length / 3, ...findings, ...next];
  }

  #parse(at: number): Outcome {
    const { words } = this.#log;
    const end = at + words[at - 1]!;
    let place = at + 2 + this.reads.length;
    const enabled = words[place++]!;
    const findings: Finding[] = [];
    for (let left = words[place++]!; left > 0; left--, place += 3)
      findings.push({
        property: this.#names[words[place]!]!,
        kind: words[place + 1] === BROKEN ? "broken" : "reached",
        action: words[place + 2] === -1 ? null : words[place + 2]!,
      });
    const next: Successor[] = [];
    while (place < end) {
      const action = words[place++]!;
      const { writes } = this.#model.actions[action]!;
      next.push({ action, writes, ids: [...words.subarray(place, place + writes.length)] });
      place += writes.length;
    }
    return { enabled, findings, next };
  }

  #changesNothing(writes: readonly number[], ids: readonly number[], before: readonly number[]): boolean {
    return writes.every((component, i) => {
      const at = this.reads.indexOf(component);
      return at >= 0 && before[at] === ids[i];
    });
  }
}

const BROKEN = 0;
const REACHED = 1;

/** What components are read together, each once: the groups of a model. */
export function readsOf(model: Model): (readonly number[])[] {
  const all = [
    ...model.actions.map(({ reads }) => reads),
    ...model.properties.flatMap((property) => (property.kind === "always" ? [property.reads] : [])),
  ];
  const reads: (readonly number[])[] = [];
  for (const each of all) if (!reads.some((known) => sameReads(known, each))) reads.push(each);
  return reads;
}

function sameReads(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((component, i) => component === b[i]);
}
