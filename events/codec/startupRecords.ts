import { unreachable } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type { StartupStimulus } from "../startupEvents.ts";

/** What a start-up is told, as a record of the trace format (contract 5), `kind` first. */
export function startupMembers(stimulus: StartupStimulus): {
  readonly kind: string;
  readonly [name: string]: Json;
} {
  switch (stimulus.kind) {
    case "service.start":
      return { kind: stimulus.kind, service: stimulus.service, arguments: stimulus.arguments };
    case "config.option": {
      const { kind, ...members } = stimulus;
      return { kind, ...members };
    }
    case "config.problem": {
      const { kind, place, ...members } = stimulus;
      return { kind, ...members, place: { ...place } };
    }
    // Plain data throughout, in the very form of contract 3.
    case "config.end":
      return { kind: stimulus.kind, config: stimulus.config as unknown as Json };
    case "answer":
      return { kind: stimulus.kind, step: stimulus.step, answer: stimulus.answer as unknown as Json };
    case "fail": {
      const { kind, what, name, at } = stimulus;
      return { kind, what, ...(name === null ? {} : { name }), ...(at === null ? {} : { at }) };
    }
    default:
      return unreachable(stimulus, "start-up stimulus");
  }
}
