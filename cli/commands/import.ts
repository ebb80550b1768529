import cliProgress from "cli-progress";
import { FILE_FORMATS, type FileFormat } from "../../sources/trace/readers.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { type ImportReport, importBoot } from "../importing/importBoot.ts";
import { withStore } from "../openStore.ts";
import { renderDiagnostic } from "../render/diagnostics.ts";
import { count, plural } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface ImportOptions {
  readonly files: string[];
  readonly format: FileFormat | "auto";
  readonly boot: string | undefined;
  readonly replace: boolean;
}

const TOLD_MAX = 20;

/** `smmu import`: a recorded trace or log becomes a boot. */
export const importCommand: Command<ImportOptions> = {
  form: "import <files..>",
  does: "store a recorded trace or log as a boot",
  options: (yargs) =>
    yargs
      .positional("files", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "files of one boot, merged by time; - is standard input",
      })
      .option("format", {
        choices: ["auto", ...FILE_FORMATS] as const,
        default: "auto" as const,
        describe: "the files' format",
      })
      .option("boot", {
        type: "string",
        describe: "the boot's name (default: the trace's own, or the file's)",
        requiresArg: true,
      })
      .option("replace", { type: "boolean", default: false, describe: "replace a boot of that name" }),
  async run(options, terminal) {
    const bar = progressBar(terminal);
    const report = await withStore(options.db, "write", (store) =>
      importBoot(store, {
        files: options.files.map(String),
        format: options.format,
        boot: options.boot ?? null,
        replace: options.replace,
        ...(bar === null ? {} : { progress: bar.update }),
      }),
    ).finally(() => bar?.stop());
    if (terminal.json) await printJson(terminal, importJson(report));
    else await printReport(terminal, report);
    return EXIT.ok;
  },
};

function importJson({ info, unchanged, diagnostics, diagnosticsOmitted }: ImportReport): unknown {
  return {
    boot: info.name,
    events: info.events,
    faults: info.summary!.faults,
    skipped: info.summary!.skipped,
    diagnostics,
    diagnosticsOmitted,
    unchanged,
    logDigest: info.logDigest,
    stateDigest: info.summary!.stateDigest,
  };
}

/** Says what an import did, its diagnostics to standard error. */
export async function printReport(
  terminal: Terminal,
  { info, unchanged, diagnostics, diagnosticsOmitted }: ImportReport,
): Promise<void> {
  for (const diagnostic of diagnostics.slice(0, TOLD_MAX))
    terminal.note(renderDiagnostic(terminal, diagnostic));
  const omitted =
    Object.values(diagnosticsOmitted).reduce((sum, n) => sum + n, 0) +
    Math.max(0, diagnostics.length - TOLD_MAX);
  if (omitted > 0) terminal.note(`${plural(omitted, "more message")}; --json lists them`);
  const { color } = terminal;
  if (unchanged)
    return terminal.out(
      `boot ${color.bold(info.name)} is there already from the same input; nothing was changed\n`,
    );
  const skipped =
    info.summary!.skipped === 0
      ? ""
      : `, ${color.yellow(`${plural(info.summary!.skipped, "line")} skipped`)}`;
  await terminal.out(
    `boot ${color.bold(info.name)}: ${plural(info.events, "event")}, ${plural(info.summary!.faults, "fault")}${skipped}\n`,
  );
}

function progressBar(
  terminal: Terminal,
): { update: (events: number, bytes: number) => void; stop: () => void } | null {
  if (!terminal.interactive || terminal.json) return null;
  const bar = new cliProgress.SingleBar({
    format: "importing  {events} events  {megabytes} MB  {duration} s",
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(1, 0, { events: "0", megabytes: "0" });
  return {
    update: (events, bytes) => bar.update(0, { events: count(events), megabytes: (bytes / 1e6).toFixed(0) }),
    stop: () => bar.stop(),
  };
}
