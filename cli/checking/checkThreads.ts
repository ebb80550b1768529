import { Worker as Thread } from "node:worker_threads";
import type { ChunkResult } from "../../replay/check/checker.ts";
import { InputError } from "../inputError.ts";
import type { CheckPlan } from "./checkPlan.ts";
import type { ChunkAnswer, ChunkTask } from "./checkWorker.ts";

/** Lives chunks on threads; whichever lives one, it comes to the same. */
export async function onThreads(
  plan: CheckPlan,
  seed: number,
  threads: number,
  tasks: Iterator<ChunkTask>,
  take: (result: ChunkResult) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: threads }, () => oneThread(plan, seed, tasks, take)));
}

function oneThread(
  plan: CheckPlan,
  seed: number,
  tasks: Iterator<ChunkTask>,
  take: (result: ChunkResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = new Thread(new URL("./checkWorker.js", import.meta.url), { workerData: { plan, seed } });
    const end = (settle: () => void): void => {
      void thread.terminate();
      settle();
    };
    const next = (): void => {
      const { value, done } = tasks.next();
      if (done === true) end(resolve);
      else thread.postMessage(value);
    };
    thread.on("message", (answer: ChunkAnswer) => {
      if ("ready" in answer) return next();
      if ("input" in answer) return end(() => reject(new InputError(answer.input)));
      if ("bug" in answer) return end(() => reject(new Error(answer.bug)));
      take(answer.result);
      next();
    });
    thread.on("error", (error) => end(() => reject(error)));
  });
}
