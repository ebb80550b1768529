import type { Diagnostic } from "../../base/diagnostic.ts";
import type { EffectiveConfig } from "./effective.ts";
import { alignment } from "./lint/alignment.ts";
import { duplicates, forwardReferences, ungranted, unitless, unusedSets } from "./lint/grants.ts";
import { overlaps, registerOverlaps, unitRegisters } from "./lint/overlap.ts";
import { radix } from "./lint/radix.ts";
import { rcarUnits } from "./lint/rcar.ts";
import { sharedIdentity, sharedWrites } from "./lint/sharing.ts";
import {
  bypass,
  forcedFiles,
  ignoredAcpi,
  missingSmmu,
  relaxedSafety,
  unknownLibrary,
  writeOnly,
} from "./lint/startup.ts";
import { type LintRule, lintSubject } from "./lint/subject.ts";
import { onlyOneVariant } from "./lint/variants.ts";
import type { ConfigOption } from "./options.ts";

/** The rules that need no board. Those that do take a board as well and stand elsewhere. */
const RULES: readonly LintRule[] = [
  unknownLibrary,
  ignoredAcpi,
  forcedFiles,
  relaxedSafety,
  bypass,
  writeOnly,
  alignment,
  overlaps,
  registerOverlaps,
  unitRegisters,
  rcarUnits,
  sharedIdentity,
  sharedWrites,
  unusedSets,
  ungranted,
  unitless,
  forwardReferences,
  duplicates,
  radix,
];

/**
 * What is accepted and yet likely wrong, a loss of protection, or a start-up that ends in the DSS on any board.
 * Comes on top of the diagnostics of `parseConfig`, which are `parsed`; hand both to `reportDiagnostics` to sort and
 * bound them.
 */
export function lintConfig(
  config: EffectiveConfig,
  options: readonly ConfigOption[],
  parsed: readonly Diagnostic[],
): Diagnostic[] {
  const subject = lintSubject(config, options);
  const isIncomplete = parsed.some(({ code, severity }) => severity === "error" && UNREAD.test(code));
  return [
    ...(isIncomplete ? [] : missingSmmu(subject)),
    ...RULES.flatMap((rule) => rule(subject)),
    ...onlyOneVariant(config, options),
  ];
}

// What could not be read as words, or not as an option, may be the very option that is missed.
const UNREAD = /^CFG(0|1|201)/;
