import { createHash } from "node:crypto";
import { canonicalJson } from "../../base/canonicalJson.ts";
import { type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import { FAMILY_OF_TYPE } from "../../core/startup/families.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import type { Placement, ServiceName } from "../../events/vocabulary/service.ts";
import type { Environment } from "../../replay/environment.ts";
import type { Simulation, ToldStimulus } from "../../replay/simulate.ts";
import { type Board, type BoardInput, EXAMPLE_PREFIX, readBoard } from "../../sources/board/board.ts";
import { surroundings } from "../../sources/board/surroundings.ts";
import type { ConfigSource } from "../../sources/config/preprocess.ts";
import { type OptionsRead, readOptions } from "../../sources/config/readOptions.ts";
import { readScenario } from "../../sources/scenario/readScenario.ts";
import { NO_SCENARIO, type Scenario, type ScenarioRecord } from "../../sources/scenario/scenario.ts";
import { type ConfigRead, configStimuli, devicesNamed } from "../../sources/startup/configStimuli.ts";
import { STDIN } from "../importing/byteInput.ts";
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
}

/** Everything read, and ready to run any number of times. */
export interface PreparedBoot {
  readonly simulation: Simulation;
  readonly family: Family;
  readonly board: Board;
  readonly options: OptionsRead;
  /** The configuration as the service reads it in that place. */
  readonly config: (placement: Placement) => ConfigRead;
  /** Of boards and of the scenario; what is wrong with the configuration is the service's to say. */
  readonly diagnostics: readonly Diagnostic[];
  /** SHA-256 of everything that was read and asked for. */
  readonly digest: string;
}

/** Reads boards, configuration and scenario. `simulation` is not to be had where one of them is not what it should be. */
export async function prepareBoot(
  request: BootRequest,
  version: string,
): Promise<PreparedBoot | { readonly diagnostics: readonly Diagnostic[]; readonly simulation: null }> {
  const hash = createHash("sha256").update(canonicalJson({ version, ...request }));
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
  if (request.configs.includes(STDIN)) files.give(STDIN, await readWhole(STDIN));
  const options = readOptions({
    sources: sourcesOf(request),
    readFile: files.read,
    asinfo: board.json.asinfo.map(({ name, start, length }) => {
      return { name, start: BigInt(start), length: BigInt(length) };
    }),
    env: board.json.env,
  });
  for (const [name, bytes] of files.contents) hash.update(name).update(bytes);
  const config = remembered((placement) => configStimuli(options, request.service, placement));
  const named = [...devicesNamed(options), ...devicesOf(scenario)];
  const environment = { ...surroundings(board, named), inGuest: request.guest };
  return {
    simulation: {
      service: request.service,
      arguments: [...request.words, ...request.configs.map((file) => `@${file}`)],
      environment,
      configuration: (placement) => config(placement).told.map(configTold),
      before: scenario.before.map((record) => scenarioTold(record, request)),
      failures: scenario.failures.map((record) => {
        return { fail: record.stimulus, origin: scenarioTold(record, request).origin };
      }),
      after: scenario.after.map((record) => scenarioTold(record, request)),
      failStep: null,
    },
    family: familyOf(options, environment),
    board,
    options,
    config,
    diagnostics,
    digest: hash.digest("hex"),
  };
}

function sourcesOf({ words, configs }: BootRequest): ConfigSource[] {
  const files = configs.map((path): ConfigSource => ({ kind: "file", path }));
  return words.length === 0 ? files : [{ kind: "words", words }, ...files];
}

function remembered(read: (placement: Placement) => ConfigRead): (placement: Placement) => ConfigRead {
  const known = new Map<Placement, ConfigRead>();
  return (placement) => {
    const result = known.get(placement) ?? read(placement);
    known.set(placement, result);
    return result;
  };
}

function configTold({ stimulus, file, line }: ConfigRead["told"][number]): ToldStimulus {
  return { stimulus, origin: file === null ? null : { file, line } };
}

function scenarioTold({ stimulus, at }: ScenarioRecord, { scenario }: BootRequest): ToldStimulus {
  return { stimulus, origin: { file: scenario!, line: at.line }, t: at.t, extra: at.extra };
}

function devicesOf({ before, after }: Scenario): DeviceName[] {
  return [...before, ...after].flatMap(({ stimulus }) =>
    "device" in stimulus && stimulus.device !== null ? [stimulus.device] : [],
  );
}

/** Whose rules judge: those of the library's family; in a guest the vdev permits what was granted and nothing else. */
function familyOf({ options }: OptionsRead, { vdev, inGuest, board }: Environment): Family {
  if (vdev !== null || inGuest) return "ideal";
  const smmu = options.findLast((option) => option.kind === "smmu");
  const known = smmu === undefined ? undefined : FAMILY_OF_TYPE[smmu.library.value.base];
  return known ?? board.units[0]?.family ?? "ideal";
}
