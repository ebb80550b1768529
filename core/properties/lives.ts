import type { AlwaysProperty } from "./property.ts";

/** A sentence about whole lives, which no single step shows: whoever lives them again asks it. */
export type LifeSentence = Pick<AlwaysProperty, "kind" | "name" | "requirements">;

/** A life cut in two at any of its steps, whose second half is told to the state that was written to text and read again. */
export const FROM_SNAPSHOTS: LifeSentence = {
  kind: "always",
  name: "a life told again from any of its snapshots ends in the same state",
  requirements: ["contract 1 replay"],
};

/** A life told again from the start. */
export const SAME_AGAIN: LifeSentence = {
  kind: "always",
  name: "the same events have the same outcomes and the same digest",
  requirements: ["contract 1 replay"],
};

/** A rule whose own assertion fails has met what its author held to be impossible. */
export const LIVES_ON: LifeSentence = {
  kind: "always",
  name: "no life leads a rule to an assertion that fails",
  requirements: ["DSS-1"],
};

/** Two texts of one configuration: its lines in another order that the language allows, in other files, with other spaces. */
export const ANY_ORDER: LifeSentence = {
  kind: "always",
  name: "the order of options and the structure of include files do not matter where the language says so",
  requirements: ["LANG-2", "LANG-4", "LANG-5", "LANG-8", "G-9"],
};

/** Two texts for a guest: one with options that only the host's service heeds. */
export const IGNORED_IN_GUEST: LifeSentence = {
  kind: "always",
  name: "options that a guest ignores have no effect on its start-up",
  requirements: ["HG-3", "RSV-5", "SMU-4", "UNT-3", "USE-3"],
};

/** All of them. */
export const LIFE_SENTENCES: readonly LifeSentence[] = [
  FROM_SNAPSHOTS,
  SAME_AGAIN,
  LIVES_ON,
  ANY_ORDER,
  IGNORED_IN_GUEST,
];
