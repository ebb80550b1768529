import type { Json } from "../../base/canonicalJson.ts";
import type { CallNote } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { Errno } from "../../events/vocabulary/clientApi.ts";
import type { ObjectName } from "../../events/vocabulary/names.ts";

/** What the service answers to a call, and what else comes of it. A refusal has no consequences. */
export interface Answer {
  readonly returns: number | string | null;
  readonly errno: Errno | null;
  readonly object?: ObjectName;
  readonly wrote?: Json;
  readonly notes?: readonly CallNote[];
  readonly outcomes: readonly Outcome[];
}

/** -1 and errno; nothing changed. */
export function refused(errno: Errno): Answer {
  return { returns: -1, errno, outcomes: [] };
}

/** Success. `returns`: 0, or what the function is documented to return. */
export function done(outcomes: readonly Outcome[], returns = 0): Answer {
  return { returns, errno: null, outcomes };
}
