import { readFileSync } from "node:fs";
import { FAMILIES, type Family } from "../../events/vocabulary/family.ts";
import { SERVICE_NAMES, type ServiceName } from "../../events/vocabulary/service.ts";
import { phaseOf } from "../../replay/replayBoot.ts";
import type { EventStore } from "../../store/eventStore.ts";
import { openSqliteStore } from "../../store/sqlite/sqliteEventStore.ts";
import { type BootRequest, prepareBoot } from "../booting/prepareBoot.ts";
import { nameOf } from "../booting/runBoot.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { STDIN } from "../importing/byteInput.ts";
import { InputError } from "../inputError.ts";
import { checkSeq, readBoot } from "../openStore.ts";
import { packageFile } from "../packageFile.ts";
import { renderDiagnostic } from "../render/diagnostics.ts";
import { plural } from "../render/table.ts";
import { historyFile } from "../shell/history.ts";
import { converse } from "../shell/interactive.ts";
import { emptySession, startedSession, storedSession } from "../shell/openSession.ts";
import { runScript } from "../shell/script.ts";
import type { Session } from "../shell/session.ts";
import { ShellState } from "../shell/shellState.ts";
import { countUpcoming } from "../shell/upcoming.ts";
import { branchJson } from "../shell/verbsPlace.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface ShellOptions {
  readonly configs: string[] | undefined;
  readonly board: string[];
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly scenario: string | undefined;
  readonly args: string | undefined;
  readonly vm: string[];
  readonly "in-vm": string[];
  readonly open: string | undefined;
  readonly at: number | undefined;
  readonly family: Family;
  readonly name: string | undefined;
  readonly script: string | undefined;
  readonly bail: boolean;
}

/** `smmu shell`: a prompt on a boot, in which one calls the client API, lets devices transfer, goes back and branches. */
export const shellCommand: Command<ShellOptions> = {
  form: "shell [configs..]",
  does: "a prompt on a simulated or stored boot: call the client API, transfer, step, ask why, go back, branch",
  options: (yargs) =>
    yargs
      .positional("configs", {
        type: "string",
        array: true,
        describe: "configuration files of a service to start, as for boot; without any, an empty machine",
      })
      .option("board", {
        type: "string",
        array: true,
        default: [],
        requiresArg: true,
        nargs: 1,
        describe: "a board file, a firmware table, a .dtb or example:NAME; repeatable",
      })
      .option("service", {
        choices: SERVICE_NAMES,
        default: "smmuman" as const,
        describe: "which variant starts",
      })
      .option("guest", { type: "boolean", default: false, describe: "it starts in a virtual machine" })
      .option("scenario", {
        type: "string",
        requiresArg: true,
        describe: "what fails during the start-up, and what step and run let happen after it",
      })
      .option("args", {
        type: "string",
        requiresArg: true,
        describe: 'options of the service\'s command line: --args "debug 2 smmu vtd"',
      })
      .option("vm", {
        type: "string",
        array: true,
        default: [],
        requiresArg: true,
        nargs: 1,
        describe: "a qvm configuration: a VM that starts once the service is up; repeatable (docs/vms.md)",
      })
      .option("in-vm", {
        type: "string",
        array: true,
        default: [],
        requiresArg: true,
        nargs: 1,
        describe: 'the service in the guest of a VM: --in-vm "NAME=smmuman @guest.smmu"; repeatable',
      })
      .option("open", { type: "string", requiresArg: true, describe: "open a stored boot instead" })
      .option("at", { type: "number", requiresArg: true, describe: "... after this seq (default: its last)" })
      .option("family", {
        choices: FAMILIES,
        default: "ideal" as const,
        describe: "whose rules judge in an empty machine",
      })
      .option("name", { type: "string", requiresArg: true, describe: "the name of the first branch" })
      .option("script", {
        type: "string",
        requiresArg: true,
        describe: "commands from a file; - or a pipe is standard input",
      })
      .option("bail", { type: "boolean", default: false, describe: "end a script at its first bad line" }),
  async run(options, terminal) {
    const kept: { store: EventStore | null } = { store: null };
    try {
      const session = await openSession(options, options.db, terminal, kept);
      const shell = new ShellState(session, terminal, options.db);
      const script = options.script ?? null;
      if (
        script === null &&
        !terminal.json &&
        process.stdin.isTTY === true &&
        process.stdout.isTTY === true
      ) {
        await terminal.out(greeting(terminal, session));
        const { stdin: input, stdout: output } = process;
        await converse(shell, { input, output, history: historyFile(process.env) });
        return EXIT.ok;
      }
      if (!terminal.json && !terminal.quiet) await terminal.out(`${standing(session)}\n`);
      const report = await runScript(shell, script, { bail: options.bail });
      const phase = phaseOf(session.state);
      if (terminal.json) await printJson(terminal, { ...summary(session, phase), ...report });
      if (report.errors > 0) return EXIT.usage;
      return report.findings > 0 || phase === "dss" ? EXIT.finding : EXIT.ok;
    } finally {
      kept.store?.close();
    }
  },
};

async function openSession(
  options: ShellOptions,
  db: string,
  terminal: Terminal,
  kept: { store: EventStore | null },
): Promise<Session> {
  const configs = (options.configs ?? []).map((file) => String(file).replace(/^@/, ""));
  const words = options.args?.split(/\s+/).filter((word) => word !== "") ?? [];
  const { open, at, board: boards, service, guest, scenario = null, family, name } = options;
  const hosted = { vms: options.vm.map(String), inVms: options["in-vm"].map(String) };
  const starts = configs.length > 0 || words.length > 0;
  const hasMore = boards.length > 0 || scenario !== null || hosted.vms.length > 0;
  if (open !== undefined) {
    if (starts || hasMore)
      throw new InputError("--open opens a stored boot; configurations, boards, VMs and scenarios start one");
    kept.store = openSqliteStore(db, { mode: "read" });
    const reader = readBoot(kept.store, open);
    return storedSession(reader, checkSeq(reader.info, at));
  }
  if (at !== undefined) throw new InputError("--at is a seq of the boot that --open names");
  if (!starts) {
    if (hasMore)
      throw new InputError(
        "a board, a VM and a scenario need a service to start: name its configuration, or give --args",
      );
    return emptySession(name ?? "empty", family);
  }
  if (configs.includes(STDIN) && options.script === undefined)
    throw new InputError(
      "standard input cannot be both the configuration and the commands; give --script FILE",
    );
  if (guest && hosted.vms.length > 0) throw new InputError("a guest starts no VMs: --vm belongs to its host");
  const request: BootRequest = {
    configs,
    words,
    boards: boards.map(String),
    service,
    guest,
    scenario,
    hosted,
  };
  const prepared = await prepareBoot(request, versionOfPackage());
  for (const diagnostic of prepared.diagnostics) terminal.note(renderDiagnostic(terminal, diagnostic));
  if (prepared.simulation === null) throw new InputError("the boot cannot be simulated; see above");
  const session = startedSession(name ?? nameOf(request), prepared, hosted.vms);
  const { diagnostics } = prepared.config(session.state.service?.placement ?? (guest ? "guest" : "hardware"));
  for (const diagnostic of diagnostics) terminal.note(renderDiagnostic(terminal, diagnostic));
  return session;
}

function greeting({ color }: Terminal, session: Session): string {
  return `${color.bold(standing(session))}\n${color.dim("help lists the commands, Tab completes, Ctrl-D leaves")}\n`;
}

/** Where a session stands, in a line. */
function standing(session: Session): string {
  const { branch, place, state } = session;
  const { service } = state;
  const who = service === null ? `a machine of family ${state.family}` : service.name;
  const how =
    service?.phase === "dss"
      ? `in its Design Safe State: ${service.dss!.reason} (${service.dss!.requirement})`
      : phaseOf(state);
  const where = place === 0 ? "no event yet" : `after event ${place - 1}`;
  const upcoming = countUpcoming(branch.upcoming);
  const rest = upcoming === 0 ? "" : `; ${plural(upcoming!, "record")} of the scenario to come: step, or run`;
  return `${branch.name}: ${who}, ${how}, ${where}${rest}`;
}

function summary(session: Session, phase: string): { readonly [name: string]: unknown } {
  const { branch, place } = session;
  return {
    branch: branch.name,
    at: place - 1,
    phase,
    dss: session.state.service?.dss ?? null,
    branches: session.branches.map((one) => branchJson(one, one === branch)),
  };
}

function versionOfPackage(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}
