import { Worker as Thread } from "node:worker_threads";
import { RequestProblem } from "../viewer/problem.ts";
import type { Job, Worker } from "../viewer/work.ts";
import type { Answered, Asked } from "./viewWorker.ts";

/** Long answers of the viewer, worked out by a thread of its own that reads the same database. */
export class ViewThread implements Worker {
  readonly #db: string;
  readonly #waiting = new Map<number, { resolve(text: string): void; reject(error: Error): void }>();
  #thread: Thread | null = null;
  #asked = 0;

  constructor(db: string) {
    this.#db = db;
  }

  run(job: Job): Promise<string> {
    const id = this.#asked++;
    this.#thread ??= this.#start();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#thread!.postMessage({ id, job } satisfies Asked);
    });
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Thread {
    const thread = new Thread(new URL("./viewWorker.js", import.meta.url), { workerData: this.#db });
    thread.on("message", (answered: Answered) => {
      const { resolve, reject } = this.#waiting.get(answered.id)!;
      this.#waiting.delete(answered.id);
      if ("text" in answered) resolve(answered.text);
      else if (answered.status === 500) reject(new Error(answered.problem));
      else reject(new RequestProblem(answered.status, answered.problem));
    });
    // A thread that died, of memory for instance, takes its questions along; the next one gets another.
    thread.on("error", (error) => this.#lost(error));
    thread.on("exit", () => this.#lost(new Error("the thread ended")));
    return thread;
  }

  #lost(error: Error): void {
    this.#thread = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
