import { replayBoot } from "../../replay/replayBoot.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { importBoot } from "../importing/importBoot.ts";
import { withStore } from "../openStore.ts";
import { packageFile } from "../packageFile.ts";
import { printStorms } from "./faults.ts";
import { printReport } from "./import.ts";
import { printReplay } from "./replay.ts";

const RECORDED = "fixtures/traces/x86-faults.jsonl.gz";

/** `smmu demo`: a boot that was really recorded, imported, replayed, and its faults. */
export const demoCommand: Command<object> = {
  form: "demo",
  does: "import a recorded boot that the package brings, replay it and list its faults",
  options: (yargs) => yargs,
  async run(options, terminal) {
    const { color } = terminal;
    const head = (text: string) => terminal.out(`\n${color.bold(color.cyan(`== ${text}`))}\n\n`);
    await terminal.out(
      `${color.bold("smmu-replay")}: replays what an IOMMU was told and asked, and judges every transfer anew.\n`,
    );
    await terminal.out(
      "This boot was recorded from Linux 6.1 on an emulated VT-d unit, with devices driven to bad addresses.\n",
    );
    await head("smmu import x86-faults.jsonl.gz");
    const name = await withStore(options.db, "write", async (store) => {
      const report = await importBoot(store, {
        files: [packageFile(RECORDED)],
        format: "auto",
        boot: null,
        replace: false,
      });
      await printReport(terminal, report);
      return report.info.name;
    });
    await withStore(options.db, "read", async (store) => {
      const reader = store.read(name);
      await head(`smmu replay ${name}`);
      const started = performance.now();
      await printReplay(terminal, replayBoot(reader), performance.now() - started);
      await head(`smmu faults ${name}`);
      await printStorms(terminal, reader, false);
      const first = [...reader.faults()][0];
      await head("what to try next");
      const db = options.db === "smmu.db" ? "" : ` --db ${options.db}`;
      const next = [
        [
          `npx smmu why ${name} ${first?.seq ?? 0}${db}`,
          "the causes of the first fault, and what would have permitted it",
        ],
        [`npx smmu view ${name}${db} --open`, "the boot on a page: time, devices, address maps"],
        [`npx smmu report ${name}${db} --html report.html`, "all of it on one page for a ticket"],
        [`npx smmu boots${db}`, "what is in the database"],
        [`npx smmu state ${name} --at ${first?.seq ?? 0}${db}`, "the machine at the first fault"],
        [
          `npx smmu log ${name} --from ${Math.max(0, (first?.seq ?? 0) - 5)} --to ${(first?.seq ?? 0) + 5}${db}`,
          "the events around it",
        ],
        [`npx smmu faults ${name} --all${db} | head`, "every fault with its explanation"],
        [`npx smmu verify${db}`, "the digest chain, snapshots and projections, recomputed"],
        [`sqlite3 ${options.db} .tables`, "the same facts as SQL tables (docs/database.md)"],
      ] as const;
      const width = Math.max(...next.map(([command]) => command.length));
      for (const [command, why] of next)
        await terminal.out(`  ${color.green(command.padEnd(width))}  ${color.dim(why)}\n`);
      await terminal.out("\n");
    });
    return EXIT.ok;
  },
};
