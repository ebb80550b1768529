import type { Model } from "../../../replay/explore/model.ts";

/** What a search without any cleverness finds: whole states as texts, every rule run in every state. */
export interface PlainReport {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly broken: readonly string[];
  readonly reached: readonly string[];
}

/** Goes through a model with a set of texts. */
export function plainSearch(model: Model): PlainReport {
  const keyOf = (values: readonly unknown[]) =>
    model.components.map((component, i) => component.keyOf(values[i])).join("|");
  const broken = new Set<string>();
  const reached = new Set<string>();
  const first = model.components.map(({ initial }) => initial);
  const seen = new Set([keyOf(first)]);
  let level: (readonly unknown[])[] = [first];
  let depth = 0;
  let transitions = 0;
  for (;;) {
    const next: (readonly unknown[])[] = [];
    for (const values of level) {
      for (const property of model.properties)
        if (property.kind === "always" && !property.holds(property.reads.map((i) => values[i])))
          broken.add(property.name);
      for (const action of model.actions) {
        const result = action.step(action.reads.map((i) => values[i]));
        if (result === null) continue;
        transitions += 1;
        for (const name of result.broken ?? []) broken.add(name);
        for (const name of result.reached ?? []) reached.add(name);
        const after = [...values];
        for (const [i, component] of action.writes.entries()) after[component] = result.values[i];
        const key = keyOf(after);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(after);
      }
    }
    if (next.length === 0)
      return {
        states: seen.size,
        transitions,
        depth,
        broken: [...broken].sort(),
        reached: [...reached].sort(),
      };
    level = next;
    depth += 1;
  }
}
