import { assert } from "../../../base/assert.ts";
import type { MachineStep, SafetyProperty } from "../../../core/properties/property.ts";
import type { IommuState } from "../../../core/state.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import { type Rules, takeStep } from "../../check/rules.ts";
import type { Action, Model, ModelProperty, Symmetry } from "../model.ts";
import type { MachineParts } from "./machineParts.ts";

/** A stimulus of a bounded machine, and which components it concerns. */
export interface MachineAction {
  readonly name: string;
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** What comes, or null where it does not in that state. */
  readonly stimulus: (state: IommuState) => Stimulus | null;
  /** Where one stimulus is told as several actions, by what it comes to: whether this is one of those times. */
  readonly when?: (after: IommuState) => boolean;
}

/** A machine whose steps are those of the real rules. */
export interface MachineModel {
  readonly name: string;
  readonly sizes: Model["sizes"];
  readonly parts: MachineParts;
  readonly rules: Rules;
  readonly properties: readonly SafetyProperty[];
  /** The components that an `always` property needs to see, part by part; absent: its sentence is left out. */
  readonly footprints: (property: SafetyProperty) => readonly (readonly number[])[];
  readonly actions: readonly MachineAction[];
  readonly symmetry?: Symmetry;
  readonly prelude: readonly Stimulus[];
  readonly initial: IommuState;
}

/** A machine as a model: each action assembles what it reads, asks the shipped rules, and takes what it writes. */
export function machineModel(machine: MachineModel): Model {
  const { parts, properties, prelude, initial } = machine;
  const steps = properties.filter(({ kind }) => kind === "step" || kind === "sometimes");
  return {
    name: machine.name,
    sizes: machine.sizes,
    components: parts.components(),
    actions: machine.actions.map((action) => actionOf(machine, action, steps)),
    properties: properties.flatMap((property) => propertiesOf(machine, property)),
    ...(machine.symmetry === undefined ? {} : { symmetry: machine.symmetry }),
    boot: {
      family: initial.family,
      prelude,
      stimulusOf: (action, before) => {
        const { reads, stimulus } = machine.actions[action]!;
        const told = stimulus(
          parts.assemble(
            reads,
            reads.map((component) => before[component]),
          ),
        );
        assert(told !== null, "an action on a way happened");
        return told;
      },
    },
  };
}

function actionOf(
  { parts, rules }: MachineModel,
  action: MachineAction,
  properties: readonly SafetyProperty[],
): Action {
  const { name, reads, writes } = action;
  const keys = parts.components().map(({ keyOf }) => keyOf);
  return {
    name,
    reads,
    writes,
    step: (values) => {
      const before = parts.assemble(reads, values);
      const stimulus = action.stimulus(before);
      if (stimulus === null) return null;
      const { outcomes, after } = takeStep(rules, before, stimulus, 0);
      if (action.when !== undefined && !action.when(after)) return null;
      const valueAfter = (component: number): unknown => {
        const at = reads.indexOf(component);
        return at >= 0 && parts.isUntouched(before, after, component)
          ? values[at]
          : parts.take(after, component);
      };
      // What an action says that it leaves alone it must leave alone, or the search would miss what it does.
      for (const [i, component] of reads.entries())
        assert(
          writes.includes(component) ||
            valueAfter(component) === values[i] ||
            keys[component]!(valueAfter(component)) === keys[component]!(values[i]),
          `${name} writes component ${component} outside its footprint`,
        );
      const step: MachineStep = { before, stimulus, outcomes, after };
      return {
        values: writes.map(valueAfter),
        broken: properties.flatMap((each) => (each.kind === "step" && !each.holds(step) ? [each.name] : [])),
        reached: properties.flatMap((each) =>
          each.kind === "sometimes" && each.shows(step) ? [each.name] : [],
        ),
      };
    },
  };
}

function propertiesOf({ parts, footprints }: MachineModel, property: SafetyProperty): ModelProperty[] {
  const { name, requirements, kind } = property;
  if (kind === "eventually") return [];
  if (kind !== "always") return [{ name, kind, requirements }];
  return footprints(property).map((reads) => ({
    name,
    kind,
    requirements,
    reads,
    holds: (values) => property.holds(parts.assemble(reads, values)),
  }));
}
