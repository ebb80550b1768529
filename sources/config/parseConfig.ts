import type { Diagnostic } from "../../base/diagnostic.ts";
import type { ConfigContext, EffectiveConfig, Placement } from "./effective.ts";
import { type ConfigStep, effectiveConfig } from "./effectiveConfig.ts";
import type { ConfigOption } from "./options.ts";
import type { ConfigInput } from "./preprocess.ts";
import { readOptions } from "./readOptions.ts";
import { reportDiagnostics } from "./reportDiagnostics.ts";

/** A configuration read for one service; `placement` is taken as hardware where it is not yet known. */
export interface ParseInput extends ConfigInput, Omit<ConfigContext, "placement"> {
  readonly placement?: Placement;
}

/** All there is to know of a configuration. */
export interface ParsedConfig {
  readonly options: readonly ConfigOption[];
  readonly effective: EffectiveConfig;
  readonly steps: readonly ConfigStep[];
  /** What the service would refuse or remark on; with an error it does not start (G-7). `lintConfig` finds more. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a configuration and says what it comes to. Where host or guest is decided later, call `readOptions` first
 * and `effectiveConfig` after the decision; this does both. Never throws on bad input.
 */
export function parseConfig(input: ParseInput): ParsedConfig {
  const { options, diagnostics } = readOptions(input);
  const context: ConfigContext = { service: input.service, placement: input.placement ?? "hardware" };
  const result = effectiveConfig(options, context);
  return {
    options,
    effective: result.effective,
    steps: result.steps,
    diagnostics: reportDiagnostics([...diagnostics, ...result.diagnostics]),
  };
}
