import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { decide } from "../../core/decide.ts";
import { Folding } from "../../core/evolve.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { parseFamily } from "../../events/vocabulary/family.ts";
import { readHeader, type TraceHeader } from "../../sources/trace/smmuTrace/header.ts";
import { readLines } from "./machine.ts";

/** The text of a fixture, unpacked where its name ends in `.gz`. */
export function fixtureText(name: string): string {
  const bytes = readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** A trace of fixtures/traces, read and folded whole. */
export interface FoldedTrace {
  readonly header: TraceHeader;
  readonly diagnostics: readonly Diagnostic[];
  readonly state: IommuState;
  readonly judged: readonly { readonly stimulus: Stimulus; readonly outcome: Outcome }[];
}

/** Reads and folds a trace. */
export function foldTrace(name: string): FoldedTrace {
  const [first, ...lines] = fixtureText(`traces/${name}`).split("\n") as [string, ...string[]];
  const header = readHeader(first, name);
  if (!header.ok) throw new Error(header.error.message);
  const { stimuli, diagnostics } = readLines(lines);
  const folding = new Folding(initialState(parseFamily(header.value.header.family)!));
  const judged: { stimulus: Stimulus; outcome: Outcome }[] = [];
  stimuli.forEach(({ stimulus }, seq) => {
    const outcomes = decide(folding, stimulus);
    for (const outcome of outcomes) folding.apply(outcome, seq);
    if (stimulus.kind === "dma") judged.push({ stimulus, outcome: outcomes[0]! });
  });
  return { header: header.value, diagnostics, state: folding.finish(), judged };
}

/** How often each conformance came out. */
export function conformanceCounts({ judged }: FoldedTrace): Record<string, number> {
  const counts: Record<string, number> = { agreed: 0, stale: 0, diverged: 0 };
  for (const { outcome } of judged) {
    if (!("conformance" in outcome) || outcome.conformance === null) continue;
    counts[outcome.conformance]! += 1;
  }
  return counts;
}
