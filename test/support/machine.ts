import type { Diagnostic } from "../../base/diagnostic.ts";
import { decide, viewOf } from "../../core/decide.ts";
import { evolve } from "../../core/evolve.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import type { ReaderSink } from "../../sources/trace/lineReader.ts";
import { TraceReader } from "../../sources/trace/smmuTrace/traceReader.ts";
import { deepFreeze } from "./deepFreeze.ts";

type Told = Parameters<ReaderSink["stimulus"]>[1];

/** What a reader made of some lines. */
export interface ReadLines {
  readonly stimuli: readonly { readonly stimulus: Stimulus; readonly told: Told }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads lines of a trace, its header not among them; the first line has the number 2, as in a file. */
export function readLines(lines: readonly string[]): ReadLines {
  const stimuli: { stimulus: Stimulus; told: Told }[] = [];
  const diagnostics: Diagnostic[] = [];
  const reader = new TraceReader("a.jsonl", {
    stimulus: (stimulus, told) => stimuli.push({ stimulus, told }),
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  lines.forEach((line, i) => {
    reader.line(line, i + 2);
  });
  reader.end();
  return { stimuli, diagnostics };
}

/** The stimuli of records that must all be good. */
export function stimuliOf(records: readonly object[]): Stimulus[] {
  const { stimuli, diagnostics } = readLines(records.map((record) => JSON.stringify(record)));
  if (diagnostics.length > 0) throw new Error(`bad test records: ${JSON.stringify(diagnostics)}`);
  return stimuli.map(({ stimulus }) => stimulus);
}

/** One stimulus and what became of it; `state` is the state after it. */
export interface Step {
  readonly seq: number;
  readonly stimulus: Stimulus;
  readonly outcomes: readonly Outcome[];
  readonly state: IommuState;
}

/** Decides and evolves one by one, from a fresh machine; every state on the way is deep-frozen. */
export function run(family: Family, stimuli: readonly Stimulus[]): { state: IommuState; steps: Step[] } {
  let state = deepFreeze(initialState(family));
  const steps: Step[] = [];
  stimuli.forEach((stimulus, seq) => {
    const outcomes = decide(viewOf(state), stimulus);
    for (const outcome of outcomes) state = deepFreeze(evolve(state, outcome, seq));
    steps.push({ seq, stimulus, outcomes, state });
  });
  return { state, steps };
}
