import type { IommuState } from "../../core/state.ts";
import { initialState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { simulate } from "../simulate.ts";
import { type Rules, takeStep } from "./rules.ts";
import { type SmallBoard, smallConfig, smallEnvironment } from "./smallBoard.ts";

/** A small board whose service has come to run, and the stimuli that led there. */
export function startedMachine(
  board: SmallBoard,
  rules: Rules,
): { readonly state: IommuState; readonly stimuli: readonly Stimulus[] } {
  const stimuli: Stimulus[] = [];
  let state = initialState("vtd");
  const record = ({ stimulus }: { readonly stimulus: Stimulus }): readonly Outcome[] => {
    stimuli.push(stimulus);
    const { outcomes, after } = takeStep(rules, state, stimulus, 0);
    state = after;
    return outcomes;
  };
  const config = smallConfig(board, "smmuman", "hardware", "none");
  simulate(
    { record },
    {
      service: "smmuman",
      arguments: [],
      environment: smallEnvironment(board, false),
      configuration: () => [{ stimulus: { kind: "config.end", config }, origin: null }],
      before: [],
      failures: [],
      after: [],
      failStep: null,
    },
  );
  return { state, stimuli };
}
