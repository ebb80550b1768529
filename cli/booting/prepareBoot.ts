import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import type { ServiceName } from "../../events/vocabulary/service.ts";
import { type Board, type BoardInput, EXAMPLE_PREFIX, readBoard } from "../../sources/board/board.ts";
import type { ConfigSource } from "../../sources/config/preprocess.ts";
import { readScenario } from "../../sources/scenario/readScenario.ts";
import { NO_SCENARIO, type Scenario } from "../../sources/scenario/scenario.ts";
import { type AssembledBoot, assembleBoot } from "./assembleBoot.ts";
import { readVms, type VmRequest, vmStarts } from "./hostedVms.ts";
import { ConfigFiles, readWhole } from "./readFiles.ts";

/** What a start-up is made of, as the command line names it. */
export interface BootRequest {
  readonly configs: readonly string[];
  /** Words of the service's own command line, read before the files. */
  readonly words: readonly string[];
  readonly boards: readonly string[];
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly scenario: string | null;
  /** VMs that start once the service is up. */
  readonly hosted?: VmRequest;
}

/** Everything read, and ready to run any number of times. */
export interface PreparedBoot extends AssembledBoot {
  readonly board: Board;
  /** Of boards and of the scenario; what is wrong with the configuration is the service's to say. */
  readonly diagnostics: readonly Diagnostic[];
  /** SHA-256 of everything that was read and asked for. */
  readonly digest: string;
}

/** Boards or a scenario that are not what they should be; the diagnostics say why. */
export interface Unprepared {
  readonly simulation: null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads boards, configuration and scenario. `version`: of this program, whose rules the boot is made by. */
export async function prepareBoot(request: BootRequest, version: string): Promise<PreparedBoot | Unprepared> {
  const hash = createHash("sha256").update(canonicalJson({ version, ...request } as unknown as Json));
  const inputs: BoardInput[] = [];
  for (const name of request.boards) {
    const bytes = name.startsWith(EXAMPLE_PREFIX) ? new Uint8Array() : await readWhole(name);
    inputs.push({ name, bytes });
    hash.update(bytes);
  }
  const { board, diagnostics: boardDiagnostics } = readBoard(inputs);
  let scenario: Scenario = NO_SCENARIO;
  if (request.scenario !== null) {
    const bytes = await readWhole(request.scenario);
    hash.update(bytes);
    scenario = readScenario(new TextDecoder().decode(bytes), request.scenario);
  }
  const diagnostics = [...boardDiagnostics, ...scenario.diagnostics];
  if (board === null || hasErrors(scenario.diagnostics)) return { diagnostics, simulation: null };
  const files = new ConfigFiles();
  // What the user names must be there; what a configuration names with @ is the service's to miss (G-7).
  for (const name of request.configs) files.give(name, await readWhole(name));
  const { service, guest, hosted = { vms: [], inVms: [] } } = request;
  for (const name of hosted.vms) files.give(name, await readWhole(name));
  const read = readVms(hosted.vms, files.read, board);
  if (read.broken) return { diagnostics: [...diagnostics, ...read.diagnostics], simulation: null };
  const ofVms = [...read.diagnostics];
  const assembled = assembleBoot({
    service,
    guest,
    sources: sourcesOf(request),
    readFile: files.read,
    board,
    scenario,
    scenarioFile: request.scenario ?? "",
    vms: (config) => {
      const starts = vmStarts(read, hosted, { board, service, config, readFile: files.read });
      ofVms.push(...starts.diagnostics);
      return starts.told;
    },
  });
  for (const [name, bytes] of files.contents) hash.update(name).update(bytes);
  return { ...assembled, board, diagnostics: [...diagnostics, ...ofVms], digest: hash.digest("hex") };
}

function sourcesOf({ words, configs }: BootRequest): ConfigSource[] {
  const files = configs.map((path): ConfigSource => ({ kind: "file", path }));
  return words.length === 0 ? files : [{ kind: "words", words }, ...files];
}
