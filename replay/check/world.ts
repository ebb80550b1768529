import type { IommuState } from "../../core/state.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import type { Alphabet } from "./alphabet.ts";
import type { SmallBoard } from "./smallBoard.ts";

/** Where lives take place: what is there before anything happens, what can happen, and how some lives begin. */
export interface World {
  readonly name: string;
  readonly family: Family;
  /** The machine at the start, which `told` led to from nothing. */
  readonly state: IommuState;
  readonly told: readonly Stimulus[];
  /** The seq of the next stimulus. */
  readonly seq: number;
  /** The board on which a service starts first; null: none does. */
  readonly board: SmallBoard | null;
  readonly alphabet: Alphabet;
  /** Chance alone rarely brings anybody far: some lives begin with one of these. */
  readonly prologues: readonly Prologue[];
  /** What is told again and again until records overflow; null: nothing can be. */
  readonly storm: number | null;
  /** Its lives are lines of configurations; they are few, since texts take long to read. */
  readonly isOfTexts?: true;
}

/** How a life may begin: codes of the alphabet. `focus`: the client that goes on most of the time. */
export interface Prologue {
  readonly focus: number;
  readonly codes: readonly number[];
}
