import type { BootInfo } from "../../store/eventStore.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { withStore } from "../openStore.ts";
import { count, renderTable } from "../render/table.ts";
import { printJson } from "../terminal.ts";

/** `smmu boots`: what is in the database. */
export const bootsCommand: Command<object> = {
  form: "boots",
  does: "list the boots in the database",
  options: (yargs) => yargs,
  async run(options, terminal) {
    const boots = await withStore(options.db, "read", (store) => store.boots());
    if (terminal.json) await printJson(terminal, boots.map(bootJson));
    else if (boots.length === 0) await terminal.out("no boots; import one: smmu import FILE\n");
    else {
      const columns = [
        { head: "boot" },
        { head: "events", right: true },
        { head: "faults", right: true },
        { head: "family" },
        { head: "digest" },
        { head: "source" },
      ];
      const rows = boots.map((boot) => [
        terminal.color.bold(boot.name),
        count(boot.events),
        boot.summary === null ? "-" : count(boot.summary.faults),
        boot.header.family,
        boot.complete ? (boot.summary?.stateDigest ?? "").slice(0, 12) : terminal.color.yellow("incomplete"),
        boot.source,
      ]);
      await terminal.out(renderTable(terminal, columns, rows));
    }
    return EXIT.ok;
  },
};

/** `smmu remove BOOT`. */
export const removeCommand: Command<{ boot: string }> = {
  form: "remove <boot>",
  does: "delete a boot and everything derived from it",
  options: (yargs) =>
    yargs.positional("boot", { type: "string", demandOption: true, describe: "the boot's name" }),
  async run(options, terminal) {
    const removed = await withStore(options.db, "change", (store) => store.remove(options.boot));
    if (!removed) throw new InputError(`there is no boot ${options.boot}; smmu boots lists those there are`);
    if (terminal.json) await printJson(terminal, { boot: options.boot, removed });
    else await terminal.out(`removed boot ${terminal.color.bold(options.boot)}\n`);
    return EXIT.ok;
  },
};

function bootJson(boot: BootInfo): unknown {
  return {
    boot: boot.name,
    source: boot.source,
    events: boot.events,
    faults: boot.summary?.faults ?? null,
    dss: boot.summary?.dss ?? null,
    digest: boot.summary?.stateDigest ?? null,
    logDigest: boot.logDigest,
    family: boot.header.family,
    complete: boot.complete,
  };
}
