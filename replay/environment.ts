import { unreachable } from "../base/assert.ts";
import type { Surroundings } from "../events/vocabulary/boardFacts.ts";
import type { Component } from "../events/vocabulary/service.ts";
import type { Answer, Question } from "../events/vocabulary/startupQuestion.ts";

/** What surrounds a service that starts. `inGuest`: it was launched in a virtual machine, whatever that has. */
export interface Environment extends Surroundings {
  readonly inGuest: boolean;
}

// A status that nobody reports counts as not certified (G-2).
const UNREPORTED: Component = { name: "what the vdev-smmu does not report", certified: false };

/** The answer of a world in which everything works and nothing exists but what the board says (contract 4). */
export function answerOf(question: Question, environment: Environment): Answer {
  const { vdev } = environment;
  switch (question.ask) {
    case "second-instance": {
      const running = environment.services.some((name) => name.startsWith("smmuman"));
      return { to: question.ask, running };
    }
    case "vdev": {
      const { inGuest, board } = environment;
      return { to: question.ask, present: vdev !== null, inGuest, architecture: board.architecture };
    }
    case "vdev-host-service":
    case "vdev-attached": {
      if (!vdev?.answers) return { to: question.ask, failed: "no reply" };
      const confirmed = question.ask === "vdev-attached" ? vdev.attached : vdev.hostService;
      return { to: question.ask, confirmed };
    }
    case "vdev-components":
      if (!vdev?.answers) return { to: question.ask, failed: "no reply" };
      return { to: question.ask, components: vdev.components ?? [UNREPORTED] };
    case "library": {
      const file = environment.files.find(({ name }) => name === question.name);
      const { loadable = false, certified = false } = file ?? {};
      return { to: question.ask, found: file !== undefined, loadable, certified };
    }
    case "components":
      return { to: question.ask, components: environment.components };
    case "soc":
      return { to: question.ask, soc: environment.soc };
    case "board":
      return { to: question.ask, board: environment.board };
    case "configuration":
      return { to: question.ask, failed: "it is told, not asked for" };
    case "memory":
    case "program":
    case "enable":
    case "abilities":
    case "name":
    case "user":
      return { to: question.ask, done: true };
    default:
      return unreachable(question, "question");
  }
}
