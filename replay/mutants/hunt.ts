import { PROPERTIES } from "../../core/properties.ts";
import { check } from "../check/check.ts";
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
    // Bent rules may well contradict themselves: they notice it, and so does whoever runs them.
    const { name, message } = error as Error;
    return { hunt, property: `the rules stop: ${name}: ${message.split("\n")[0]!.slice(0, 120)}`, after: 0 };
  }
}

function byCheck(hunt: Extract<Hunt, { by: "check" }>): Catch {
  const { runs, seed } = hunt;
  const report = check({ properties: PROPERTIES, runs, seed, first: true });
  // What chance did not come to in so few lives proves nothing; models that are gone through to their end do.
  const broken = report.properties.find(({ failure }) => failure !== null);
  if (broken === undefined) return { hunt, property: null, after: report.runs };
  return { hunt, property: broken.name, after: broken.runs };
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
