import { stateAt } from "../../replay/replayBoot.ts";
import { stateJson } from "../../replay/stateJson.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { checkSeq, readBoot, withStore } from "../openStore.ts";
import { renderState } from "../render/stateText.ts";
import { printJson } from "../terminal.ts";

/** `smmu state BOOT`: the machine after an event. */
export const stateCommand: Command<{ boot: string; at: number | undefined; all: boolean }> = {
  form: "state <boot>",
  does: "show the machine after an event: units, devices, objects, mappings, pending faults",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", demandOption: true, describe: "the boot's name" })
      .option("at", { type: "number", describe: "after this seq (default: the last)", requiresArg: true })
      .option("all", {
        type: "boolean",
        default: false,
        describe: "every mapping, not only the first of each object",
      }),
  async run(options, terminal) {
    const [state, seq] = await withStore(options.db, "read", (store) => {
      const reader = readBoot(store, options.boot);
      const at = checkSeq(reader.info, options.at);
      return [stateAt(reader, at), at] as const;
    });
    if (terminal.json) await printJson(terminal, { boot: options.boot, at: seq, ...stateJson(state) });
    else await terminal.out(renderState(terminal, state, seq, options.all));
    return EXIT.ok;
  },
};
