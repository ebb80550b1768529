import type { Diagnostic } from "../../base/diagnostic.ts";
import type { FailStimulus } from "../../events/startupEvents.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { ToldAt } from "../trace/lineReader.ts";
import { boundedDiagnostics } from "./bounded.ts";

/** One record of a scenario and where it stands. */
export interface ScenarioRecord<S extends Stimulus = Stimulus> {
  readonly stimulus: S;
  readonly at: ToldAt;
}

/** A run in three parts: before a service is launched, what fails while it starts, and what happens afterwards. */
export interface Scenario {
  readonly before: readonly ScenarioRecord[];
  readonly failures: readonly ScenarioRecord<FailStimulus>[];
  readonly after: readonly ScenarioRecord[];
  /** When the service is launched; null: nobody says. */
  readonly timing: LaunchTiming | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Times of a start-up, in whole ns since the recording began, which is when devices may first do DMA (PUR-5). */
export interface LaunchTiming {
  readonly launched: number;
  /** How long each step takes. */
  readonly step: number;
}

/** A run in which nothing happens. */
export const NO_SCENARIO: Scenario = { before: [], failures: [], after: [], timing: null, diagnostics: [] };

function misplaced(file: string, line: number, message: string, hint: string): Diagnostic {
  return { code: "SCN003", severity: "error", file, line, message, hint };
}

const TOO_EARLY = [
  "a failure before the service is launched: there is nothing yet that could fail",
  "put it after the record service.start (in YAML: into fail or after)",
] as const;
const LAUNCHED_TWICE = [
  "the service is launched a second time",
  "say it once; that another instance runs already is said by a board's services (G-44)",
] as const;

/**
 * Sorts records into the parts of a run. A record `service.start` stands where the launch is: what is before it happens
 * before. A `fail` belongs to the start-up until something happens, unless it says `"at":"run"`; a signal or an
 * interrupt comes after the start-up, unless it names a step.
 */
export class ScenarioParts {
  readonly #before: ScenarioRecord[] = [];
  readonly #failures: ScenarioRecord<FailStimulus>[] = [];
  readonly #misplaced: { readonly line: number; readonly why: readonly [string, string] }[] = [];
  #after: ScenarioRecord[] = [];
  #happened = false;
  #isLaunched = false;
  #timing: LaunchTiming | null = null;

  add(stimulus: Stimulus, at: ToldAt): void {
    if (stimulus.kind === "fail" && this.#isOfStartup(stimulus)) {
      this.#failures.push({ stimulus, at });
      return;
    }
    this.#after.push({ stimulus, at });
    if (stimulus.kind !== "fail" && stimulus.kind !== "mark") this.#happened = true;
  }

  /** The launch stands here; `timing`: when it is, and how long its steps take. */
  launch(timing: LaunchTiming | null, line: number): void {
    if (this.#isLaunched) {
      this.#misplaced.push({ line, why: LAUNCHED_TWICE });
      return;
    }
    this.#isLaunched = true;
    this.#timing = timing;
    for (const record of this.#after) {
      if (record.stimulus.kind === "fail") this.#misplaced.push({ line: record.at.line, why: TOO_EARLY });
      else this.#before.push(record);
    }
    this.#after = [];
    this.#happened = false;
  }

  /** The parts; `diagnostics`: what is wrong with the records themselves. */
  parts(file: string, told: readonly Diagnostic[]): Scenario {
    const diagnostics = boundedDiagnostics([
      ...told,
      ...this.#misplaced.map(({ line, why }) => misplaced(file, line, ...why)),
    ]);
    return {
      before: this.#before,
      failures: this.#failures,
      after: this.#after,
      timing: this.#timing,
      diagnostics,
    };
  }

  #isOfStartup({ what, at }: FailStimulus): boolean {
    if (at === "run") return false;
    if (at !== null) return true;
    return !this.#happened && what !== "signal" && what !== "interrupt";
  }
}
