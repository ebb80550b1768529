// What must not compile: each line below a directive is a mistake that the types catch (style 5).
import { unreachable } from "../../../base/assert.ts";
import { evolve } from "../../../core/evolve.ts";
import { type IommuState, initialState } from "../../../core/state.ts";
import type { Outcome } from "../../../events/outcome.ts";
import type { IommuEvent, RecordedEvent } from "../../../events/recordedEvent.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";

const state: IommuState = initialState("vtd");

export function forgetsKinds(event: IommuEvent): string {
  switch (event.kind) {
    case "map":
      return "granted";
    case "TransferDenied":
      return event.reason;
    default:
      // @ts-expect-error a switch over events that forgets a kind does not compile
      return unreachable(event);
  }
}

export function writes(device: DeviceName): void {
  // @ts-expect-error a state is not written
  state.described = true;
  // @ts-expect-error nor are its maps
  state.devices.delete(device);
  // @ts-expect-error nor its lists
  state.pendingFaults.push(state.pendingFaults[0]);
}

// @ts-expect-error a family is one of ours
export const other = initialState("sparc");

// @ts-expect-error a refused transfer names its reason from the common classes
export const reason: Extract<Outcome, { kind: "TransferDenied" }>["reason"] = "because";

// @ts-expect-error a stimulus is not an outcome
export const mixed: Outcome = { kind: "mark", text: "note" } satisfies Stimulus;

// @ts-expect-error an event is applied at a seq
export const next = evolve(state, { kind: "mark", text: "" });

declare const recorded: RecordedEvent;
// @ts-expect-error a recorded fact stays as it is
recorded.seq = 5;
