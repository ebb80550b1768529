/** The kinds of causes that a verdict can have. */
export type CauseKind =
  | "granted"
  | "unrestricted"
  | "interrupt"
  | "stale-translation"
  | "never-granted"
  | "granted-elsewhere"
  | "less-access"
  | "use-after-unmap"
  | "use-before-map"
  | "past-the-end"
  | "before-the-start"
  | "request-refused"
  | "target-used-as-address"
  | "wrong-stage"
  | "outside-vm"
  | "guest-not-granted"
  | "address-width"
  | "interrupt-range"
  | "never-attached"
  | "detached"
  | "attached-later"
  | "dss"
  | "not-recorded"
  | "recorded-otherwise"
  | "other";

/** The cause of a verdict: a sentence, and the events that prove it, oldest first. */
export interface Cause {
  readonly kind: CauseKind;
  readonly text: string;
  readonly seqs: readonly number[];
}
