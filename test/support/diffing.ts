import { compareBoots, type DiffOptions } from "../../replay/diff/diffBoots.ts";
import { ASPECTS, type DiffReport } from "../../replay/diff/report.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { bootFrom } from "./boots.ts";
import { fixtureText } from "./traceFile.ts";

/** A record of a trace. */
export type TraceRecord = { readonly kind: string; readonly [field: string]: unknown };

/** The records of a fixture, without its header. */
export function fixtureRecords(name: string): TraceRecord[] {
  const lines = fixtureText(`traces/${name}`).trim().split("\n").slice(1);
  return lines.map((line) => JSON.parse(line) as TraceRecord);
}

/** A boot of records, judged as a VT-d unit judges. */
export function vtdBoot(records: readonly object[]): BootReader {
  return bootFrom(records, "vtd");
}

/** Compares two boots; what differs as lines: `- mappings: text` is in A alone, `+` in B alone, `~` in both. */
export function differences(a: readonly object[], b: readonly object[], options: DiffOptions = {}): string[] {
  return linesOf(compareBoots(vtdBoot(a), vtdBoot(b), options).report);
}

/** The differences of a report as lines. */
export function linesOf(report: DiffReport): string[] {
  return ASPECTS.flatMap((aspect) => [
    ...report[aspect].removed.map(({ text }) => `- ${aspect}: ${text}`),
    ...report[aspect].added.map(({ text }) => `+ ${aspect}: ${text}`),
    ...report[aspect].changed.map(({ text }) => `~ ${aspect}: ${text}`),
  ]);
}
