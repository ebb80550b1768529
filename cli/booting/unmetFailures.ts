import type { Diagnostic } from "../../base/diagnostic.ts";
import type { FailStimulus } from "../../events/startupEvents.ts";
import type { Question } from "../../events/vocabulary/startupQuestion.ts";
import { MemoryRun } from "../../replay/memoryRun.ts";
import { simulate } from "../../replay/simulate.ts";
import { boundedDiagnostics } from "../../sources/scenario/bounded.ts";
import { plural } from "../render/table.ts";
import type { AssembledBoot } from "./assembleBoot.ts";

const NAMES_MAX = 8;

/** Failures that were asked for and never happened: a boot that runs on proves nothing about them (SCN004). */
export function unmetFailures(
  { simulation, family }: Pick<AssembledBoot, "simulation" | "family">,
  failStep: number | null,
): readonly Diagnostic[] {
  if (simulation.failures.length === 0 && failStep === null) return [];
  const run = new MemoryRun(family);
  const { steps, unmet } = simulate(run, { ...simulation, after: [], failStep });
  const dss = run.state.service?.dss ?? null;
  const ended = dss === null ? "" : `; it ends in the DSS at step ${steps.length} (${dss.requirement})`;
  const each: Diagnostic[] = unmet.map(({ fail, origin }) => ({
    code: "SCN004",
    severity: "warning",
    file: origin?.file ?? null,
    line: origin?.line ?? null,
    message: `${failureText(fail)} never fails: the start-up ${whyNot(fail, steps)}${ended}`,
    hint: hintFor(fail, steps),
  }));
  const all = boundedDiagnostics(each);
  if (failStep === null || failStep <= steps.length) return all;
  const message = `--fail-step ${failStep}: the start-up has ${plural(steps.length, "step")}${ended}`;
  const hint = "--fail-each makes each of its steps fail in turn";
  return [...all, { code: "SCN004", severity: "warning", file: null, line: null, message, hint }];
}

function failureText({ what, name, at }: FailStimulus): string {
  if (what === "step") return `step ${at}`;
  return [what, ...(name === null ? [] : [name])].join(" ");
}

function whyNot({ what, at }: FailStimulus, steps: readonly Question[]): string {
  if (what === "step" || what === "signal" || what === "interrupt")
    return `has ${plural(steps.length, "step")}`;
  return typeof at === "number" ? `does not ask for it ${plural(at, "time")}` : "does not ask for it";
}

function hintFor({ what }: FailStimulus, steps: readonly Question[]): string {
  const names = namesFor(what, steps);
  if (names === null) return "steps count from 1; smmu boot lists them";
  if (names.length === 0) return `none of its steps asks for a ${what}; smmu boot lists them`;
  const more = names.length > NAMES_MAX ? ", ..." : "";
  return `what it asks for: ${names.slice(0, NAMES_MAX).join(", ")}${more}`;
}

/** What the questions of a start-up let fail under a word; null: any step. */
function namesFor(what: FailStimulus["what"], steps: readonly Question[]): readonly string[] | null {
  const named = (pick: (question: Question) => string | null) => [
    ...new Set(steps.map(pick).filter((name) => name !== null)),
  ];
  switch (what) {
    case "library":
      return named((question) => (question.ask === "library" ? question.name : null));
    case "unit":
      return named((question) =>
        question.ask === "program" || question.ask === "enable" ? question.unit : null,
      );
    case "memory":
      return named((question) => (question.ask === "memory" ? (question.device ?? question.unit) : null));
    case "vdev":
      return named(({ ask }) => (ask.startsWith("vdev-") ? ask.slice("vdev-".length) : null));
    case "procnto":
      return named(({ ask }) => (ask === "abilities" || ask === "name" ? ask : null));
    case "signal":
    case "interrupt":
    case "step":
      return null;
  }
}
