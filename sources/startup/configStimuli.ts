import type { Diagnostic } from "../../base/diagnostic.ts";
import type {
  ConfigEndStimulus,
  ConfigOptionStimulus,
  ConfigProblemStimulus,
} from "../../events/startupEvents.ts";
import type { ConfigFacts } from "../../events/vocabulary/configFacts.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { parseDeviceName } from "../../events/vocabulary/device.ts";
import type { Placement, ServiceName } from "../../events/vocabulary/service.ts";
import { toConfigJson } from "../config/configJson.ts";
import type { EffectiveConfig } from "../config/effective.ts";
import { type ConfigStep, effectiveConfig } from "../config/effectiveConfig.ts";
import type { ConfigOption } from "../config/options.ts";
import type { OptionsRead } from "../config/readOptions.ts";
import { reportDiagnostics } from "../config/reportDiagnostics.ts";

/** One thing that a service is told while it reads its configuration, and the line that tells it. */
export interface ConfigTold {
  readonly stimulus: ConfigOptionStimulus | ConfigProblemStimulus | ConfigEndStimulus;
  readonly file: string | null;
  readonly line: number | null;
}

/** A configuration as one service in one place reads it. */
export interface ConfigRead {
  /** In order: each option with its fate, then what is wrong, then the end. */
  readonly told: readonly ConfigTold[];
  readonly effective: EffectiveConfig;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a service makes of the options once it knows where it runs (HG-3.2): the stimuli of its start-up. */
export function configStimuli(read: OptionsRead, service: ServiceName, placement: Placement): ConfigRead {
  const { effective, steps, diagnostics } = effectiveConfig(read.options, { service, placement });
  const all = reportDiagnostics([...read.diagnostics, ...diagnostics]);
  const told: ConfigTold[] = [
    ...steps.map((step, at) => optionTold(step, read.options[at]!)),
    ...all.map(problemTold),
    { stimulus: { kind: "config.end", config: configFacts(effective) }, file: null, line: null },
  ];
  return { told, effective, diagnostics: all };
}

/** The devices that a configuration speaks of, wherever it is read. */
export function devicesNamed(read: OptionsRead): readonly DeviceName[] {
  const names = read.options.flatMap((option) => (option.kind === "device" ? [option.device.value] : []));
  return [...new Set(names)].filter((name) => parseDeviceName(name) !== null);
}

/** The effective configuration as plain data: contract 3 and the machine speak of the same thing. */
export function configFacts(effective: EffectiveConfig): ConfigFacts {
  return toConfigJson(effective) as unknown as ConfigFacts;
}

const EFFECTS = {
  read: "kept",
  "replaced-by-later": "replaced",
  "ignored-in-guest": "ignored",
  refused: "refused",
} as const;

function optionTold(step: ConfigStep, option: ConfigOption): ConfigTold {
  const { index, word, origin, outcome, because, requirement, replacedBy } = step;
  return {
    stimulus: {
      kind: "config.option",
      index,
      option: word,
      arguments: option.arguments.map(({ value }) => value),
      effect: EFFECTS[outcome],
      because,
      requirement,
      replacedBy,
      column: origin.column,
    },
    file: origin.file,
    line: origin.line,
  };
}

function problemTold(diagnostic: Diagnostic): ConfigTold {
  const { severity, code, message, hint = null, file, line, column = null } = diagnostic;
  return {
    stimulus: { kind: "config.problem", severity, code, message, hint, place: { file, line, column } },
    file,
    line,
  };
}
