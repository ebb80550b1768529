import { eventAt } from "../replay/bootEvents.ts";
import { explainEvent } from "../replay/why/why.ts";
import type { BootReader, EventStore } from "../store/eventStore.ts";
import { diffView } from "./diffView.ts";
import { RequestProblem } from "./problem.ts";

/** A question whose answer may take a second: of two boots, or of one event. */
export type Job =
  | { readonly kind: "diff"; readonly boot: string; readonly other: string }
  | { readonly kind: "why"; readonly boot: string; readonly seq: number };

/** Who does such work: another thread, so that the page goes on meanwhile, or this one. */
export interface Worker {
  /** The answer as JSON text; rejects with a {@link RequestProblem} where there is none. */
  run(job: Job): Promise<string>;
}

/** Does the work here and now. */
export function sameThread(store: EventStore): Worker {
  return { run: async (job) => doJob(store, job) };
}

/** The answer to a question, as JSON text. */
export function doJob(store: EventStore, job: Job): string {
  const reader = store.read(job.boot);
  return JSON.stringify(
    job.kind === "diff" ? diffView(reader, store.read(job.other)) : whyView(reader, job.seq),
  );
}

/** The story behind a verdict or a report. */
function whyView(reader: BootReader, seq: number): unknown {
  const asked = explainEvent(reader, eventAt(reader, seq)!);
  if (!("problem" in asked)) return asked.explanation;
  const missing = asked.missing.length === 0 ? "" : `; missing: ${asked.missing.join("; ")}`;
  throw new RequestProblem(422, `${asked.problem}${missing}`);
}
