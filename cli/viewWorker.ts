import { parentPort, workerData } from "node:worker_threads";
import { StoreError } from "../store/eventStore.ts";
import { RequestProblem } from "../viewer/problem.ts";
import { doJob, type Job } from "../viewer/work.ts";
import { withStore } from "./openStore.ts";

/** What the thread is asked. */
export interface Asked {
  readonly id: number;
  readonly job: Job;
}

/** What it answers: JSON text, or a sentence and the status that it goes with. */
export type Answered =
  | { readonly id: number; readonly text: string }
  | { readonly id: number; readonly status: RequestProblem["status"] | 500; readonly problem: string };

// The database is opened for each question: a boot may have been imported, or removed, since the last.
parentPort?.on("message", async ({ id, job }: Asked) => {
  parentPort!.postMessage(await answer(id, job));
});

async function answer(id: number, job: Job): Promise<Answered> {
  try {
    return { id, text: await withStore(workerData as string, "read", (store) => doJob(store, job)) };
  } catch (error) {
    if (error instanceof RequestProblem) return { id, status: error.status, problem: error.message };
    if (error instanceof StoreError)
      return { id, status: error.reason === "missing" ? 404 : 500, problem: error.message };
    return { id, status: 500, problem: `this is a bug in smmu view (${(error as Error).message})` };
  }
}
