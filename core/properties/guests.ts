import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { guestOf } from "../vms/vmState.ts";
import type { MachineStep } from "./property.ts";

/**
 * A step as the machine of a guest sees it: every sentence about machines is one about guests, too. Of what starts, ends or
 * stops a whole VM, and of transfers, which the host judges, there is no such step. Null: nothing happens in a guest.
 */
export function guestStep({ before, stimulus, outcomes, after }: MachineStep): MachineStep | null {
  const inner = innerStimulus(stimulus);
  if (inner === null) return null;
  const first = outcomes.find((outcome) => outcome.kind === "InGuest");
  if (first === undefined) return null;
  const [then, now] = [before.vms.get(first.vm), after.vms.get(first.vm)];
  const guest = then?.running ? guestOf(then) : null;
  const next = now?.running ? guestOf(now) : null;
  if (guest === null || next === null) return null;
  const its: Outcome[] = [];
  for (const outcome of outcomes)
    if (outcome.kind === "InGuest" && outcome.vm === first.vm) its.push(outcome.outcome);
  return { before: guest, stimulus: inner, outcomes: its, after: next };
}

function innerStimulus(stimulus: Stimulus): Stimulus | null {
  switch (stimulus.kind) {
    case "client":
    case "call":
    case "exit":
      return stimulus;
    case "guest.fail":
      return { kind: "fail", what: stimulus.what, name: stimulus.name, at: null };
    default:
      return null;
  }
}
