import type { Evidence } from "./evidence.ts";
import { durationText } from "./tell.ts";

/** How long before the question an event was: `3 events (1.2 ms) before the transfer`. */
export function agoText(evidence: Evidence, seq: number): string {
  return `${distanceText(evidence, evidence.question.seq - seq, seq)} before the transfer`;
}

/** How long after the question an event is: `3 events (1.2 ms) after the transfer`. */
export function laterText(evidence: Evidence, seq: number): string {
  return `${distanceText(evidence, seq - evidence.question.seq, seq)} after the transfer`;
}

function distanceText({ question, eventAt }: Evidence, events: number, seq: number): string {
  const then = eventAt(seq)?.t ?? null;
  const time =
    then === null || question.t === null || then === question.t
      ? ""
      : ` (${durationText(Math.abs(question.t - then))})`;
  return `${events} ${events === 1 ? "event" : "events"}${time}`;
}

/** By whom or by what the event of a seq was done: ` by devb (smmu_mapping_add)`; empty where it does not say. */
export function byWhom({ eventAt, state }: Evidence, seq: number, object: string | null): string {
  const event = eventAt(seq)?.event;
  const owner = [...state.objects].find(([name]) => name === object)?.[1].client ?? null;
  switch (event?.kind) {
    case "call":
      return ` by ${event.client} (${event.call.function})`;
    case "exit":
      return `, as ${event.client} ended,`;
    case "vm.stop":
      return `, as VM ${event.vm} ended,`;
    case "object.destroy":
      return ", with its object,";
    case "unmap":
    case "map":
      return owner === null ? "" : ` by ${owner}`;
    default:
      return "";
  }
}

/** The seqs that are known. */
export function present(seqs: readonly (number | null | undefined)[]): number[] {
  return seqs.filter((seq): seq is number => seq !== null && seq !== undefined);
}
