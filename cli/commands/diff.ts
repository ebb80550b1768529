import { diff } from "../../replay/diff/diffBoots.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { checkSeq, readBoot, withStore } from "../openStore.ts";
import { renderDiff } from "../render/diffText.ts";
import { printJson } from "../terminal.ts";

interface DiffCommandOptions {
  readonly a: string;
  readonly b: string;
  readonly "at-a": number | undefined;
  readonly "at-b": number | undefined;
  readonly strict: boolean;
}

/** `smmu diff A B`: two boots compared by meaning. */
export const diffCommand: Command<DiffCommandOptions> = {
  form: "diff <a> <b>",
  does: "compare two boots by meaning: what differs, and where they part",
  options: (yargs) =>
    yargs
      .positional("a", { type: "string", demandOption: true, describe: "one boot" })
      .positional("b", { type: "string", demandOption: true, describe: "the other boot" })
      .option("at-a", { type: "number", describe: "compare A up to this seq", requiresArg: true })
      .option("at-b", { type: "number", describe: "compare B up to this seq", requiresArg: true })
      .option("strict", {
        type: "boolean",
        default: false,
        describe: "event by event: addresses, names, order and times count, too",
      }),
  async run(options, terminal) {
    const { report, text } = await withStore(options.db, "read", (store) => {
      const [a, b] = [readBoot(store, options.a), readBoot(store, options.b)];
      const report = diff(a, b, {
        atA: checkSeq(a.info, options["at-a"]),
        atB: checkSeq(b.info, options["at-b"]),
        strict: options.strict,
      });
      return { report, text: terminal.json ? "" : renderDiff(terminal, report, a, b) };
    });
    if (terminal.json) await printJson(terminal, report);
    else await terminal.out(text);
    return report.equal ? EXIT.ok : EXIT.finding;
  },
};
