import { unreachable } from "../../base/assert.ts";
import type { Outcome } from "../../events/outcome.ts";
import {
  type AnswerStimulus,
  type ConfigEndStimulus,
  type ConfigOptionStimulus,
  type ConfigProblemStimulus,
  isStartupOutcome,
  type ServiceStartStimulus,
  type StartupOutcome,
  type StartupStimulus,
} from "../../events/startupEvents.ts";
import type { IommuState } from "../state.ts";
import type { Answered } from "./answered.ts";
import { answered } from "./answers.ts";
import { type DssCause, enterDss } from "./dss.ts";
import { evolveService } from "./evolveService.ts";
import { failureWhileRunning } from "./failures.ts";
import { debugMessage, message, OUTPUT_RUNNING, OUTPUT_STARTING } from "./messages.ts";
import { nextStep } from "./nextStep.ts";
import { type ServiceState, serviceOf } from "./serviceState.ts";

/** What a service makes of something that concerns its start-up. */
export function decideStartup(state: IommuState, stimulus: StartupStimulus): readonly Outcome[] {
  const service = serviceOf(state);
  switch (stimulus.kind) {
    case "service.start":
      return service === null ? settle(null, started(stimulus)) : NOT_ASKED;
    case "fail":
      return failureWhileRunning(state, stimulus);
    case "config.option":
      return isReading(service) ? [optionOutcome(stimulus)] : NOT_ASKED;
    case "config.problem":
      return isReading(service) ? problemOutcomes(service, stimulus) : NOT_ASKED;
    case "config.end":
      return isReading(service) ? endOfConfig(service, stimulus) : NOT_ASKED;
    case "answer":
      return isAnswerTo(service, stimulus)
        ? conclude(service, answered(state, service, service.asked!, stimulus.answer))
        : NOT_ASKED;
    default:
      return unreachable(stimulus, "start-up stimulus");
  }
}

const NOT_ASKED: readonly Outcome[] = [{ kind: "Ignored", why: "not-asked" }];

function started({ service }: ServiceStartStimulus): readonly StartupOutcome[] {
  return [{ kind: "ServiceStarted", service, output: OUTPUT_STARTING }];
}

function isReading(service: ServiceState | null): service is ServiceState {
  return service?.asked?.ask === "configuration";
}

function isAnswerTo(service: ServiceState | null, { step, answer }: AnswerStimulus): service is ServiceState {
  return service?.asked?.ask === answer.to && service.step === step;
}

function optionOutcome(option: ConfigOptionStimulus): StartupOutcome {
  const { index, option: word, because, requirement, replacedBy } = option;
  switch (option.effect) {
    case "kept":
      return { kind: "ConfigOptionRead", index, option: word };
    case "replaced":
      return { kind: "ConfigOptionReplaced", index, option: word, by: replacedBy, requirement };
    case "ignored":
      return { kind: "ConfigOptionIgnored", index, option: word, because, requirement };
    case "refused":
      return { kind: "ConfigOptionRefused", index, option: word, because, requirement };
    default:
      return unreachable(option.effect, "effect");
  }
}

function problemOutcomes(
  service: ServiceState,
  { severity, code, message: text, place }: ConfigProblemStimulus,
): readonly StartupOutcome[] {
  const where = place.file === null ? "" : `${place.file}:${place.line ?? "-"}: `;
  if (severity === "note") return [{ kind: "ConfigRemarked", code, message: text, place }];
  const told = message(service, severity, `${where}${text}`);
  if (severity === "warning") return [{ kind: "ConfigRemarked", code, message: text, place }, told];
  return [{ kind: "ConfigRefused", code, message: text, place, requirement: "G-7" }, told];
}

function endOfConfig(service: ServiceState, { config }: ConfigEndStimulus): readonly Outcome[] {
  const { refusal } = service;
  if (refusal !== null) {
    const { code, message: text, place } = refusal;
    const where = place === null ? "" : `${place.file}:${place.line}: `;
    const detail = `the configuration is refused: ${where}${text} (${code})`;
    return enterDss(service, { reason: "configuration-error", requirement: "G-7", detail, told: place });
  }
  const accepted: Outcome = { kind: "ConfigAccepted", config };
  return settle(service, [accepted, ...relaxedSafety(service, config.safety)]);
}

// G-6: a relaxation must be explicit, and logged.
function relaxedSafety(service: ServiceState, safety: string): readonly StartupOutcome[] {
  if (service.name !== "smmuman-safety" || safety === "required") return [];
  const detail = `safety ${safety}: components that are not certified are accepted`;
  return [
    { kind: "ProtectionRelaxed", what: "safety", detail, requirement: "SAF-6" },
    message(service, "warning", detail),
  ];
}

function conclude(service: ServiceState, result: Answered): readonly Outcome[] {
  if (result.kind === "facts") return settle(service, result.facts);
  return stop(service, result.facts, result.cause);
}

function stop(service: ServiceState | null, facts: readonly Outcome[], cause: DssCause): readonly Outcome[] {
  return [...facts, ...enterDss(after(service, facts), cause)];
}

/** The facts, and what the service does next now that they are known. */
function settle(service: ServiceState | null, facts: readonly Outcome[]): readonly Outcome[] {
  const now = after(service, facts);
  if (now === null) return facts;
  const next = nextStep(now);
  switch (next.kind) {
    case "ask":
      return [...facts, { kind: "Asked", step: now.step + 1, question: next.question }];
    case "dss":
      return stop(service, facts, next.cause);
    case "ready":
      return [...facts, ...ready(now)];
    default:
      return unreachable(next, "step");
  }
}

// FG-2, G-3: in the background the launching command returns now, and not before.
function ready(service: ServiceState): readonly StartupOutcome[] {
  const foreground = service.config?.foreground ?? false;
  return [
    ...debugMessage(service, 1, "initialization is complete"),
    { kind: "ServiceReady", foreground, output: OUTPUT_RUNNING, exitStatus: foreground ? null : 0 },
  ];
}

function after(service: ServiceState | null, facts: readonly Outcome[]): ServiceState | null {
  let now = service;
  for (const fact of facts) if (isStartupOutcome(fact)) now = evolveService(now, fact, 0);
  return now;
}
