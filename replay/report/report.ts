import type { IommuState } from "../../core/state.ts";
import type { BootInfo, BootReader, LossRow } from "../../store/eventStore.ts";
import { eventAt } from "../bootEvents.ts";
import { type ExposureReport, exposureOf } from "../exposure/exposure.ts";
import { type ReplayReport, replayBoot, stateAt } from "../replayBoot.ts";
import { foldStorms, type Storm } from "../storms.ts";
import { type Explanation, explainEvent } from "../why/why.ts";

/** All that one attaches to a ticket about a boot. */
export interface BootReport {
  readonly info: BootInfo;
  readonly replay: ReplayReport;
  /** The machine at the end. */
  readonly state: IommuState;
  readonly faultCount: number;
  readonly stormCount: number;
  readonly storms: readonly ExplainedStorm[];
  readonly losses: readonly LossRow[];
  readonly exposure: ExposureReport;
}

/** A storm with the explanation of its first fault; null where a report leaves open what was asked. */
export interface ExplainedStorm {
  readonly storm: Storm;
  readonly why: Explanation | null;
}

/** How many storms a report explains: the first cause, then the largest. */
export const STORMS_EXPLAINED_MAX = 25;

/** Gathers a report from the log. */
export function reportOf(reader: BootReader): BootReport {
  const storms = foldStorms(reader);
  const chosen = new Set([...storms].sort((a, b) => b.count - a.count).slice(0, STORMS_EXPLAINED_MAX - 1));
  if (storms[0] !== undefined) chosen.add(storms[0]);
  return {
    info: reader.info,
    replay: replayBoot(reader),
    state: stateAt(reader),
    faultCount: storms.reduce((sum, storm) => sum + storm.count, 0),
    stormCount: storms.length,
    storms: storms
      .filter((storm) => chosen.has(storm))
      .map((storm) => ({ storm, why: explained(reader, storm) })),
    losses: reader.losses(),
    exposure: exposureOf(reader),
  };
}

function explained(reader: BootReader, storm: Storm): Explanation | null {
  const event = eventAt(reader, storm.firstSeq);
  const answer = event === null ? null : explainEvent(reader, event);
  return answer === null || "problem" in answer ? null : answer.explanation;
}
