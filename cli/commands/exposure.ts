import { type ExposureReport, type ExposureWindow, exposureOf } from "../../replay/exposure/exposure.ts";
import { durationText } from "../../replay/why/tell.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { readBoot, withStore } from "../openStore.ts";
import { count, plural, renderTable } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

const SHOWN = 20;

/** `smmu exposure BOOT`: when a device could reach memory that it had not been granted. */
export const exposureCommand: Command<{ boot: string }> = {
  form: "exposure <boot>",
  does: "measure when devices could reach memory that they had not been granted",
  options: (yargs) =>
    yargs.positional("boot", { type: "string", demandOption: true, describe: "the boot's name" }),
  async run(options, terminal) {
    const report = await withStore(options.db, "read", (store) => exposureOf(readBoot(store, options.boot)));
    if (terminal.json) await printJson(terminal, report);
    else await terminal.out(renderExposure(terminal, report));
    return EXIT.ok;
  },
};

/** The figures of a whole boot, then its widest windows. */
export function renderExposure(terminal: Terminal, report: ExposureReport): string {
  const { color } = terminal;
  const { totals } = report;
  const rows = [
    [
      "unrestricted devices",
      `${totals.unrestrictedSeconds.toFixed(3)} device·s`,
      `${plural(totals.unrestrictedTransfers, "transfer")} made meanwhile`,
    ],
    [
      "stale translations",
      `${bytesText(totals.staleByteSeconds)}·s`,
      `${plural(totals.staleWindows, "window")}, the longest ${durationText(totals.staleLongestNs)}; ${plural(totals.staleTransfers, "transfer")} went through`,
    ],
    [
      "rounding to pages",
      `${bytesText(totals.roundingByteSeconds)}·s`,
      `${plural(totals.roundingGrants, "grant")} asked for less than whole pages`,
    ],
  ];
  const parts = [
    `${color.bold(report.boot)}: what devices could reach without being granted it\n\n`,
    renderTable(terminal, [{ head: "" }, { head: "figure", right: true }, { head: "" }], rows),
  ];
  if (report.windows.length > 0) {
    const shown = report.windows.slice(0, SHOWN).map(windowRow);
    const columns = [
      { head: "from seq", right: true },
      { head: "to", right: true },
      { head: "for", right: true },
      { head: "who" },
      { head: "what" },
      { head: "why" },
    ];
    parts.push(`\n${color.bold("the widest windows")}\n${renderTable(terminal, columns, shown)}`);
    const more = report.windows.length + report.omitted - shown.length;
    if (more > 0) parts.push(`... and ${count(more)} narrower ones; --json lists them\n`);
  }
  for (const fact of report.missing) parts.push(`${color.yellow("lacking:")} ${fact}\n`);
  return parts.join("");
}

function windowRow({
  fromSeq,
  toSeq,
  durationNs,
  device,
  object,
  address,
  bytes,
  why,
  transfers,
}: ExposureWindow): string[] {
  const what = address === null ? "all memory" : `${bytesText(bytes!)} at ${address}`;
  const used = transfers === 0 ? "" : `; ${plural(transfers, "transfer")}`;
  return [
    String(fromSeq),
    toSeq === null ? "end" : String(toSeq),
    durationNs === null ? "?" : durationText(durationNs),
    device ?? object ?? "-",
    what,
    why + used,
  ];
}

function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
