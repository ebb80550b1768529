import type { Json } from "../base/canonicalJson.ts";
import type { Outcome } from "./outcome.ts";
import type { Stimulus } from "./stimulus.ts";
import type { Family } from "./vocabulary/family.ts";

/** A stimulus or an outcome: both are facts of one log. */
export type IommuEvent = Stimulus | Outcome;

/** True for what the machine made of a stimulus; outcomes' kinds alone begin with a capital. */
export function isOutcome(event: IommuEvent): event is Outcome {
  const first = event.kind.charCodeAt(0);
  return first >= 65 && first <= 90;
}

/** Where a fact was told: a file as it was named to us, and a line from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number | null;
}

/** A fact in its boot's log. */
export interface RecordedEvent {
  /** The event's number in its boot, from 0. */
  readonly seq: number;
  /** Nanoseconds since the start of the recording; null where unknown. */
  readonly t: number | null;
  /** The seq of the stimulus that an outcome follows from; null for a stimulus. */
  readonly cause: number | null;
  /** The line that told it. */
  readonly origin: Origin | null;
  /** The last line that told it, where several did. */
  readonly lastLine: number | null;
  readonly event: IommuEvent;
  /** What else the record said: its own `note`, `origin`, `line`, and fields we do not know. */
  readonly extra: { readonly [name: string]: Json } | null;
}

/** What a boot's recording says of itself; the first line of a trace. */
export interface BootHeader {
  readonly family: Family;
  readonly recorder: string | null;
  readonly note: string | null;
  /** Where the outcomes are: derived anew from the stimuli on each replay, or recorded beside them by a simulation. */
  readonly outcomes: "derived" | "recorded";
  /** Members of the header we do not know, kept. */
  readonly extra: { readonly [name: string]: Json } | null;
}
