import type { ClientState } from "../../../core/clients/clientState.ts";
import type { MachineStep, SafetyProperty } from "../../../core/properties/property.ts";
import { PROPERTIES } from "../../../core/properties.ts";
import { type DeviceState, type IommuState, initialState, NO_COUNTS } from "../../../core/state.ts";
import { printState } from "../../../core/stateText.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { Family } from "../../../events/vocabulary/family.ts";
import { type Rules, takeStep } from "../../check/rules.ts";
import type { Action, Model } from "../model.ts";

/** Something that can happen to a machine; null: not now. */
export interface WholeAction {
  readonly name: string;
  readonly stimulus: (state: IommuState) => Stimulus | null;
}

/** A machine in one piece: small ones whose corners matter more than their number of states. */
export interface WholeMachine {
  readonly name: string;
  readonly sizes: Model["sizes"];
  readonly family: Family;
  readonly rules: Rules;
  readonly prelude: readonly Stimulus[];
  readonly actions: readonly WholeAction[];
}

/** Such a machine as a model of one component. Each step is one of the shipped rules, held to every sentence. */
export function wholeMachine({ name, sizes, family, rules, prelude, actions }: WholeMachine): Model {
  const checked = PROPERTIES.filter(({ kind }) => kind === "always" || kind === "step");
  let initial = initialState(family);
  for (const stimulus of prelude) initial = takeStep(rules, initial, stimulus, 0).after;
  return {
    name,
    sizes,
    components: [
      { name: "machine", initial: kept(initial), keyOf: (value) => printState(value as IommuState) },
    ],
    actions: actions.map((action) => actionOf(rules, action, checked)),
    properties: checked.map((property) =>
      property.kind === "always"
        ? {
            ...sentenceOf(property),
            kind: "always",
            reads: [0],
            holds: ([state]) => property.holds(state as IommuState),
          }
        : { ...sentenceOf(property), kind: "step" },
    ),
    boot: {
      family,
      prelude,
      stimulusOf: (action, [state]) => actions[action]!.stimulus(state as IommuState)!,
    },
  };
}

function sentenceOf({ name, requirements }: SafetyProperty): Pick<SafetyProperty, "name" | "requirements"> {
  return { name, requirements };
}

function actionOf(
  rules: Rules,
  { name, stimulus }: WholeAction,
  properties: readonly SafetyProperty[],
): Action {
  return {
    name,
    reads: [0],
    writes: [0],
    step: ([value]) => {
      const before = value as IommuState;
      const told = stimulus(before);
      if (told === null) return null;
      const { outcomes, after } = takeStep(rules, before, told, 0);
      const step: MachineStep = { before, stimulus: told, outcomes, after };
      return {
        values: [kept(after)],
        broken: properties.flatMap((each) => (each.kind === "step" && !each.holds(step) ? [each.name] : [])),
      };
    },
  };
}

/** What of a state decides what comes: no counts, no list of all refused transfers. */
function kept(state: IommuState): IommuState {
  const devices = new Map(
    [...state.devices].map(([name, device]): [typeof name, DeviceState] => [
      name,
      { ...device, counters: NO_COUNTS },
    ]),
  );
  const clients = new Map(
    [...state.clients].map(([name, client]): [typeof name, ClientState] => [
      name,
      { ...client, objectsCreated: 0, records: client.records.slice(0, RECORDS_KEPT) },
    ]),
  );
  return { ...state, devices, clients, pendingFaults: [], droppedFaults: 0 };
}

// Records beyond these say nothing new of a small machine.
const RECORDS_KEPT = 1;
