import type { FaultJson } from "../../replay/faultText.ts";
import { foldStorms, requesterOf, type Storm } from "../../replay/storms.ts";
import type { BootReader, LossRow } from "../../store/eventStore.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { readBoot, withStore } from "../openStore.ts";
import { stormPages } from "../render/report/stormPages.ts";
import { count, plural, renderTable, seconds } from "../render/table.ts";
import type { Terminal } from "../terminal.ts";

const STORMS_SHOWN = 25;

/** `smmu faults BOOT`: every refused transfer and every report, with what the machine knew. */
export const faultsCommand: Command<{ boot: string; all: boolean }> = {
  form: "faults <boot>",
  does: "list the faults of a boot, with what the machine knew",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", demandOption: true, describe: "the boot's name" })
      .option("all", { type: "boolean", default: false, describe: "unfold storms: one line for each fault" }),
  async run(options, terminal) {
    await withStore(options.db, "read", async (store) => {
      const reader = readBoot(store, options.boot);
      if (terminal.json) await streamJson(terminal, reader);
      else if (options.all) await printAll(terminal, reader);
      else await printStorms(terminal, reader);
    });
    return EXIT.ok;
  },
};

async function streamJson(terminal: Terminal, reader: BootReader): Promise<void> {
  let separator = "[\n";
  for (const row of reader.faults()) {
    await terminal.out(separator + row.json);
    separator = ",\n";
  }
  await terminal.out(separator === "[\n" ? "[]\n" : "\n]\n");
}

/** Faults folded into storms, the first cause marked, and what was lost. */
export async function printStorms(terminal: Terminal, reader: BootReader): Promise<void> {
  const { color } = terminal;
  const storms = foldStorms(faultsOf(reader));
  const losses = reader.losses();
  if (storms.length === 0) {
    await terminal.out(`${color.bold(reader.info.name)}: no faults\n`);
    return terminal.out(lossText(terminal, losses));
  }
  const total = storms.reduce((sum, storm) => sum + storm.count, 0);
  await terminal.out(
    `${color.bold(reader.info.name)}: ${plural(total, "fault")} in ${plural(storms.length, "storm")}\n\n`,
  );
  // The largest tell most, but the first cause is shown whatever its size.
  const shown = new Set([...storms].sort((a, b) => b.count - a.count).slice(0, STORMS_SHOWN - 1));
  shown.add(storms[0]!);
  const rows = storms
    .filter((storm) => shown.has(storm))
    .map((storm) => stormRow(terminal, storm, storm === storms[0]));
  const columns = [
    { head: "" },
    { head: "first seq", right: true },
    { head: "at", right: true },
    { head: "device" },
    { head: "access" },
    { head: "reason" },
    { head: "pages" },
    { head: "count", right: true },
  ];
  await terminal.out(renderTable(terminal, columns, rows));
  if (storms.length > shown.size)
    await terminal.out(
      `... and ${plural(storms.length - shown.size, "smaller storm")}; --all lists every fault\n`,
    );
  await terminal.out(
    `\n${color.bold("first cause")} (seq ${storms[0]!.first["seq"]}): ${storms[0]!.first["explanation"]}\n`,
  );
  await terminal.out(lossText(terminal, losses));
}

function stormRow(terminal: Terminal, storm: Storm, first: boolean): string[] {
  const { count: size } = storm;
  const pages = stormPages(storm);
  return [
    first ? terminal.color.red(">") : " ",
    String(storm.first["seq"]),
    seconds(storm.first["t"] as number | null),
    storm.device ?? String(storm.first["unit"] ?? "unknown"),
    storm.access,
    reasonText(storm.first),
    pages,
    count(size),
  ];
}

async function printAll(terminal: Terminal, reader: BootReader): Promise<void> {
  for (const fault of faultsOf(reader)) {
    const place =
      fault["file"] === null ? "" : terminal.color.dim(`  ${fault["file"]}:${fault["line"] ?? "-"}`);
    const who = requesterOf(fault) ?? String(fault["unit"] ?? "unknown");
    await terminal.out(
      `${String(fault["seq"]).padStart(7)} ${seconds(fault["t"] as number | null).padStart(16)} ${who} ${fault["access"]} ${fault["address"] ?? "-"} ${terminal.color.red(reasonText(fault))}: ${fault["explanation"]}${place}\n`,
    );
  }
  await terminal.out(lossText(terminal, reader.losses()));
}

function reasonText(fault: FaultJson): string {
  const code = fault["code"] ?? fault["eventName"] ?? fault["event"] ?? null;
  return `${fault["reason"] ?? "not told"}${code === null ? "" : ` (${code})`}`;
}

function lossText(terminal: Terminal, losses: readonly LossRow[]): string {
  if (losses.length === 0) return "";
  const suppressed = losses
    .filter((loss) => loss.what === "suppressed")
    .reduce((sum, loss) => sum + (loss.count ?? 0), 0);
  const overflows = losses.filter((loss) => loss.what !== "suppressed").length;
  const parts = [
    ...(suppressed > 0 ? [`the kernel suppressed ${plural(suppressed, "line")}`] : []),
    ...(overflows > 0
      ? [
          `${plural(overflows, "overflow")} or merged record was reported`.replace(
            "overflows or merged record was",
            "overflows or merged records were",
          ),
        ]
      : []),
  ];
  return `${terminal.color.yellow("lost:")} ${parts.join("; ")}. There were more faults than are listed here.\n`;
}

function* faultsOf(reader: BootReader): Generator<FaultJson> {
  for (const row of reader.faults()) yield JSON.parse(row.json) as FaultJson;
}
