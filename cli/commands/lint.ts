import type { Diagnostic } from "../../base/diagnostic.ts";
import { SERVICE_NAMES, type ServiceName } from "../../events/vocabulary/service.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import type { LintRequest } from "../linting/lintInputs.ts";
import type { LintReport } from "../linting/runLint.ts";
import { versionOfPackage } from "../packageVersion.ts";
import { renderDiagnostic } from "../render/diagnostics.ts";
import { plural } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface LintOptions {
  readonly files: string[];
  readonly board: string[];
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly scenario: string | undefined;
  readonly args: string | undefined;
  readonly with: string[];
  readonly root: string[];
  readonly "dma-driver": string[];
  readonly "ignore-driver": string[];
  readonly format: "text" | "json" | "sarif";
}

const LIST = { type: "string", array: true, default: [] as string[], requiresArg: true, nargs: 1 } as const;

/** `smmu lint FILE...`: what would send the service to its DSS, or leave a hole, before it is flashed. */
export const lintCommand: Command<LintOptions> = {
  form: "lint <files..>",
  does: "check configurations (.smmu, .qvmconf) and image buildfiles (.build) before flashing",
  options: (yargs) =>
    yargs
      .positional("files", {
        type: "string",
        array: true,
        demandOption: true,
        describe:
          "configurations, read as one in this order, buildfiles, and VMs (.qvmconf); - is a configuration on standard input",
      })
      .option("board", {
        ...LIST,
        describe: "a board file, a firmware table, a .dtb or example:NAME; repeatable",
      })
      .option("service", {
        choices: SERVICE_NAMES,
        default: "smmuman" as const,
        describe: "which variant reads the configurations; a buildfile says it itself",
      })
      .option("guest", { type: "boolean", default: false, describe: "it runs in a virtual machine" })
      .option("scenario", {
        type: "string",
        requiresArg: true,
        describe: "what fails when the start-up is tried",
      })
      .option("args", {
        type: "string",
        requiresArg: true,
        describe: "options of the service's command line, read before the files",
      })
      .option("with", {
        ...LIST,
        describe: "a buildfile of a further file system of the same target; repeatable",
      })
      .option("root", {
        ...LIST,
        describe: "a folder in which files of the build machine are looked for; repeatable",
      })
      .option("dma-driver", {
        ...LIST,
        describe: "a program that starts DMA beside the known ones (devb-my*); repeatable",
      })
      .option("ignore-driver", {
        ...LIST,
        describe: "a program of the known ones whose devices do no DMA here; repeatable",
      })
      .option("format", {
        choices: ["text", "json", "sarif"] as const,
        default: "text" as const,
        describe: "text with carets, JSON (as --json), or SARIF 2.1.0",
      }),
  async run(options, terminal) {
    // The readers of both languages take their time to load, and only this command needs all of them.
    const { runLint } = await import("../linting/runLint.ts");
    const { UnusableInput } = await import("../linting/lintInputs.ts");
    const format = terminal.json ? "json" : options.format;
    try {
      const report = await runLint(requestOf(options));
      await print(report, format, terminal);
      return report.ok ? EXIT.ok : EXIT.finding;
    } catch (error) {
      if (error instanceof UnusableInput)
        for (const diagnostic of error.diagnostics) terminal.note(renderDiagnostic(terminal, diagnostic));
      throw error;
    }
  },
};

function requestOf(options: LintOptions): LintRequest {
  const strings = (values: readonly unknown[]) => values.map(String);
  const variables = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    files: [...new Set(strings(options.files).map((file) => file.replace(/^@/, "")))],
    words: options.args?.split(/\s+/).filter((word) => word !== "") ?? [],
    boards: strings(options.board),
    service: options.service,
    guest: options.guest,
    scenario: options.scenario ?? null,
    with: strings(options.with),
    roots: strings(options.root),
    dmaDrivers: strings(options["dma-driver"]),
    ignoredDrivers: strings(options["ignore-driver"]),
    variables: new Map(variables),
  };
}

async function print(report: LintReport, format: LintOptions["format"], terminal: Terminal): Promise<void> {
  switch (format) {
    case "json":
      return printJson(terminal, reportJson(report));
    case "sarif": {
      const { sarifLog } = await import("../render/sarif.ts");
      const { readExplanations } = await import("../linting/explanations.ts");
      const { diagnostics, skipped } = report;
      return printJson(
        terminal,
        sarifLog({ diagnostics, skipped, version: versionOfPackage(), explanations: readExplanations() }),
      );
    }
    case "text":
      return printText(report, terminal);
  }
}

/** Told as a list of its own at the end. */
const SKIPPED = "LNT001";

// What one reason keeps from being checked is one paragraph.
function skippedText(skipped: LintReport["skipped"]): string {
  const reasons = [...new Set(skipped.map(({ because }) => because))];
  return reasons
    .map((reason) => {
      const checks = skipped.filter(({ because }) => because === reason).map(({ check }) => check);
      const [only] = checks;
      return checks.length === 1 ? `  ${only}: ${reason}\n` : wrapped(`${reason}: ${checks.join("; ")}`);
    })
    .join("");
}

const PARAGRAPH_WIDTH = 100;

function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const joined = `${last} ${word}`;
    if (last !== undefined && joined.length <= PARAGRAPH_WIDTH) lines[lines.length - 1] = joined;
    else lines.push(last === undefined ? `  ${word}` : `    ${word}`);
  }
  return `${lines.join("\n")}\n`;
}

function reportJson({ ok, diagnostics, configs, vms, skipped }: LintReport): unknown {
  return {
    ok,
    diagnostics: diagnostics.map(diagnosticJson),
    config: configs[0]?.config ?? null,
    configs,
    vms,
    skipped,
  };
}

function diagnosticJson({
  file,
  line,
  column,
  endColumn,
  code,
  severity,
  message,
  hint,
  excerpt,
}: Diagnostic): unknown {
  return {
    file,
    line,
    column: column ?? null,
    endColumn: endColumn ?? null,
    code,
    severity,
    message,
    hint: hint ?? null,
    excerpt: excerpt ?? null,
  };
}

async function printText({ diagnostics: all, skipped }: LintReport, terminal: Terminal): Promise<void> {
  const { color } = terminal;
  const diagnostics = all.filter(({ code }) => code !== SKIPPED);
  for (const diagnostic of diagnostics) await terminal.out(`${renderDiagnostic(terminal, diagnostic)}\n`);
  if (skipped.length > 0)
    await terminal.out(`${color.cyan(`not checked`)} (${SKIPPED}):\n${skippedText(skipped)}\n`);
  const count = (severity: Diagnostic["severity"]) =>
    diagnostics.filter((each) => each.severity === severity).length;
  const [errors, warnings, notes] = [count("error"), count("warning"), count("note")];
  const told = [
    errors === 0 ? color.green("no errors") : color.red(plural(errors, "error")),
    warnings === 0 ? "no warnings" : color.yellow(plural(warnings, "warning")),
    plural(notes, "note"),
  ];
  await terminal.out(`${told.join(", ")}\n`);
}
