import { clientFaults } from "../../replay/clientFaults.ts";
import type { FaultJson } from "../../replay/faultText.ts";
import { foldStorms, requesterOf, type Storm } from "../../replay/storms.ts";
import type { BootReader, LossRow } from "../../store/eventStore.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { readBoot, withStore } from "../openStore.ts";
import { renderClientFaults } from "../render/clientFaultsText.ts";
import { stormPages } from "../render/report/stormPages.ts";
import { count, plural, renderTable, seconds } from "../render/table.ts";
import type { Terminal } from "../terminal.ts";

const STORMS_SHOWN = 25;
const GROUPS_SHOWN = 40;

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
  const told = clientFaults(reader);
  let separator = "[\n";
  for (const row of reader.faults()) {
    const delivery = told?.byFault.get(row.seq);
    // A fault is one JSON object: its last character is the brace.
    const more = delivery === undefined ? "}" : `,"delivery":${JSON.stringify(delivery)}}`;
    await terminal.out(`${separator}${row.json.slice(0, -1)}${more}`);
    separator = ",\n";
  }
  await terminal.out(separator === "[\n" ? "[]\n" : "\n]\n");
}

/** Faults folded into storms, the first cause marked, and what was lost; `runs`: each run of pages, too. */
export async function printStorms(terminal: Terminal, reader: BootReader, runs = true): Promise<void> {
  const { color } = terminal;
  const storms = foldStorms(reader);
  const losses = reader.losses();
  const total = storms.reduce((sum, storm) => sum + storm.count, 0);
  if (storms.length === 0) await terminal.out(`${color.bold(reader.info.name)}: no faults\n`);
  else {
    await terminal.out(
      `${color.bold(reader.info.name)}: ${plural(total, "fault")} in ${plural(storms.length, "storm")}\n\n`,
    );
    if (storms.length > STORMS_SHOWN || !runs)
      await terminal.out(`${groupTable(terminal, storms)}${runs ? "\n" : ""}`);
    if (runs) await terminal.out(runTable(terminal, storms));
    const { first } = storms[0]!;
    await terminal.out(`\n${color.bold("first cause")} (seq ${first["seq"]}): ${first["explanation"]}\n`);
  }
  await terminal.out(lossText(terminal, losses));
  await terminal.out(renderClientFaults(terminal, clientFaults(reader)));
}

/** One line for each device, access and reason: what a boot with many runs of pages is about. */
function groupTable(terminal: Terminal, storms: readonly Storm[]): string {
  const groups = new Map<string, { readonly storm: Storm; faults: number; runs: number; lastSeq: number }>();
  for (const storm of storms) {
    const key = `${storm.device} ${storm.access} ${storm.reason}`;
    const group = groups.get(key) ?? { storm, faults: 0, runs: 0, lastSeq: 0 };
    group.faults += storm.count;
    group.runs += 1;
    group.lastSeq = Math.max(group.lastSeq, storm.lastSeq);
    groups.set(key, group);
  }
  const all = [...groups.values()];
  const columns = [
    { head: "" },
    { head: "device" },
    { head: "access" },
    { head: "reason" },
    { head: "faults", right: true },
    { head: "runs of pages", right: true },
    { head: "first seq", right: true },
    { head: "last seq", right: true },
  ];
  const rows = all
    .slice(0, GROUPS_SHOWN)
    .map(({ storm, faults, runs, lastSeq }) => [
      storm === storms[0] ? terminal.color.red(">") : " ",
      whoOf(storm),
      storm.access,
      reasonText(storm.first),
      count(faults),
      count(runs),
      String(storm.firstSeq),
      String(lastSeq),
    ]);
  const more = all.length > rows.length ? `... and ${count(all.length - rows.length)} more\n` : "";
  return renderTable(terminal, columns, rows) + more;
}

/** One line for each run of pages: the largest, and the first cause whatever its size. */
function runTable(terminal: Terminal, storms: readonly Storm[]): string {
  const shown = new Set([...storms].sort((a, b) => b.count - a.count).slice(0, STORMS_SHOWN - 1));
  shown.add(storms[0]!);
  const suppressed = storms.some((storm) => storm.suppressed > 0);
  const rows = storms
    .filter((storm) => shown.has(storm))
    .map((storm) => [
      storm === storms[0] ? terminal.color.red(">") : " ",
      String(storm.firstSeq),
      String(storm.lastSeq),
      seconds(storm.first["t"] as number | null),
      whoOf(storm),
      storm.access,
      reasonText(storm.first),
      stormPages(storm),
      count(storm.count),
      ...(suppressed ? [storm.suppressed === 0 ? "" : count(storm.suppressed)] : []),
    ]);
  const columns = [
    { head: "" },
    { head: "first seq", right: true },
    { head: "last", right: true },
    { head: "at", right: true },
    { head: "device" },
    { head: "access" },
    { head: "reason" },
    { head: "pages" },
    { head: "count", right: true },
    ...(suppressed ? [{ head: "suppressed", right: true }] : []),
  ];
  const more =
    storms.length > shown.size
      ? `... and ${plural(storms.length - shown.size, "smaller storm")}; --all lists every fault\n`
      : "";
  const note = suppressed
    ? "suppressed: lines that the kernel left out after a report of that run, of whichever device\n"
    : "";
  return renderTable(terminal, columns, rows) + more + note;
}

function whoOf(storm: Storm): string {
  return storm.device ?? String(storm.first["unit"] ?? "unknown");
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
  await terminal.out(renderClientFaults(terminal, clientFaults(reader)));
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
    ...(overflows > 0 ? [`overflows and merged records were reported ${plural(overflows, "time")}`] : []),
  ];
  return `${terminal.color.yellow("lost:")} ${parts.join("; ")}. There were more faults than are listed here.\n`;
}

function* faultsOf(reader: BootReader): Generator<FaultJson> {
  for (const row of reader.faults()) yield JSON.parse(row.json) as FaultJson;
}
