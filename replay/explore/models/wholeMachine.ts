import type { ClientState } from "../../../core/clients/clientState.ts";
import { AddressSpace } from "../../../core/parts/addressSpace.ts";
import { type Interval, IntervalMap } from "../../../core/parts/intervalMap.ts";
import type { MachineStep, SafetyProperty } from "../../../core/properties/property.ts";
import { PROPERTIES } from "../../../core/properties.ts";
import {
  type DeviceState,
  type IommuState,
  initialState,
  NO_COUNTS,
  type ObjectState,
} from "../../../core/state.ts";
import { printState } from "../../../core/stateText.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { Family } from "../../../events/vocabulary/family.ts";
import type { ClientName, ObjectName } from "../../../events/vocabulary/names.ts";
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
  /** Whether what a cache may still hold decides anything: transfers are told with what a recorded machine did. */
  readonly hasCache?: boolean;
}

/** Such a machine as a model of one component. Each step is one of the shipped rules, held to every sentence. */
export function wholeMachine({
  name,
  sizes,
  family,
  rules,
  prelude,
  actions,
  hasCache = false,
}: WholeMachine): Model {
  const checked = PROPERTIES.filter(({ kind }) => kind === "always" || kind === "step");
  let initial = initialState(family);
  for (const stimulus of prelude) initial = takeStep(rules, initial, stimulus, 0).after;
  return {
    name,
    sizes,
    components: [
      {
        name: "machine",
        initial: kept(initial, hasCache),
        keyOf: (value) => printState(value as IommuState),
      },
    ],
    actions: actions.map((action) => actionOf(rules, action, checked, hasCache)),
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
  hasCache: boolean,
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
        values: [kept(after, hasCache)],
        broken: properties.flatMap((each) => (each.kind === "step" && !each.holds(step) ? [each.name] : [])),
      };
    },
  };
}

/** What of a state decides what comes: no counts, no records of refused transfers, no seams between equal grants. */
function kept(state: IommuState, hasCache: boolean): IommuState {
  const devices = new Map<DeviceName, DeviceState>();
  for (const [name, device] of state.devices) devices.set(name, { ...device, counters: NO_COUNTS });
  const clients = new Map<ClientName, ClientState>();
  for (const [name, client] of state.clients)
    clients.set(name, { ...client, objectsCreated: 0, records: [], dropped: false });
  const objects = new Map<ObjectName, ObjectState>();
  for (const [name, object] of state.objects) objects.set(name, keptObject(object, hasCache));
  return { ...state, devices, clients, objects, pendingFaults: [], droppedFaults: 0 };
}

function keptObject({ space, ranges, ...object }: ObjectState, hasCache: boolean): ObjectState {
  return {
    ...object,
    awaitingReissue: [...object.awaitingReissue].sort(),
    realisedOn: [...object.realisedOn].sort(),
    space: new AddressSpace(
      seamless(space.mappings()),
      hasCache ? IntervalMap.of(space.staleGrants()) : new IntervalMap(),
    ),
    ranges: ranges === null ? null : seamless(ranges.all()),
  };
}

function seamless<V extends { readonly delta: number; readonly access: number }>(
  runs: readonly Interval<V>[],
): IntervalMap<V> {
  const merged: Interval<V>[] = [];
  for (const run of runs) {
    const before = merged.at(-1);
    const { delta, access } = run.value;
    if (before?.last === run.first - 1 && before.value.delta === delta && before.value.access === access)
      merged[merged.length - 1] = { ...before, last: run.last };
    else merged.push(run);
  }
  return IntervalMap.of(merged);
}
