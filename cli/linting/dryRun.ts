import type { Diagnostic } from "../../base/diagnostic.ts";
import type { DssEntered } from "../../events/startupEvents.ts";
import type { ServiceName } from "../../events/vocabulary/service.ts";
import { MemoryRun } from "../../replay/memoryRun.ts";
import { simulate } from "../../replay/simulate.ts";
import type { Board } from "../../sources/board/board.ts";
import type { ConfigSource, FileReader } from "../../sources/config/preprocess.ts";
import { lintProblem, NOWHERE } from "../../sources/lint/problem.ts";
import type { Scenario } from "../../sources/scenario/scenario.ts";
import { assembleBoot } from "../booting/assembleBoot.ts";

/** A start-up to try. */
export interface DryRun {
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly sources: readonly ConfigSource[];
  readonly readFile: FileReader;
  readonly board: Board;
  readonly scenario: Scenario;
  readonly scenarioFile: string;
}

/** Starts the service on the board, in memory, and tells of a start-up that ends in the DSS: what no rule foresaw, too. */
export function dryRun(parts: DryRun): Diagnostic | null {
  const { simulation, family } = assembleBoot(parts);
  const run = new MemoryRun(family);
  simulate(run, { ...simulation, after: [] });
  const dss = run.events.find((event): event is DssEntered => event.kind === "DssEntered");
  if (dss === undefined) return null;
  const { reason, requirement, detail, told } = dss;
  const origin =
    told === null ? NOWHERE : { ...told, endColumn: told.column + 1, excerpt: null, substituted: [] };
  const message = `start-up on this board ends in the DSS, ${reason} (${requirement}): ${detail}`;
  return lintProblem(
    "LNT901",
    origin,
    message,
    "smmu boot with the same files shows every step that led there",
  );
}
