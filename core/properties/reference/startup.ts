import type { AnswerStimulus } from "../../../events/startupEvents.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { Component } from "../../../events/vocabulary/service.ts";
import type { Answer, Asks, Question } from "../../../events/vocabulary/startupQuestion.ts";
import type { ServiceState } from "../../startup/serviceState.ts";
import { boardRefusal } from "./board.ts";

/** What a stimulus should make of a service. */
export type Fate =
  /** It goes on, or comes to be; `counts`: the question that has one answer more. */
  | { readonly kind: "goes on"; readonly counts: Asks | null; readonly now?: Partial<ServiceState> }
  | { readonly kind: "ends"; readonly reason: string }
  /** It was not asked, or it does not concern it: nothing of it changes. */
  | { readonly kind: "unmoved" }
  /** A reader of the rules cannot tell without reading the board. */
  | { readonly kind: "depends" };

/** The start-up and its end read off the guide (HG-2, HG-3, SAF-1 to SAF-8a, DSS-3, G-2 to G-8, G-22, G-44). */
export function fateOf(service: ServiceState | null, stimulus: Stimulus): Fate {
  if (stimulus.kind === "service.start") {
    const { service: name } = stimulus;
    const safety = name === "smmuman-safety" ? "required" : "none";
    return service === null ? goesOn(null, { name, safety, phase: "starting" }) : UNMOVED;
  }
  if (service === null) return { kind: "depends" };
  if (service.phase === "dss") return UNMOVED;
  switch (stimulus.kind) {
    case "fail":
      return fateOfFailure(service, stimulus.what, stimulus.name);
    case "config.problem": {
      if (service.asked?.ask !== "configuration" || stimulus.severity !== "error") return UNMOVED;
      return goesOn(null, { phase: "starting" });
    }
    case "config.end":
      if (service.asked?.ask !== "configuration") return UNMOVED;
      if (service.refusal !== null) return ends("configuration-error");
      if (service.placement === "hardware" && stimulus.config.smmu === null) return ends("hardware-absent");
      return goesOn("configuration", { config: stimulus.config, safety: stimulus.config.safety });
    case "answer":
      return service.asked?.ask === stimulus.answer.to && service.step === stimulus.step
        ? fateOfAnswer(service, service.asked, stimulus.answer)
        : UNMOVED;
    default:
      return UNMOVED;
  }
}

const UNMOVED: Fate = { kind: "unmoved" };

function goesOn(counts: Asks | null, now: Partial<ServiceState> = {}): Fate {
  return { kind: "goes on", counts, now };
}

function ends(reason: string): Fate {
  return { kind: "ends", reason };
}

function fateOfFailure({ placement }: ServiceState, what: string, name: string | null): Fate {
  switch (what) {
    case "signal":
      return ["SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"].includes(name ?? "SIGTERM")
        ? UNMOVED
        : ends("terminated");
    case "interrupt":
    case "procnto":
      return ends("undefined-condition");
    case "unit":
      return ends("unit-failure");
    case "memory":
      return ends("resource-exhausted");
    case "vdev":
      return placement === "guest" ? ends("vdev-not-confirmed") : UNMOVED;
    default:
      return UNMOVED;
  }
}

// No answer is never taken as the good one (DSS-1); a library and components have rules of their own.
const UNANSWERED: { readonly [ask in Asks]?: string } = {
  "second-instance": "undefined-condition",
  vdev: "undefined-condition",
  configuration: "configuration-error",
  "vdev-host-service": "vdev-not-confirmed",
  "vdev-attached": "vdev-not-confirmed",
  "vdev-components": "vdev-not-confirmed",
  soc: "board-error",
  board: "board-error",
  memory: "resource-exhausted",
  program: "unit-failure",
  enable: "unit-failure",
  abilities: "undefined-condition",
  name: "undefined-condition",
  user: "undefined-condition",
};

function fateOfAnswer(service: ServiceState, question: Question, answer: AnswerStimulus["answer"]): Fate {
  if ("failed" in answer && UNANSWERED[question.ask] !== undefined) return ends(UNANSWERED[question.ask]!);
  switch (question.ask) {
    case "second-instance":
      return told(answer, question.ask)?.running ? ends("second-instance") : goesOn(question.ask);
    case "vdev": {
      const { present = false, inGuest = true } = told(answer, question.ask) ?? {};
      if (!present && inGuest) return ends("hardware-absent");
      return goesOn(question.ask, { placement: present ? "guest" : "hardware" });
    }
    case "vdev-host-service":
    case "vdev-attached":
      return (answer as { confirmed?: boolean }).confirmed === true
        ? goesOn(question.ask)
        : ends("vdev-not-confirmed");
    case "components":
    case "vdev-components": {
      const list = (answer as { components?: readonly Component[] }).components ?? [UNTOLD];
      if (service.safety === "required" && list.some(({ certified }) => !certified))
        return ends("component-not-certified");
      // What is not told by name is named by the service itself.
      if ("failed" in answer) return goesOn(question.ask);
      return goesOn(question.ask, { components: [...service.components, ...list] });
    }
    case "library":
      return fateOfLibrary(service, question, told(answer, "library"));
    case "soc": {
      const chip = told(answer, question.ask)?.soc ?? null;
      const pairs =
        service.config?.smmu?.parameters.slice(3).map((pair) => pair.split(".").map(BigInt)) ?? [];
      const isMeant =
        chip !== null &&
        pairs.some(([id, revision]) => id === BigInt(chip.id) && revision === BigInt(chip.revision));
      return isMeant ? goesOn(question.ask) : ends("board-error");
    }
    case "board": {
      const board = told(answer, question.ask)?.board;
      const refusal = board === undefined ? "board-error" : boardRefusal(service, board);
      return refusal === null ? goesOn(question.ask) : ends(refusal);
    }
    default:
      return goesOn(question.ask);
  }
}

const UNTOLD: Component = { name: "", certified: false };

function told<Word extends Answer["to"]>(
  answer: Answer,
  _word: Word,
): Extract<Answer, { to: Word }> | undefined {
  return "failed" in answer ? undefined : (answer as Extract<Answer, { to: Word }>);
}

/** SAF-1, SAF-2: the names in turn; SAF-8a: the name alone makes nothing certified. */
function fateOfLibrary(
  service: ServiceState,
  { role, name }: Extract<Question, { ask: "library" }>,
  answer: { readonly found: boolean; readonly loadable: boolean; readonly certified: boolean } | undefined,
): Fate {
  if (role !== "support") return { kind: "depends" };
  const loaded = answer?.found === true && answer.loadable;
  const found = answer?.found === true;
  const libraries = [...service.libraries, { role, name, found, loaded }];
  if (loaded) {
    const certified = answer.certified && /-safety\.so$/.test(name);
    if (service.safety === "required" && !certified) return ends("component-not-certified");
    return goesOn("library", { libraries, components: [...service.components, { name, certified }] });
  }
  const names = supportNames(service);
  if (names.some((each) => !libraries.some((tried) => tried.name === each)))
    return goesOn("library", { libraries });
  const written = service.config?.smmu?.library ?? service.config?.smmu?.type ?? "";
  const isForced = /(\.so|-safety)$/.test(written);
  const wasThere = libraries.some((tried) => tried.found);
  const isSafety = names.some((each) => /-safety\.so$/.test(each));
  const isMissing = isForced && isSafety && service.safety === "required" && !wasThere;
  return ends(isMissing ? "safety-component-missing" : "hardware-absent");
}

/** The file names that the support library may have, in order (SAF-1, SAF-3, G-5). */
export function supportNames({ name, config }: ServiceState): readonly string[] {
  const smmu = config?.smmu;
  if (smmu == null) return [];
  const written = smmu.library ?? smmu.type;
  if (written.endsWith(".so")) return written.startsWith("smmu-") ? [written] : [written, `smmu-${written}`];
  const plain = `smmu-${written}.so`;
  if (name !== "smmuman-safety" || written.endsWith("-safety")) return [plain];
  return [`smmu-${written}-safety.so`, plain];
}

// HG-1, HG-3, G-34, G-4: each of them is over before the next begins; those in brackets may be left out.
const ORDER: { readonly [placement in "hardware" | "guest"]: readonly string[] } = {
  hardware: [
    "second-instance",
    "vdev",
    "configuration",
    "library",
    "components",
    "(soc)",
    "board",
    "memory",
    "program",
    "enable",
    "abilities",
    "name",
    "(user)",
  ],
  guest: [
    "second-instance",
    "vdev",
    "configuration",
    "vdev-host-service",
    "vdev-attached",
    "vdev-components",
    "(library)",
    "components",
    "board",
    "memory",
    "program",
    "enable",
    "abilities",
    "name",
    "(user)",
  ],
};

/**
 * Whether a service asks what is due: nothing that comes later was asked before, everything that comes earlier has its
 * answers. `tables`: how many devices are granted something. Null question: whether it may say that it is ready.
 */
export function isDue(service: ServiceState, question: Question | null, tables: number): boolean {
  const { answered, placement, config } = service;
  const order = ORDER[placement ?? "hardware"];
  const at =
    question === null ? order.length : order.findIndex((word) => word.replace(/[()]/g, "") === question.ask);
  if (at < 0) return false;
  const units = service.units?.length ?? 0;
  const wanted: { readonly [word: string]: number } = {
    memory: units + tables,
    program: units,
    enable: units,
    "(user)": config?.user == null ? 0 : 1,
  };
  return order.every((each, i) => {
    const word = each.replace(/[()]/g, "") as Asks;
    const count = answered[word] ?? 0;
    const full = wanted[each] ?? (each.startsWith("(") ? 0 : 1);
    if (i > at) return count === 0;
    if (i < at) {
      if (word === "library") return each.startsWith("(") || service.libraries.some(({ loaded }) => loaded);
      return word in MANY || each.startsWith("(") ? count >= full : count === 1;
    }
    return question?.ask === "library" ? isNextLibrary(service, question) : count < Math.max(full, 1);
  });
}

const MANY = { memory: 1, program: 1, enable: 1 };

function isNextLibrary(
  service: ServiceState,
  { role, name }: Extract<Question, { ask: "library" }>,
): boolean {
  if (role !== "support") return true;
  return (
    supportNames(service).find((each) => !service.libraries.some((tried) => tried.name === each)) === name
  );
}
