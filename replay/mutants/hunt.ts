import { AssertionError } from "../../base/assert.ts";
import { PROPERTIES } from "../../core/properties.ts";
import { chunksOf } from "../check/check.ts";
import { Checker } from "../check/checker.ts";
import { SHIPPED } from "../check/rules.ts";
import { smallWorlds } from "../check/worlds.ts";
import { explore } from "../explore/explore.ts";
import { PRESETS } from "../explore/presets.ts";

/** One way to look for a broken property. The same hunt finds the same thing on any machine. */
export type Hunt =
  | {
      readonly by: "explore";
      readonly model: string;
      /** Sizes that are not the preset's own. */
      readonly sizes: { readonly [what: string]: number };
    }
  | { readonly by: "check"; readonly runs: number; readonly seed: number };

/** What a hunt found. */
export interface Catch {
  readonly hunt: Hunt;
  /** The sentence that does not hold; null: all do. */
  readonly property: string | null;
  /** Lives that were lived, or states that were reached. */
  readonly after: number;
}

/** Goes hunting by the rules that are loaded, which may be bent. An assertion of the rules themselves is a catch. */
export function goHunting(hunt: Hunt): Catch {
  try {
    return hunt.by === "check" ? byCheck(hunt) : byExplore(hunt);
  } catch (error) {
    // Bent rules may contradict themselves, and their assertions say so. Anything else is a mutant that is no program.
    if (!(error instanceof AssertionError)) throw error;
    return { hunt, property: `an assertion: ${error.message.split("\n")[0]!.slice(0, 120)}`, after: 0 };
  }
}

function byCheck(hunt: Extract<Hunt, { by: "check" }>): Catch {
  // Nobody wants to see the smallest life of a mutant: what breaks first is enough.
  const checker = new Checker(PROPERTIES, SHIPPED, smallWorlds());
  let after = 0;
  for (const { chunk, lives } of chunksOf(hunt.runs)) {
    const result = checker.chunk(hunt.seed, chunk, lives, true);
    after += result.lives;
    const [broken] = result.broken;
    if (broken !== undefined) return { hunt, property: broken.name, after };
  }
  return { hunt, property: null, after };
}

function byExplore(hunt: Extract<Hunt, { by: "explore" }>): Catch {
  const preset = PRESETS.find(({ name }) => name === hunt.model)!;
  const usual = Object.fromEntries(Object.entries(preset.sizes).map(([what, size]) => [what, size.default]));
  const report = explore(preset.build({ ...usual, ...hunt.sizes }));
  const broken = report.properties.find(({ held }) => held === false);
  const property =
    broken === undefined ? null : broken.kind === "sometimes" ? `never: ${broken.name}` : broken.name;
  return { hunt, property, after: report.states };
}
