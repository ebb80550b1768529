import type { MachineStep } from "../../core/properties/property.ts";
import type { Outcome } from "../../events/outcome.ts";
import { innermost } from "../../events/vmEvents.ts";

/** How often each thing came up: a group (`event`, `denied`, a function's name, ...) and what of it. */
export type CoverageCounts = { readonly [group: string]: { readonly [what: string]: number } };

/** How often each kind of event, each return of each function, each verdict and each reason came up. */
export class Coverage {
  readonly #groups = new Map<string, Map<string, number>>();

  /** Counts what a step shows, `times` times over. */
  add({ stimulus, outcomes }: MachineStep, times = 1): void {
    this.#count("event", stimulus.kind, times);
    for (const outcome of outcomes) {
      if (outcome.kind !== "InGuest") this.#outcome(outcome, "event", times);
      else {
        this.#count("event", "InGuest", times);
        this.#outcome(innermost(outcome), "in a guest", times);
      }
    }
  }

  /** Adds what was counted elsewhere. */
  addAll(counts: CoverageCounts): void {
    for (const [group, all] of Object.entries(counts))
      for (const [what, times] of Object.entries(all)) this.#count(group, what, times);
  }

  /** The counts by group, sorted. */
  get counts(): CoverageCounts {
    return sorted([...this.#groups].map(([group, all]) => [group, sorted([...all])]));
  }

  /** Whether something came up at all. */
  has(group: string, what: string): boolean {
    return this.#groups.get(group)?.has(what) === true;
  }

  #outcome(outcome: Outcome, group: string, times: number): void {
    this.#count(group, outcome.kind, times);
    switch (outcome.kind) {
      case "CallReturned":
        return this.#count(outcome.function, outcome.errno ?? "success", times);
      case "TransferDenied":
      case "TransferPermitted":
        if (outcome.conformance !== null) this.#count("beside what was recorded", outcome.conformance, times);
        return outcome.kind === "TransferDenied"
          ? this.#count("denied", outcome.reason, times)
          : this.#count("permitted", outcome.via, times);
      case "DssEntered":
        return this.#count("DSS", outcome.reason, times);
      case "Ignored":
        return this.#count("ignored", outcome.why, times);
      case "FaultLogged":
        return this.#count("fault record", outcome.fate, times);
      case "VmRefused":
      case "VmReported":
        return this.#count(
          outcome.kind === "VmRefused" ? "VM refused" : "VM reported",
          outcome.requirement,
          times,
        );
      case "LibraryRefused":
        return this.#count("library refused", outcome.because, times);
      default:
        return;
    }
  }

  #count(group: string, what: string, times: number): void {
    let all = this.#groups.get(group);
    if (all === undefined) {
      all = new Map();
      this.#groups.set(group, all);
    }
    all.set(what, (all.get(what) ?? 0) + times);
  }
}

function sorted<T>(entries: [string, T][]): { [name: string]: T } {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
