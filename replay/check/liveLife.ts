import type { MachineStep } from "../../core/properties/property.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import { stateDigest } from "../../core/stateDigest.ts";
import { printState, readState } from "../../core/stateText.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { Answer, Question } from "../../events/vocabulary/startupQuestion.ts";
import { answerOf } from "../environment.ts";
import { transfer } from "./calls.ts";
import { type Life, type StartupPlan, stimulusOf } from "./life.ts";
import { type Rules, takeStep } from "./rules.ts";
import { deviceAt, type SmallBoard, smallConfig, smallEnvironment, startupPage } from "./smallBoard.ts";

/**
 * Every step of a life by some rules. Start-ups are few beside lives, and most begin alike: each step of one is taken
 * once and kept in a tree, from which lives branch off.
 */
export class LifeRunner {
  readonly #rules: Rules;
  readonly #roots = new Map<string, Node>();
  #nodes = 0;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** The steps of a life; `startup` of them are its start-up, and the same objects in every life that starts like it. */
  live(life: Life): { readonly steps: readonly MachineStep[]; readonly startup: number } {
    const steps = this.#startUp(life.board, life.startup);
    const startup = steps.length;
    let state = steps.at(-1)!.after;
    for (const happening of life.happenings) {
      const step = stepOf(this.#rules, state, stimulusOf(happening), steps.length);
      steps.push(step);
      state = step.after;
    }
    return { steps, startup };
  }

  /** Whether a life told again from a snapshot in its midst ends as it did; the snapshot goes through its text. */
  endsAlike({ cut }: Life, steps: readonly MachineStep[], fresh: number): boolean {
    if (cut === null) return true;
    const from = Math.min(fresh + cut, steps.length);
    let state = readState(printState(steps[from - 1]!.after))!;
    for (let i = from; i < steps.length; i++)
      state = takeStep(this.#rules, state, steps[i]!.stimulus, i).after;
    return stateDigest(state) === stateDigest(steps.at(-1)!.after);
  }

  #startUp(board: SmallBoard, plan: StartupPlan): MachineStep[] {
    const steps: MachineStep[] = [];
    let node = this.#root(board);
    let state = initialState("vtd");
    const tell = (key: string, stimulus: () => Stimulus): void => {
      let next = node.next.get(key);
      if (next === undefined) {
        next = { step: stepOf(this.#rules, state, stimulus(), steps.length), next: new Map() };
        if (this.#nodes++ < NODES_MAX) node.next.set(key, next);
      }
      node = next;
      steps.push(next.step!);
      state = next.step!.after;
    };
    goThrough(board, plan, () => state, tell);
    return steps;
  }

  #root(board: SmallBoard): Node {
    const key = JSON.stringify(board);
    const root = this.#roots.get(key) ?? { step: null, next: new Map() };
    this.#roots.set(key, root);
    return root;
  }
}

/** A moment of a start-up, and those that may follow it. */
interface Node {
  readonly step: MachineStep | null;
  readonly next: Map<string, Node>;
}

const NODES_MAX = 200_000;

/** The stimuli of a life, start-up included, as the rules lead to them. */
export function stimuliOf(life: Life, rules: Rules): readonly Stimulus[] {
  return new LifeRunner(rules).live(life).steps.map(({ stimulus }) => stimulus);
}

function stepOf(rules: Rules, before: IommuState, stimulus: Stimulus, at: number): MachineStep {
  return { before, stimulus, ...takeStep(rules, before, stimulus, at) };
}

/** Tells a start-up step by step; each key says which of the stimuli that may come at that moment it is. */
function goThrough(
  board: SmallBoard,
  plan: StartupPlan,
  stateNow: () => IommuState,
  tell: (key: string, stimulus: () => Stimulus) => void,
): void {
  for (let d = 0; d < board.devices; d++)
    tell("device", () => ({ kind: "device", device: deviceAt(d), unit: null }));
  const { service, bad, early, guest, safety } = plan;
  tell(service, () => ({ kind: "service.start", service, arguments: [] }));
  for (let n = 1; n <= STEPS_MAX; n++) {
    const now = stateNow().service;
    if (now?.asked == null || now.phase !== "starting") return;
    const { asked, step } = now;
    if (early?.step === n)
      tell(`early ${early.device}`, () => transfer(deviceAt(early.device), "w", startupPage(0)));
    if (asked.ask === "configuration") {
      if (plan.configError) tell("error", () => CONFIG_ERROR);
      tell(safety, () => {
        return {
          kind: "config.end",
          config: smallConfig(board, service, now.placement ?? "hardware", safety),
        };
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

const CONFIG_ERROR: Stimulus = {
  kind: "config.problem",
  severity: "error",
  code: "unknown-option",
  message: "there is no option alow",
  hint: null,
  place: { file: "check.smmu", line: 7, column: 1 },
};

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
