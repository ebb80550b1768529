import type { Diagnostic } from "../../../base/diagnostic.ts";
import { allowByName } from "../effective/grants.ts";
import type { EffectiveAllow, EffectiveConfig, EffectiveDevice } from "../effective.ts";
import type { ConfigOption } from "../options.ts";
import { HOST_ONLY } from "../optionWords.ts";

/** What a lint rule looks at. */
export interface LintSubject {
  readonly config: EffectiveConfig;
  /** The options that count: without those that a guest ignores. */
  readonly options: readonly ConfigOption[];
  readonly sets: ReadonlyMap<string, readonly EffectiveAllow[]>;
  /** The devices that use each allow set. */
  readonly usersOf: ReadonlyMap<string, readonly EffectiveDevice[]>;
}

/** One thing to look for. */
export type LintRule = (subject: LintSubject) => Diagnostic[];

/** Indexes a configuration once for all rules. */
export function lintSubject(config: EffectiveConfig, options: readonly ConfigOption[]): LintSubject {
  const usersOf = new Map<string, EffectiveDevice[]>();
  for (const device of config.devices) {
    for (const { name } of device.allow) {
      const users = usersOf.get(name);
      if (users === undefined) usersOf.set(name, [device]);
      else users.push(device);
    }
  }
  const counting = options.filter(({ word }) => config.placement === "hardware" || !HOST_ONLY.has(word));
  return { config, options: counting, sets: allowByName(config), usersOf };
}
