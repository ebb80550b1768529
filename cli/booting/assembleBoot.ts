import { FAMILY_OF_TYPE } from "../../core/startup/families.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import type { Placement, ServiceName } from "../../events/vocabulary/service.ts";
import type { Environment } from "../../replay/environment.ts";
import type { Simulation, ToldStimulus } from "../../replay/simulate.ts";
import type { Board } from "../../sources/board/board.ts";
import { surroundings } from "../../sources/board/surroundings.ts";
import type { EffectiveConfig } from "../../sources/config/effective.ts";
import type { ConfigSource, FileReader } from "../../sources/config/preprocess.ts";
import { type OptionsRead, readOptions } from "../../sources/config/readOptions.ts";
import type { Scenario, ScenarioRecord } from "../../sources/scenario/scenario.ts";
import { type ConfigRead, configStimuli, devicesNamed } from "../../sources/startup/configStimuli.ts";

/** The parts of a start-up, all read. */
export interface BootParts {
  readonly service: ServiceName;
  readonly guest: boolean;
  /** Where the configuration is, in the order in which the service reads it (ST-6). */
  readonly sources: readonly ConfigSource[];
  readonly readFile: FileReader;
  readonly board: Board;
  readonly scenario: Scenario;
  /** The scenario's name, for its lines. */
  readonly scenarioFile: string;
  /** What happens once the service is up, before the scenario: VMs start. */
  readonly vms?: (config: EffectiveConfig) => readonly ToldStimulus[];
}

/** A start-up, ready to run any number of times. */
export interface AssembledBoot {
  readonly simulation: Simulation;
  readonly family: Family;
  readonly options: OptionsRead;
  /** The configuration as the service reads it in that place. */
  readonly config: (placement: Placement) => ConfigRead;
}

/** Puts a configuration, a board and a scenario together. Reads nothing but the files of the configuration. */
export function assembleBoot(parts: BootParts): AssembledBoot {
  const { board, scenario, service, scenarioFile } = parts;
  const options = readOptions({
    sources: parts.sources,
    readFile: parts.readFile,
    asinfo: board.json.asinfo.map(({ name, start, length }) => {
      return { name, start: BigInt(start), length: BigInt(length) };
    }),
    env: board.json.env,
  });
  const config = remembered((placement) => configStimuli(options, service, placement));
  const vms = parts.vms?.(config("hardware").effective) ?? [];
  const named = [...devicesNamed(options), ...devicesOf(scenario), ...vms.flatMap(devicesOfVm)];
  const environment = { ...surroundings(board, named), inGuest: parts.guest };
  const told = (record: ScenarioRecord) => scenarioTold(record, scenarioFile);
  return {
    simulation: {
      service,
      arguments: parts.sources.flatMap((source) =>
        source.kind === "words" ? source.words : [`@${source.path}`],
      ),
      environment,
      configuration: (placement) => config(placement).told.map(configTold),
      before: scenario.before.map(told),
      failures: scenario.failures.map((record) => ({ fail: record.stimulus, origin: told(record).origin })),
      after: [...vms, ...scenario.after.map(told)],
      failStep: null,
      timing: scenario.timing,
    },
    family: familyOf(options, environment),
    options,
    config,
  };
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

function scenarioTold({ stimulus, at }: ScenarioRecord, file: string): ToldStimulus {
  return { stimulus, origin: { file, line: at.line }, t: at.t, extra: at.extra };
}

function devicesOf({ before, after }: Scenario): DeviceName[] {
  return [...before, ...after].flatMap((told) => {
    const { stimulus } = told;
    if ("device" in stimulus && stimulus.device !== null) return [stimulus.device];
    return devicesOfVm(told);
  });
}

function devicesOfVm({ stimulus }: Pick<ToldStimulus, "stimulus">): readonly DeviceName[] {
  return stimulus.kind === "vm" ? stimulus.pass : [];
}

/** Whose rules judge: those of the library's family; in a guest the vdev permits what was granted and nothing else. */
function familyOf({ options }: OptionsRead, { vdev, inGuest, board }: Environment): Family {
  if (vdev !== null || inGuest) return "ideal";
  const smmu = options.findLast((option) => option.kind === "smmu");
  const known = smmu === undefined ? undefined : FAMILY_OF_TYPE[smmu.library.value.base];
  return known ?? board.units[0]?.family ?? "ideal";
}
