import { unreachable } from "../base/assert.ts";
import type { Outcome } from "../events/outcome.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { Draft } from "./draft.ts";
import { deviceOf } from "./drafts.ts";
import { AddressSpace } from "./parts/addressSpace.ts";
import { isIdentifiedByAnother } from "./parts/sharedIdentifier.ts";
import { exemption } from "./startup/coverage.ts";
import { serviceOf } from "./startup/serviceState.ts";
import { type DeviceState, type IommuState, translationRestricts } from "./state.ts";
import type { UnitFaults } from "./units/unitFaults.ts";

/** The outcomes that a trace's own records have, but for grants, invalidations and verdicts, which a fold writes in place. */
export type TraceOutcome = Extract<
  Outcome,
  {
    kind:
      | "UnitAdded"
      | "TranslationSwitched"
      | "DeviceAdded"
      | "ObjectCreated"
      | "ObjectDestroyed"
      | "DeviceAttached"
      | "DeviceDetached"
      | "PassthroughSwitched";
  }
>;

/** Applies one of them to everything but tables; `at` is the seq of its stimulus. */
export function applyTrace(draft: Draft<IommuState>, event: TraceOutcome, at: number): void {
  switch (event.kind) {
    case "UnitAdded":
      draft.described = true;
      draft.units.set(event.unit, {
        base: event.base,
        addressWidth: event.addressWidth,
        translation: draft.units.get(event.unit)?.translation ?? null,
        faults:
          faultsOf(event) ?? (draft.units.get(event.unit)?.faults as Draft<UnitFaults> | undefined) ?? null,
      });
      return;
    case "TranslationSwitched":
      draft.described = true;
      if (event.unit === null) {
        draft.translationOfAll = event.enabled;
        for (const unit of draft.units.values()) unit.translation = event.enabled;
      } else {
        draft.units.get(event.unit)!.translation = event.enabled;
      }
      return;
    case "DeviceAdded": {
      const device = deviceOf(draft, event.device);
      if (event.unit !== null) device.unit = event.unit;
      if (event.identifiers !== undefined)
        device.identifiers = event.identifiers.length === 0 ? null : [...event.identifiers];
      joinService(draft, event.device, device, at);
      return;
    }
    case "ObjectCreated":
      draft.objects.set(event.object, {
        client: event.client,
        space: new AddressSpace() as Draft<AddressSpace>,
        ranges: null,
        awaitingReissue: [],
        realisedOn: [],
        reservedManual: event.reservedManual === true,
      });
      return;
    case "ObjectDestroyed": {
      draft.objects.delete(event.object);
      return;
    }
    case "DeviceAttached":
      draft.described = true;
      deviceOf(draft, event.device).object = event.object;
      deviceOf(draft, event.device).identified = true;
      return;
    case "DeviceDetached": {
      deviceOf(draft, event.device).object = null;
      const object = draft.objects.get(event.object);
      const waits = object?.awaitingReissue.indexOf(event.device) ?? -1;
      if (waits >= 0) object!.awaitingReissue.splice(waits, 1);
      return;
    }
    case "PassthroughSwitched":
      deviceOf(draft, event.device).passthrough = event.enabled;
      return;
    default:
      return unreachable(event, "outcome");
  }
}

function faultsOf(event: Extract<Outcome, { kind: "UnitAdded" }>): Draft<UnitFaults> | null {
  if (event.faultRecords === undefined) return null;
  return { records: event.faultRecords, merging: event.faultMerging === true, held: [], overflow: false };
}

/** A device that appears: its stream may be known by another's, and its window is open unless a unit is on already (PUR-5). */
function joinService(
  draft: Draft<IommuState>,
  name: DeviceName,
  device: Draft<DeviceState>,
  at: number,
): void {
  const state = draft as unknown as IommuState;
  const known = device as DeviceState;
  const isServed = serviceOf(state)?.units != null;
  if (isIdentifiedByAnother(state, name, known)) device.identified = true;
  if (device.window !== null) return;
  const isConfined = isServed && translationRestricts(state, known) && exemption(state, name, known) === null;
  if (!isConfined) device.window = { openedAt: at, closedAt: null };
}
