import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Catch } from "../../replay/mutants/hunt.ts";

/** What became of one mutant. */
export interface MutantResult {
  readonly id: string;
  /** The hunt that caught it; null: none did. */
  readonly killedBy: Catch | null;
  /** Every hunt that was over before. */
  readonly survived: readonly Catch[];
  /** Why the hunting ended without a word: the budget was over, or the process died. Null: it did not. */
  readonly lost: string | null;
  readonly elapsedMs: number;
}

/** Hunts for one mutant in a process of its own, for `budgetMs` at most; the empty id is the machine as it ships. */
export function huntMutant(id: string, budgetMs: number, signal?: AbortSignal): Promise<MutantResult> {
  const started = performance.now();
  const path = fileURLToPath(new URL("./huntWorker.js", import.meta.url));
  const child = fork(path, [id], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const survived: Catch[] = [];
  let killedBy: Catch | null = null;
  let isOver = false;
  let errors = "";
  let isLate = false;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, budgetMs);
    const stop = (): void => void child.kill("SIGKILL");
    signal?.addEventListener("abort", stop);
    child.stderr!.setEncoding("utf8");
    child.stderr!.on("data", (text: string) => {
      errors = (errors + text).slice(-ERRORS_MAX);
    });
    child.on("message", (message) => {
      const { last, ...found } = message as Catch & { readonly last: boolean };
      if (found.property === null) survived.push(found);
      else killedBy = found;
      isOver ||= last;
    });
    child.on("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      const lost = isOver ? null : isLate ? "the budget was over" : reasonOf(errors);
      resolve({ id, killedBy, survived, lost, elapsedMs: performance.now() - started });
    });
  });
}

const ERRORS_MAX = 4096;

function reasonOf(errors: string): string {
  const line = errors.split("\n").find((each) => /^\w*Error\b/.test(each));
  return line ?? "the process ended without a word";
}

/** Hunts for several, `workers` at a time; tells of each as it is over and answers in their order. */
export async function huntMutants(
  ids: readonly string[],
  { workers, budgetMs }: { readonly workers: number; readonly budgetMs: number },
  onResult: (result: MutantResult) => void,
): Promise<readonly MutantResult[]> {
  const results: MutantResult[] = [];
  const abort = new AbortController();
  const onEnd = (): void => abort.abort();
  process.once("SIGINT", onEnd);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < ids.length && !abort.signal.aborted) {
      const at = next++;
      const result = await huntMutant(ids[at]!, budgetMs, abort.signal);
      results[at] = result;
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, ids.length) }, work));
  process.removeListener("SIGINT", onEnd);
  return results;
}
