import { parentPort, workerData } from "node:worker_threads";
import { Expander, type Round, type RoundResult, type Space } from "../../replay/explore/expander.ts";
import { Memo } from "../../replay/explore/memo.ts";
import { PRESETS } from "../../replay/explore/presets.ts";
import { RuleLog } from "../../replay/explore/ruleLog.ts";

/** What a thread of a search starts with. */
export interface ThreadData {
  readonly model: string;
  readonly sizes: { readonly [what: string]: number };
  readonly symmetry: boolean;
  /** The log of rules that all threads share. */
  readonly log: Int32Array;
}

/** What it is told to do, one after another. */
export interface ThreadTask {
  readonly space: Space;
  readonly round: Round;
}

/** What comes of it. */
export type ThreadAnswer = { readonly result: RoundResult } | { readonly problem: string };

if (parentPort !== null) {
  const { model, sizes, symmetry, log } = workerData as ThreadData;
  const preset = PRESETS.find(({ name }) => name === model)!;
  const memo = new Memo(preset.build(sizes), new RuleLog(log, true));
  const expander = new Expander(memo, symmetry);
  parentPort.on("message", ({ space, round }: ThreadTask) => {
    parentPort!.postMessage(answer(space, round));
  });

  function answer(space: Space, round: Round): ThreadAnswer {
    try {
      expander.use(space);
      return { result: expander.run(round) };
    } catch (error) {
      return { problem: (error as Error).stack ?? String(error) };
    }
  }
}
