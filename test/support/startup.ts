import { assembleBoot } from "../../cli/booting/assembleBoot.ts";
import type { IommuState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { IommuEvent } from "../../events/recordedEvent.ts";
import type { ServiceName } from "../../events/vocabulary/service.ts";
import type { Question } from "../../events/vocabulary/startupQuestion.ts";
import { MemoryRun } from "../../replay/memoryRun.ts";
import { simulate } from "../../replay/simulate.ts";
import { type Board, EXAMPLE_PREFIX, readBoard } from "../../sources/board/board.ts";
import { readScenario } from "../../sources/scenario/readScenario.ts";

/** A start-up of a test: a configuration, and what is not said is left out or the plainest there is. */
export interface StartupStory {
  readonly config: string;
  /** `example:NAME`, or members of a board file beside format and version; `tables`: firmware by name. */
  readonly board?: string | { readonly [member: string]: unknown };
  readonly tables?: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly service?: ServiceName;
  readonly guest?: boolean;
  /** Records of a scenario. */
  readonly scenario?: readonly object[];
  readonly failStep?: number;
}

/** What became of it. */
export interface StartupResult {
  readonly state: IommuState;
  readonly phase: string;
  /** `reason requirement`, or null. */
  readonly dss: string | null;
  readonly events: readonly IommuEvent[];
  readonly steps: readonly Question[];
  /** The outcomes of a kind. */
  all<K extends Outcome["kind"]>(kind: K): Extract<Outcome, { kind: K }>[];
  /** What the service said, each with where it went: `error stderr+slog2: ...`. */
  readonly said: readonly string[];
}

/** Reads and runs a start-up in memory, through the very readers that the front door uses. */
export function start(story: StartupStory): StartupResult {
  const { simulation, family } = assemble(story);
  const run = new MemoryRun(family);
  const { steps } = simulate(run, { ...simulation, failStep: story.failStep ?? null });
  const { events, state } = run;
  const all = <K extends Outcome["kind"]>(kind: K) =>
    events.filter((event): event is Extract<Outcome, { kind: K }> => event.kind === kind);
  const { service } = state;
  return {
    state,
    phase: service?.phase ?? "unstarted",
    dss: service?.dss == null ? null : `${service.dss.reason} ${service.dss.requirement}`,
    events,
    steps,
    all,
    said: all("MessageEmitted").map(({ level, to, text }) => `${level} ${to.join("+")}: ${text}`),
  };
}

/** The parts of a start-up put together. */
export function assemble(story: StartupStory) {
  const { config, service = "smmuman", guest = false, scenario = [] } = story;
  const text = scenario.map((record) => JSON.stringify(record)).join("\n");
  const told = readScenario(text, "scenario.jsonl");
  if (told.diagnostics.length > 0) throw new Error(`bad scenario: ${JSON.stringify(told.diagnostics)}`);
  return assembleBoot({
    service,
    guest,
    sources: [{ kind: "file", path: "a.smmu" }],
    readFile: (path) =>
      path === "a.smmu"
        ? { ok: true, value: new TextEncoder().encode(config) }
        : { ok: false, error: "it does not exist" },
    board: boardOf(story),
    scenario: told,
    scenarioFile: "scenario.jsonl",
  });
}

/** The board of a story; it must be a good one. */
export function boardOf({ board = {}, tables = [] }: Pick<StartupStory, "board" | "tables">): Board {
  const first =
    typeof board === "string" && board.startsWith(EXAMPLE_PREFIX)
      ? { name: board, bytes: new Uint8Array() }
      : {
          name: "board.json",
          bytes: new TextEncoder().encode(
            JSON.stringify({ format: "smmu-board", version: 1, ...(board as object) }),
          ),
        };
  const read = readBoard([first, ...tables]);
  if (read.board === null) throw new Error(`bad board: ${JSON.stringify(read.diagnostics)}`);
  return read.board;
}

/** What a transfer of the scenario came to: `permitted via`, `denied reason`. */
export function verdicts({ events }: StartupResult): string[] {
  return events.flatMap((event) => {
    if (event.kind === "TransferPermitted") return [`permitted ${event.via}`];
    if (event.kind === "TransferDenied") return [`denied ${event.reason}`];
    return event.kind === "InterruptRaised" ? ["interrupt"] : [];
  });
}
