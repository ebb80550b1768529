import { readFileSync } from "node:fs";
import type { IommuState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import { isOutcome } from "../../events/recordedEvent.ts";
import { innermost } from "../../events/vmEvents.ts";
import type { ServiceName } from "../../events/vocabulary/service.ts";
import { SERVICE_NAMES } from "../../events/vocabulary/service.ts";
import { events } from "../../replay/bootEvents.ts";
import { failEach } from "../../replay/failEach.ts";
import { stateAt } from "../../replay/replayBoot.ts";
import { toConfigJson } from "../../sources/config/configJson.ts";
import { printConfig } from "../../sources/config/printConfig.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { type BootRequest, type PreparedBoot, prepareBoot } from "../booting/prepareBoot.ts";
import { type BootRun, runBoot } from "../booting/runBoot.ts";
import { unmetFailures } from "../booting/unmetFailures.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { withStore } from "../openStore.ts";
import { packageFile } from "../packageFile.ts";
import { renderStory } from "../render/bootStory.ts";
import { renderDiagnostic } from "../render/diagnostics.ts";
import { renderFailEach } from "../render/failEachTable.ts";
import { plural } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface BootOptions {
  readonly configs: string[] | undefined;
  readonly board: string[];
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly scenario: string | undefined;
  readonly vm: string[];
  readonly "in-vm": string[];
  readonly args: string | undefined;
  readonly boot: string | undefined;
  readonly replace: boolean;
  readonly all: boolean;
  readonly "print-config": boolean;
  readonly "fail-step": number | undefined;
  readonly "fail-each": boolean;
}

/** `smmu boot CONFIG...`: a start-up simulated from a configuration, a board and a scenario. */
export const bootCommand: Command<BootOptions> = {
  form: "boot [configs..]",
  does: "simulate the start-up of a service from its configuration on a board, and store it as a boot",
  options: (yargs) =>
    yargs
      .positional("configs", {
        type: "string",
        array: true,
        describe: "configuration files (.smmu), read in this order; - is standard input",
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
        describe: "what fails during the start-up and what happens after it (docs/scenarios.md)",
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
      .option("args", {
        type: "string",
        requiresArg: true,
        describe: 'options of the service\'s command line, read before the files: --args "debug 2 smmu vtd"',
      })
      .option("boot", { type: "string", requiresArg: true, describe: "the boot's name" })
      .option("replace", { type: "boolean", default: false, describe: "replace a boot of that name" })
      .option("all", { type: "boolean", default: false, describe: "every line of every step" })
      .option("print-config", {
        type: "boolean",
        default: false,
        describe: "print the effective configuration in its own language",
      })
      .option("fail-step", {
        type: "number",
        requiresArg: true,
        describe: "make this step of the start-up fail",
      })
      .option("fail-each", {
        type: "boolean",
        default: false,
        describe:
          "run once for each step with that step failing; every run must end in the DSS, or be harmless",
      }),
  async run(options, terminal) {
    const request = requestOf(options);
    const prepared = await prepareBoot(request, versionOfPackage());
    for (const diagnostic of prepared.diagnostics) terminal.note(renderDiagnostic(terminal, diagnostic));
    if (prepared.simulation === null) throw new InputError("the boot cannot be simulated; see above");
    const failStep = options["fail-step"] ?? null;
    const unmet = unmetFailures(prepared, failStep);
    for (const diagnostic of unmet) terminal.note(renderDiagnostic(terminal, diagnostic));
    const names = { boot: options.boot ?? null, replace: options.replace };
    return withStore(options.db, "write", async (store) => {
      const run = runBoot(store, prepared, request, names, failStep);
      const reader = store.read(run.info.name);
      const state = stateAt(reader);
      const each = options["fail-each"] ? failEach(prepared.simulation, prepared.family) : null;
      const config = prepared.config(state.service?.placement ?? (request.guest ? "guest" : "hardware"));
      if (terminal.json) {
        await printJson(terminal, {
          ...bootJson(run, reader, state),
          ...(options["print-config"]
            ? { config: toConfigJson(config.effective), configText: printConfig(config.effective) }
            : {}),
          diagnostics: [...prepared.diagnostics, ...unmet, ...config.diagnostics],
          ...(each === null ? {} : { failEach: each }),
        });
      } else {
        for (const diagnostic of config.diagnostics) terminal.note(renderDiagnostic(terminal, diagnostic));
        await printBoot(terminal, run, reader, state, request, prepared, options.all);
        if (options["print-config"]) await terminal.out(`\n${printConfig(config.effective)}`);
        if (each !== null) await terminal.out(`\n${renderFailEach(terminal, each)}`);
      }
      const isFinding =
        state.service?.dss != null ||
        run.replay.conformance.diverged > 0 ||
        (each?.some(({ ok }) => !ok) ?? false);
      return isFinding ? EXIT.finding : EXIT.ok;
    });
  },
};

function requestOf(options: BootOptions): BootRequest {
  const configs = (options.configs ?? []).map((file) => String(file).replace(/^@/, ""));
  const words = options.args?.split(/\s+/).filter((word) => word !== "") ?? [];
  if (configs.length === 0 && words.length === 0)
    throw new InputError("name a configuration file, or give --args; smmu boot --help tells the usage");
  const step = options["fail-step"];
  if (step !== undefined && !(Number.isInteger(step) && step >= 1))
    throw new InputError(`--fail-step ${step} is no step; steps count from 1`);
  const { board: boards, service, guest, scenario = null } = options;
  const hosted = { vms: options.vm.map(String), inVms: options["in-vm"].map(String) };
  if (guest && hosted.vms.length > 0) throw new InputError("a guest starts no VMs: --vm belongs to its host");
  return { configs, words, boards: boards.map(String), service, guest, scenario, hosted };
}

function versionOfPackage(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}

function bootJson(run: BootRun, reader: BootReader, state: IommuState): { readonly [name: string]: unknown } {
  const { info, replay, unchanged } = run;
  return {
    boot: info.name,
    phase: replay.phase,
    dss: dssJson(reader, state),
    events: info.events,
    faults: info.summary!.faults,
    calls: callsOf(reader),
    transactions: replay.transactions,
    conformance: replay.conformance,
    service: state.service?.name ?? null,
    placement: state.service?.placement ?? null,
    stateDigest: replay.stateDigest,
    logDigest: replay.logDigest,
    unchanged,
  };
}

/** The contract's members, why in words, and the place of the configuration that is to blame, where one is. */
function dssJson(reader: BootReader, { service }: IommuState): unknown {
  if (service?.dss == null) return null;
  for (const { event } of events(reader)) {
    if (event.kind === "DssEntered") return { ...service.dss, detail: event.detail, origin: event.told };
  }
  return service.dss;
}

function callsOf(reader: BootReader): unknown[] {
  const calls: unknown[] = [];
  for (const { cause, event } of events(reader)) {
    const returned = isOutcome(event) ? innermost(event) : null;
    if (returned?.kind !== "CallReturned") continue;
    const { client, function: name, returns, errno } = returned satisfies Outcome;
    calls.push({ seq: cause, client, function: name, returns, errno });
  }
  return calls;
}

async function printBoot(
  terminal: Terminal,
  { info, unchanged, replay }: BootRun,
  reader: BootReader,
  state: IommuState,
  { service, boards }: BootRequest,
  _prepared: PreparedBoot,
  all: boolean,
): Promise<void> {
  const { color } = terminal;
  const on = boards.length === 0 ? "on a board of which nothing is said" : `on ${boards.join(", ")}`;
  const phase = replay.phase === "dss" ? color.red("in its Design Safe State") : replay.phase;
  await terminal.out(
    `${color.bold(service)} ${on}: ${phase}; boot ${color.bold(info.name)}, ${plural(info.events, "event")}${unchanged ? ", there already from the same input" : ""}\n\n`,
  );
  await terminal.out(renderStory(terminal, events(reader), state, all));
  const { total, permitted, denied, unrestricted } = replay.transactions;
  if (total > 0)
    await terminal.out(
      `\n${plural(total, "transfer")}: ${permitted} permitted (${unrestricted} unrestricted), ${denied} denied\n`,
    );
  const { compared, agreed, diverged, divergences } = replay.conformance;
  if (compared > 0) {
    const verdict = diverged > 0 ? color.red(`${diverged} diverged`) : color.green("none diverged");
    await terminal.out(`${plural(compared, "expectation")}: ${agreed} met, ${verdict}\n`);
    for (const { seq, expected, actual } of divergences.slice(0, 10))
      await terminal.out(`  ${seq}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}\n`);
  }
}
