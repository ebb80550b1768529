import { readFileSync } from "node:fs";
import type { LoadHook } from "node:module";
import { fileURLToPath } from "node:url";
import type { Mutant } from "../../replay/mutants/mutant.ts";
import { mutate } from "../../replay/mutants/mutate.ts";

// The rule switch: a loader hook of a process that hunts for a mutant. Nothing of the product loads it otherwise.
let switched: { readonly url: string; readonly mutant: Mutant } | null = null;

/** Told by the hunting process which module to change, before it loads any of the rules. */
export function initialize(data: { readonly url: string; readonly mutant: Mutant }): void {
  switched = data;
}

/** Loads a module; the one that bears the mutant with its text changed, on its way from the disk. */
export const load: LoadHook = (url, context, nextLoad) => {
  if (switched === null || url !== switched.url) return nextLoad(url, context);
  const changed = mutate(readFileSync(fileURLToPath(url), "utf8"), switched.mutant);
  if (!changed.ok) throw new Error(changed.error);
  return { format: "module", source: changed.value, shortCircuit: true };
};
