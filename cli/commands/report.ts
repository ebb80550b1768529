import { renameSync, writeFileSync } from "node:fs";
import { reportOf } from "../../replay/report/report.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { readBoot, withStore } from "../openStore.ts";
import { reportHtml } from "../render/report/reportHtml.ts";
import { reportMd } from "../render/report/reportMd.ts";
import { printJson } from "../terminal.ts";

interface ReportOptions {
  readonly boot: string;
  readonly html: string | undefined;
  readonly md: string | undefined;
}

/** `smmu report BOOT`: what one attaches to a ticket. */
export const reportCommand: Command<ReportOptions> = {
  form: "report <boot>",
  does: "write a page that tells the whole boot: summary, picture, address spaces, faults with their whys",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", demandOption: true, describe: "the boot's name" })
      .option("html", { type: "string", describe: "write one self-contained HTML page", requiresArg: true })
      .option("md", {
        type: "string",
        describe: "write Markdown (default: to standard output)",
        requiresArg: true,
      }),
  async run(options, terminal) {
    const text = options.html === undefined && options.md === undefined;
    // A report is drawn while its boot can be read: the first fault of a storm comes from the log.
    const { report, html, md } = await withStore(options.db, "read", (store) => {
      const report = reportOf(readBoot(store, options.boot));
      const html = options.html === undefined ? null : reportHtml(report);
      const md = options.md === undefined && (!text || terminal.json) ? null : reportMd(report);
      return { report, html, md };
    });
    const files: string[] = [];
    if (html !== null) files.push(write(options.html!, html));
    if (options.md !== undefined) files.push(write(options.md, md!));
    if (terminal.json)
      await printJson(terminal, {
        boot: options.boot,
        files,
        faults: report.faultCount,
        storms: report.stormCount,
      });
    else if (text) await terminal.out(md!);
    else await terminal.out(`wrote ${files.join(" and ")}\n`);
    return EXIT.ok;
  },
};

/** Writes a whole file or none. */
function write(file: string, text: string): string {
  const part = `${file}.part`;
  try {
    writeFileSync(part, text);
    renameSync(part, file);
  } catch (error) {
    throw new InputError(`${file} cannot be written: ${(error as Error).message}`);
  }
  return file;
}
