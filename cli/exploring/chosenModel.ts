import type { Model } from "../../replay/explore/model.ts";
import { PRESETS, type Preset } from "../../replay/explore/presets.ts";
import { InputError } from "../inputError.ts";

/** What names a model on the command line. */
export interface ModelChoice {
  readonly model: string | undefined;
  readonly size: number | undefined;
  readonly set: readonly string[];
}

/** A preset, built with its sizes. */
export interface ChosenModel {
  readonly preset: string;
  readonly model: Model;
}

/** The model that is asked for: `name`, `name:N`, and each other size as `what=N`. */
export function chosenModel({ model: wanted, size, set }: ModelChoice): ChosenModel {
  const [, word, number] = /^([a-z-]+?)(?:[:=-](\d+))?$/.exec(wanted ?? PRESETS[0]!.name) ?? [];
  const preset = PRESETS.find(({ name }) => name === word);
  if (preset === undefined)
    throw new InputError(
      `there is no model ${wanted}; there are ${PRESETS.map(({ name }) => name).join(", ")}`,
    );
  const sizes: { [what: string]: number } = {};
  for (const [what, { default: value }] of Object.entries(preset.sizes)) sizes[what] = value;
  const first = Object.keys(preset.sizes)[0]!;
  if (number !== undefined) sizes[first] = Number(number);
  if (size !== undefined) sizes[first] = size;
  for (const pair of set) {
    const [, what, value] = /^([a-z]+)=(\d+)$/.exec(pair) ?? [];
    if (what === undefined || preset.sizes[what] === undefined)
      throw new InputError(
        `--set ${pair} is no size of ${preset.name}; it has ${Object.keys(preset.sizes).join(", ")}`,
      );
    sizes[what] = Number(value);
  }
  return built(preset, sizes);
}

/** A preset of this name with these sizes, as a search that was kept tells them. */
export function modelAgain(name: string, sizes: { readonly [what: string]: number }): ChosenModel {
  const preset = PRESETS.find((each) => each.name === name);
  if (preset === undefined)
    throw new InputError(`the search that was kept is of a model ${name}, which there is not`);
  return built(preset, sizes);
}

function built(preset: Preset, sizes: { readonly [what: string]: number }): ChosenModel {
  for (const [what, value] of Object.entries(sizes)) {
    const { min, max } = preset.sizes[what] ?? { min: 0, max: -1 };
    if (!(Number.isInteger(value) && value >= min && value <= max))
      throw new InputError(`${preset.name} has ${min} to ${max} ${what}, not ${value}`);
  }
  return { preset: preset.name, model: preset.build(sizes) };
}
