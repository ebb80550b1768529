import { deriveBoot } from "../../replay/deriveBoot.ts";
import { type BootCheck, verifyBoot } from "../../replay/verifyBoot.ts";
import type { EventStore } from "../../store/eventStore.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { withStore } from "../openStore.ts";
import { printJson } from "../terminal.ts";

/** `smmu verify`: digest chains, snapshots and projections, recomputed from the log. */
export const verifyCommand: Command<{ rebuild: boolean }> = {
  form: "verify",
  does: "check the integrity of the database",
  options: (yargs) =>
    yargs.option("rebuild", {
      type: "boolean",
      default: false,
      describe: "make snapshots and projections anew from the log where they are bad",
    }),
  async run(options, terminal) {
    const [storage, checks] = await withStore(options.db, options.rebuild ? "change" : "read", (store) => {
      return [store.storageFaults(), verifyAll(store, options.rebuild)] as const;
    });
    const ok = storage.length === 0 && checks.every((check) => check.ok);
    if (terminal.json) await printJson(terminal, { ok, storage, boots: checks });
    else {
      const { color } = terminal;
      for (const fault of storage) await terminal.out(`${color.red("bad")} storage: ${fault}\n`);
      for (const check of checks) {
        const incomplete = check.complete
          ? ""
          : color.yellow(" (incomplete: its import was stopped; import it again)");
        const verdict = check.ok ? color.green("ok") : `${color.red("bad")} ${check.problem}`;
        await terminal.out(`${color.bold(check.boot)}: ${verdict}${incomplete}\n`);
      }
      if (checks.length === 0) await terminal.out("no boots\n");
    }
    return ok ? EXIT.ok : EXIT.database;
  },
};

function verifyAll(store: EventStore, rebuild: boolean): BootCheck[] {
  return store.verifyChains().map((chain) => {
    const check = verifyBoot(store.read(chain.boot), chain);
    if (check.ok || !chain.ok || !rebuild) return check;
    const { derived, summary } = deriveBoot(store.read(chain.boot));
    store.rebuild(chain.boot, derived, summary);
    return verifyBoot(store.read(chain.boot), chain);
  });
}
