import type { IommuState } from "../../core/state.ts";
import type { ConfigProblemStimulus } from "../../events/startupEvents.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { ConfigFacts } from "../../events/vocabulary/configFacts.ts";
import type { Answer, Question } from "../../events/vocabulary/startupQuestion.ts";
import { answerOf } from "../environment.ts";
import { transfer } from "./calls.ts";
import type { StartupPlan } from "./life.ts";
import { deviceOn, type SmallBoard, smallConfig, smallEnvironment, startupPage } from "./smallBoard.ts";

/** Tells a start-up step by step; each key says which of the stimuli that may come at that moment it is. */
export function goThrough(
  board: SmallBoard,
  plan: StartupPlan,
  stateNow: () => IommuState,
  tell: (key: string, stimulus: () => Stimulus) => void,
): void {
  for (let d = 0; d < board.devices; d++)
    tell("device", () => ({ kind: "device", device: deviceOn(board, d), unit: null }));
  const { service, bad, early, guest, safety } = plan;
  tell(service, () => ({ kind: "service.start", service, arguments: [] }));
  for (let n = 1; n <= STEPS_MAX; n++) {
    const now = stateNow().service;
    if (now?.asked == null || now.phase !== "starting") return;
    const { asked, step } = now;
    if (early?.step === n)
      tell(`early ${early.device}`, () => transfer(deviceOn(board, early.device), "w", startupPage(0)));
    if (asked.ask === "configuration") {
      if (plan.configError) tell("error", () => CONFIG_ERROR);
      if (plan.elaborate)
        for (const told of TOLD_TWICE)
          tell(told.kind === "config.option" ? told.effect : "remark", () => told);
      tell(`${safety} ${plan.elaborate}`, () => {
        const config = smallConfig(board, service, now.placement ?? "hardware", safety);
        return { kind: "config.end", config: plan.elaborate ? elaborated(config) : config };
      });
      continue;
    }
    const isBad = bad?.step === n;
    // Whether it is a guest shows in these answers alone.
    const where = asked.ask.startsWith("vdev") ? `${guest}` : "";
    tell(isBad ? `bad ${bad.how}` : `good ${where}`, () => {
      const answer = isBad ? badAnswer(asked, bad.how) : goodAnswer(asked, board, plan);
      return { kind: "answer", step, answer };
    });
  }
}

// Far more than any start-up of a small board asks.
const STEPS_MAX = 100;

const CONFIG_ERROR: ConfigProblemStimulus = {
  kind: "config.problem",
  severity: "error",
  code: "unknown-option",
  message: "there is no option alow",
  hint: null,
  place: { file: "check.smmu", line: 7, column: 1 },
};

const TOLD_TWICE = [
  ...(["kept", "replaced", "ignored", "refused"] as const).map((effect, index) => ({
    kind: "config.option" as const,
    index,
    option: "debug",
    arguments: ["1"],
    effect,
    because: null,
    requirement: null,
    replacedBy: effect === "replaced" ? 0 : null,
    column: 1,
  })),
  { ...CONFIG_ERROR, severity: "warning" as const },
];

function elaborated(config: ConfigFacts): ConfigFacts {
  const smmu = config.smmu && { ...config.smmu, library: `smmu-${config.smmu.type}-safety.so` };
  return { ...config, smmu, user: "99:99" };
}

function goodAnswer(question: Question, board: SmallBoard, { guest }: StartupPlan): Answer {
  return answerOf(question, smallEnvironment(board, guest));
}

/** An answer that is not what a working world says; `how` chooses among several. */
function badAnswer(question: Question, how: number): Answer {
  const failed: Answer = { to: question.ask, failed: "no answer" };
  if (how === 0) return failed;
  switch (question.ask) {
    case "second-instance":
      return { to: question.ask, running: true };
    case "vdev":
      return { to: question.ask, present: false, inGuest: true, architecture: "x86" };
    case "vdev-host-service":
    case "vdev-attached":
      return { to: question.ask, confirmed: false };
    case "vdev-components":
    case "components":
      return { to: question.ask, components: [{ name: "qvm", certified: false }] };
    case "library":
      return { to: question.ask, found: how < 3, loadable: how === 1, certified: how === 2 };
    default:
      return failed;
  }
}
