import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import { checkConsistency } from "./effective/consistency.ts";
import { applyOption, type Draft, newDraft } from "./effective/draft.ts";
import { type ConfigContext, defaultSafety, type EffectiveConfig } from "./effective.ts";
import type { ConfigOption } from "./options.ts";
import { HOST_ONLY, type OptionWord } from "./optionWords.ts";
import { formatPlace, type Origin } from "./origin.ts";
import { problem } from "./problem.ts";

/** What became of one option. `requirement` is the rule that decided, where one did. */
export interface ConfigStep {
  readonly index: number;
  readonly word: OptionWord;
  readonly origin: Origin;
  readonly outcome: "read" | "replaced-by-later" | "ignored-in-guest" | "refused";
  readonly because: string | null;
  readonly requirement: string | null;
  /** The option that took its place. */
  readonly replacedBy: number | null;
}

/** The effective configuration, each option's fate in order, and what the service would refuse. */
export interface EffectiveResult {
  readonly effective: EffectiveConfig;
  readonly steps: readonly ConfigStep[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What the options come to, once host or guest is decided. In a guest the host's options leave no trace but a step
 * and a diagnostic each (HG-3.2), and their arguments are not judged.
 */
export function effectiveConfig(options: readonly ConfigOption[], context: ConfigContext): EffectiveResult {
  const draft = newDraft(context);
  const steps: ConfigStep[] = [];
  const diagnostics: Diagnostic[] = [];
  const winners = lastOnes(options);
  for (const option of options) {
    const step = stepOf(option, context, winners);
    steps.push(step);
    if (step.outcome === "ignored-in-guest") {
      diagnostics.push(tellIgnored(option));
      continue;
    }
    diagnostics.push(...option.problems);
    if (step.outcome === "replaced-by-later")
      diagnostics.push(tellReplaced(option, options[step.replacedBy!]!));
    applyOption(draft, option, step.outcome !== "replaced-by-later");
  }
  const effective = finished(draft);
  diagnostics.push(...checkConsistency(draft, effective));
  return { effective, steps, diagnostics };
}

// LANG-8: of these only one can have effect. The same smmu type twice is such a case (G-17), two types are an error.
const SINGLE: ReadonlySet<OptionWord> = new Set<OptionWord>(["debug", "foreground", "safety", "user"]);

function lastOnes(options: readonly ConfigOption[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const option of options) {
    const key = singleKey(option);
    if (key !== null) last.set(key, option.index);
  }
  return last;
}

function singleKey(option: ConfigOption): string | null {
  if (option.kind === "smmu") return `smmu ${option.library.value.base}`;
  return SINGLE.has(option.word) && option.kind !== "unread" ? option.word : null;
}

function stepOf(
  option: ConfigOption,
  context: ConfigContext,
  winners: ReadonlyMap<string, number>,
): ConfigStep {
  const { index, word, origin } = option;
  const step = { index, word, origin, because: null, requirement: null, replacedBy: null };
  if (context.placement === "guest" && HOST_ONLY.has(word)) {
    const because = `"${word}" matters only to the host's service`;
    return { ...step, outcome: "ignored-in-guest", because, requirement: "HG-3.2" };
  }
  if (option.kind === "unread") {
    const isError = option.because === "error";
    const because = isError ? "it could not be read" : "a substitution was not looked up";
    return { ...step, outcome: "refused", because, requirement: isError ? "G-7" : null };
  }
  const key = singleKey(option);
  const winner = key === null ? index : (winners.get(key) ?? index);
  if (winner === index) return { ...step, outcome: "read" };
  const requirement = option.kind === "smmu" ? "G-17" : "LANG-8";
  return {
    ...step,
    outcome: "replaced-by-later",
    because: `the last "${word}" counts`,
    requirement,
    replacedBy: winner,
  };
}

function tellIgnored(option: ConfigOption): Diagnostic {
  const hint = "keep it in the configuration of the host's service only, or leave it: it does no harm here";
  return problem("CFG501", option.origin, `"${option.word}" is ignored in a guest (HG-3.2)`, hint);
}

function tellReplaced(option: ConfigOption, winner: ConfigOption): Diagnostic {
  const said = (one: ConfigOption) =>
    quote([one.word, ...one.arguments.map((argument) => argument.value)].join(" "));
  const rule = option.word === "smmu" ? "G-17" : "LANG-8";
  const message = `${said(option)} has no effect: ${said(winner)} follows at ${formatPlace(winner.origin)}, and the last one counts (${rule})`;
  return problem("CFG502", option.origin, message, "remove one of the two");
}

function finished(draft: Draft): EffectiveConfig {
  const { context, debug, foreground, user, smmu, units, allow } = draft;
  const devices = [...draft.devices.values()].map(({ statements: _, ...device }) => device);
  const safety = draft.safety ?? defaultSafety(context.service);
  return { ...context, debug, foreground, safety, user, smmu, units, allow, devices };
}
