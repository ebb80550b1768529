import type { Json } from "../base/canonicalJson.ts";
import type { CallReturned } from "../events/clientEvents.ts";
import type { Outcome } from "../events/outcome.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import { innermost } from "../events/vmEvents.ts";

/** A call of the client API and what it returned, as contract 1 lists them for a boot. */
export interface CallRow {
  readonly seq: number;
  readonly client: string;
  readonly function: string;
  readonly returns: number | string | null;
  readonly errno: string | null;
  /** What the call wrote through its pointers: a status, or reserved regions. */
  readonly wrote: Json;
  readonly notes: readonly string[];
  readonly conformance: "agreed" | "diverged" | null;
}

/** The call that an event is, with its return; null for any other event. */
export function callRow(recorded: RecordedEvent, outcomes: readonly Outcome[]): CallRow | null {
  const returned = returnOf(recorded, outcomes);
  if (returned === null) return null;
  const { client, function: name, returns, errno, wrote, notes, conformance } = returned;
  return { seq: recorded.seq, client, function: name, returns, errno, wrote, notes, conformance };
}

/** The return among the outcomes of a call; null where the event is no call. */
export function returnOf(recorded: RecordedEvent, outcomes: readonly Outcome[]): CallReturned | null {
  if (recorded.event.kind !== "call") return null;
  for (const outcome of outcomes) {
    const inner = innermost(outcome); // a guest's service answers, too
    if (inner.kind === "CallReturned") return inner;
  }
  return null;
}

/** What was recorded of a call's return, for people and programs. */
export function expectedReturnJson(recorded: RecordedEvent): Json {
  const { event } = recorded;
  if (event.kind !== "call" || event.expected === null) return null;
  return { function: event.call.function, ...event.expected };
}

/** What a call returns by our rules, in the same form. */
export function actualReturnJson({ function: name, returns, errno }: CallReturned): Json {
  return { function: name, returns, errno };
}
