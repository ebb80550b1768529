import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { MachineView } from "../machineView.ts";
import type { IommuState } from "../state.ts";

/** The rules of a machine, handed to those who let a machine decide inside another: a guest is one in a host. */
export interface MachineRules {
  decide(view: MachineView, stimulus: Stimulus): readonly Outcome[];
  viewOf(state: IommuState): MachineView;
}
