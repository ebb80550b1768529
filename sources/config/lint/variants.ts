import type { Diagnostic } from "../../../base/diagnostic.ts";
import { CONFIG_CODES } from "../diagnosticCodes.ts";
import type { EffectiveConfig, ServiceName } from "../effective.ts";
import { effectiveConfig } from "../effectiveConfig.ts";
import type { ConfigOption } from "../options.ts";
import { forcedFiles } from "./startup.ts";
import { lintSubject } from "./subject.ts";

/** What the other variant of the service would refuse of a configuration that this one takes. */
export function onlyOneVariant(config: EffectiveConfig, options: readonly ConfigOption[]): Diagnostic[] {
  const here = refusals(options, config);
  const other: ServiceName = config.service === "smmuman" ? "smmuman-safety" : "smmuman";
  const known = new Set(here.map(keyOf));
  return refusals(options, { service: other, placement: config.placement })
    .filter((refusal) => !known.has(keyOf(refusal)))
    .map((refusal) => ({
      ...refusal,
      code: "CFG611",
      severity: CONFIG_CODES.CFG611.severity,
      message: `${other} would refuse this (${refusal.code}): ${refusal.message}`,
    }));
}

function refusals(
  options: readonly ConfigOption[],
  context: Pick<EffectiveConfig, "service" | "placement">,
): Diagnostic[] {
  const { effective, diagnostics } = effectiveConfig(options, {
    service: context.service,
    placement: context.placement,
  });
  const forced = forcedFiles(lintSubject(effective, options));
  return [...diagnostics, ...forced].filter(({ severity }) => severity === "error");
}

function keyOf({ code, file, line, column }: Diagnostic): string {
  return `${code} ${file}:${line}:${column}`;
}
