import type { IommuState } from "../core/state.ts";
import { tableDigest } from "../core/stateDigest.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { Family } from "../events/vocabulary/family.ts";
import type { Question } from "../events/vocabulary/startupQuestion.ts";
import { MemoryRun } from "./memoryRun.ts";
import { type Phase, phaseOf } from "./replayBoot.ts";
import { type Simulation, simulate } from "./simulate.ts";

/** What became of a start-up of which one step failed. */
export interface FailedStep {
  readonly step: number;
  readonly question: Question;
  readonly phase: Phase;
  readonly dss: { readonly reason: string; readonly requirement: string } | null;
  /** Why the service may run all the same: the rule that says so; null: it may not, or it does not. */
  readonly harmless: string | null;
  /** It ended in the DSS, or in a documented harmless way that gives no device more than before. */
  readonly ok: boolean;
}

/** Runs a start-up once for each of its steps, with that step failing, and judges how each run ended. */
export function failEach(simulation: Simulation, family: Family): readonly FailedStep[] {
  const startup: Simulation = { ...simulation, after: [], failStep: null };
  const whole = new MemoryRun(family);
  const { steps } = simulate(whole, startup);
  const reference = whole.state;
  return steps.map((question, index) => {
    const step = index + 1;
    const run = new MemoryRun(family);
    simulate(run, { ...startup, failStep: step });
    const { state } = run;
    const dss = state.service?.dss ?? null;
    const harmless = dss === null ? harmlessRule(question, state, reference) : null;
    return {
      step,
      question,
      phase: phaseOf(state),
      dss: dss === null ? null : { reason: dss.reason, requirement: dss.requirement },
      harmless,
      ok: dss !== null || harmless !== null,
    };
  });
}

/**
 * The only failures that a service may survive: a library for which another name is tried (SAF-1), and components whose
 * status is not told where nobody requires one (SAF-8). In both no device may reach more than it would have.
 */
function harmlessRule(question: Question, state: IommuState, reference: IommuState): string | null {
  const rule = question.ask === "library" ? "SAF-1" : question.ask === "components" ? "SAF-8" : null;
  return rule !== null && reaches(state) === reaches(reference) ? rule : null;
}

/** What devices reach, as one text: translation of units, tables of devices. */
function reaches(state: IommuState): string {
  const units = [...state.units].map(([name, { translation }]) => [name, translation]);
  const devices = [...state.devices].map(([name, device]): [DeviceName, ...(string | null)[]] => [
    name,
    device.unit,
    device.startup === null ? null : tableDigest(device.startup),
    device.reserved === null ? null : tableDigest(device.reserved),
  ]);
  return JSON.stringify([units, devices]);
}
