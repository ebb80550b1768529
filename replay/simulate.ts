import type { Json } from "../base/canonicalJson.ts";
import type { Outcome } from "../events/outcome.ts";
import type { Origin } from "../events/recordedEvent.ts";
import type { Stimulus } from "../events/stimulus.ts";
import type { Placement, ServiceName } from "../events/vocabulary/service.ts";
import type { Question } from "../events/vocabulary/startupQuestion.ts";
import { answerOf, type Environment } from "./environment.ts";
import { StartupFailures, type WantedFailure } from "./startupFailures.ts";
import { StreamDevices } from "./streamDevices.ts";

/** A stimulus and where it was told. */
export interface ToldStimulus {
  readonly stimulus: Stimulus;
  readonly origin: Origin | null;
  readonly t?: number | null;
  readonly extra?: { readonly [name: string]: Json } | null;
}

/** What takes the events of a simulation, and says what the machine makes of each stimulus. */
export interface SimulationSink {
  record(told: ToldStimulus): readonly Outcome[];
}

/** A service to start, and everything that will happen to it. */
export interface Simulation {
  readonly service: ServiceName;
  /** Its command line, for the record. */
  readonly arguments: readonly string[];
  readonly environment: Environment;
  /** What its configuration tells it once it knows where it runs: options, what is wrong, the end. */
  readonly configuration: (placement: Placement) => readonly ToldStimulus[];
  readonly before: readonly ToldStimulus[];
  readonly failures: readonly WantedFailure[];
  readonly after: readonly ToldStimulus[];
  /** The number of the start-up step that fails; null: none beside `failures`. */
  readonly failStep: number | null;
  /** When the service is launched and how long its steps take, in ns; absent or null: events of the start-up have no time. */
  readonly timing?: { readonly launched: number; readonly step: number } | null;
}

/** What a start-up asked, and what it never asked for. */
export interface SimulationReport {
  /** The questions in order: step n is the n-th. */
  readonly steps: readonly Question[];
  /** Failures that were wanted of the start-up and did not happen: nothing of that name was asked for so often. */
  readonly unmet: readonly WantedFailure[];
}

/**
 * Starts a service and lets the scenario happen. The machine asks, the environment answers, and both are recorded: a
 * replay needs no environment. Devices exist, and may do DMA, before the service does (PUR-5).
 */
export function simulate(sink: SimulationSink, simulation: Simulation): SimulationReport {
  const { service, environment, timing = null } = simulation;
  for (const { device, listed } of environment.board.devices) {
    if (!listed) continue;
    sink.record({ stimulus: { kind: "device", device, unit: null }, origin: null, t: timing && 0 });
  }
  for (const told of simulation.before) sink.record(unserved(told));
  const start: Stimulus = { kind: "service.start", service, arguments: simulation.arguments };
  const failures = new StartupFailures(simulation.failures, simulation.failStep);
  const streams = new StreamDevices();
  let now = timing && timing.launched;
  const starting: SimulationSink = {
    record(told) {
      const outcomes = sink.record({ ...told, t: now });
      streams.take(outcomes);
      // What is asked is answered a step later.
      if (now !== null && outcomes.some(({ kind }) => kind === "Asked")) now += timing!.step;
      return outcomes;
    },
  };
  const launched = starting.record({ stimulus: start, origin: null });
  const steps = startUp(starting, simulation, failures, launched);
  for (const stimulus of streams.of(simulation.after.map((told) => told.stimulus)))
    sink.record({ stimulus, origin: null, t: now });
  for (const told of simulation.after) sink.record(told);
  return { steps, unmet: failures.unmet() };
}

/** The log says of a VM that starts before the service that nobody serves it (HV-8): a replay decides by the log alone. */
function unserved(told: ToldStimulus): ToldStimulus {
  const { stimulus } = told;
  return stimulus.kind === "vm" ? { ...told, stimulus: { ...stimulus, hostService: false } } : told;
}

/** Answers question after question until there is none. */
function startUp(
  sink: SimulationSink,
  simulation: Simulation,
  failures: StartupFailures,
  launched: readonly Outcome[],
): readonly Question[] {
  const steps: Question[] = [];
  let placement: Placement = "hardware";
  let outcomes = launched;
  for (;;) {
    const decided = outcomes.find((outcome) => outcome.kind === "PlacementDecided");
    placement = decided?.placement ?? placement;
    const asked = outcomes.find((outcome) => outcome.kind === "Asked");
    if (asked === undefined) return steps;
    const { step, question } = asked;
    steps.push(question);
    // A signal may end the service here; what is answered afterwards goes unheard, so nothing is.
    const ended = failures.before(step).some(({ fail, origin }) => {
      return sink.record({ stimulus: fail, origin }).some(({ kind }) => kind === "DssEntered");
    });
    if (ended) return steps;
    const failure = failures.of(step, question);
    outcomes =
      failure === null && question.ask === "configuration"
        ? tellAll(sink, simulation.configuration(placement))
        : sink.record(answerTold(step, question, simulation.environment, failure));
  }
}

function tellAll(sink: SimulationSink, all: readonly ToldStimulus[]): readonly Outcome[] {
  let last: readonly Outcome[] = [];
  for (const told of all) last = sink.record(told);
  return last;
}

function answerTold(
  step: number,
  question: Question,
  environment: Environment,
  failure: WantedFailure | null,
): ToldStimulus {
  if (failure === null) {
    return { stimulus: { kind: "answer", step, answer: answerOf(question, environment) }, origin: null };
  }
  const { what, name } = failure.fail;
  const failed = `injected failure of ${what}${name === null ? "" : ` ${name}`}`;
  return { stimulus: { kind: "answer", step, answer: { to: question.ask, failed } }, origin: failure.origin };
}
