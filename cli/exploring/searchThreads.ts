import { Worker } from "node:worker_threads";
import type { Round, RoundResult, Space } from "../../replay/explore/expander.ts";
import type { ThreadAnswer, ThreadData, ThreadTask } from "./searchThread.ts";

/** Threads that help with rounds of a search. */
export class SearchThreads {
  readonly #threads: readonly Worker[];
  #failed: (error: Error) => void = () => {};

  constructor(helpers: number, data: ThreadData) {
    this.#threads = Array.from({ length: helpers }, () => {
      const thread = new Worker(new URL("./searchThread.js", import.meta.url), { workerData: data });
      thread.on("error", (error) => this.#failed(error));
      return thread;
    });
  }

  /** Has every thread take part in a round; what each made of it. */
  async run(space: Space, round: Round): Promise<readonly RoundResult[]> {
    if (this.#threads.length === 0) return [];
    const failure = new Promise<never>((_, reject) => {
      this.#failed = reject;
    });
    const results = this.#threads.map(
      (thread) =>
        new Promise<RoundResult>((resolve, reject) => {
          thread.once("message", (answer: ThreadAnswer) => {
            if ("result" in answer) resolve(answer.result);
            else reject(new Error(`a thread of the search failed: ${answer.problem}`));
          });
          thread.postMessage({ space, round } satisfies ThreadTask);
        }),
    );
    return Promise.race([Promise.all(results), failure]);
  }

  /** Ends them. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}
