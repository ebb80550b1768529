import type { Origin } from "../events/recordedEvent.ts";
import type { FailStimulus, Failure } from "../events/startupEvents.ts";
import type { Question } from "../events/vocabulary/startupQuestion.ts";

/** A failure that a scenario wants while a service starts, and the line that wants it. */
export interface WantedFailure {
  readonly fail: FailStimulus;
  readonly origin: Origin | null;
}

/** Decides which questions of a start-up fail, and which signals and interrupts come before them. */
export class StartupFailures {
  readonly #wanted: readonly WantedFailure[];
  readonly #failStep: number | null;
  readonly #asked = new Map<WantedFailure, number>();
  readonly #met = new Set<WantedFailure>();

  /** `failStep`: that step fails as well, whatever it asks. */
  constructor(wanted: readonly WantedFailure[], failStep: number | null) {
    this.#wanted = wanted;
    this.#failStep = failStep;
  }

  /** The failure of a question, or null where it may be answered. To be asked once for each step. */
  of(step: number, question: Question): WantedFailure | null {
    let found: WantedFailure | null = null;
    for (const wanted of this.#wanted) {
      const { what, name, at } = wanted.fail;
      const isStep = what === "step" && (at === null || at === "start-up" || at === step);
      if (!isStep && !concerns(what, name, question)) continue;
      const count = (this.#asked.get(wanted) ?? 0) + 1;
      this.#asked.set(wanted, count);
      if (!isStep && typeof at === "number" && at !== count) continue;
      // Two that fail the same question are both met.
      this.#met.add(wanted);
      found ??= wanted;
    }
    if (found !== null || this.#failStep !== step) return found;
    return { fail: { kind: "fail", what: "step", name: null, at: step }, origin: null };
  }

  /** Signals and interrupts that come before a step is answered. */
  before(step: number): readonly WantedFailure[] {
    const come = this.#wanted.filter(
      ({ fail: { what, at } }) =>
        (what === "signal" || what === "interrupt") && (at === step || (at === "start-up" && step === 1)),
    );
    for (const wanted of come) this.#met.add(wanted);
    return come;
  }

  /** Those that nothing asked for: the start-up was as if they had not been told. */
  unmet(): readonly WantedFailure[] {
    return this.#wanted.filter((wanted) => !this.#met.has(wanted));
  }
}

/** Whether a failure of `what`, or of the one named, is about a question. */
function concerns(what: Failure, name: string | null, question: Question): boolean {
  const names = (text: string) => name === null || name === text;
  switch (question.ask) {
    case "library":
      return what === "library" && (names(question.name) || isBaseName(name, question.name));
    case "vdev-host-service":
    case "vdev-attached":
    case "vdev-components":
      return what === "vdev" && (names(question.ask) || names(question.ask.slice("vdev-".length)));
    case "memory":
      return what === "memory" && names(question.device ?? question.unit);
    case "program":
    case "enable":
      return what === "unit" && (names(question.unit) || name === question.ask);
    case "abilities":
    case "name":
      return what === "procnto" && names(question.ask);
    default:
      return false;
  }
}

// `vtd` means every file that `smmu vtd` may load.
function isBaseName(name: string | null, file: string): boolean {
  return (
    name !== null &&
    !name.includes(".") &&
    new RegExp(`^smmu-(cfg-)?${escaped(name)}(-safety)?\\.so$`).test(file)
  );
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, "\\$&");
}
