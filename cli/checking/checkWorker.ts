import { parentPort, workerData } from "node:worker_threads";
import { type ChunkResult, SentenceError } from "../../replay/check/checker.ts";
import { InputError } from "../inputError.ts";
import { type CheckPlan, prepareCheck } from "./checkPlan.ts";

/** Lives to live. */
export interface ChunkTask {
  readonly chunk: number;
  readonly lives: number;
}

/** What a thread says: that it can begin, what a chunk showed, or why it cannot go on. */
export type ChunkAnswer =
  | { readonly ready: true }
  | { readonly result: ChunkResult }
  | { readonly input: string }
  | { readonly bug: string };

const { plan, seed } = workerData as { readonly plan: CheckPlan; readonly seed: number };

async function work(): Promise<void> {
  const { checker } = await prepareCheck(plan);
  parentPort!.on("message", ({ chunk, lives }: ChunkTask) => {
    try {
      say({ result: checker.chunk(seed, chunk, lives) });
    } catch (error) {
      say(problem(error));
    }
  });
  say({ ready: true });
}

function say(answer: ChunkAnswer): void {
  parentPort!.postMessage(answer);
}

function problem(error: unknown): ChunkAnswer {
  if (error instanceof InputError || error instanceof SentenceError) return { input: error.message };
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

work().catch((error: unknown) => say(problem(error)));
