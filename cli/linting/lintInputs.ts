import { type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import type { ServiceName } from "../../events/vocabulary/service.ts";
import { type Board, type BoardInput, EXAMPLE_PREFIX, readBoard } from "../../sources/board/board.ts";
import type { SubstitutionTables } from "../../sources/config/substitutionTables.ts";
import { isSilent } from "../../sources/lint/skippedChecks.ts";
import { readScenario } from "../../sources/scenario/readScenario.ts";
import { NO_SCENARIO, type Scenario } from "../../sources/scenario/scenario.ts";
import { readWhole } from "../booting/readFiles.ts";
import { InputError } from "../inputError.ts";

/** What is to be checked, as the command line says it. */
export interface LintRequest {
  /** Configurations and buildfiles, told apart by their names. */
  readonly files: readonly string[];
  /** Words of the service's own command line, read before the files. */
  readonly words: readonly string[];
  readonly boards: readonly string[];
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly scenario: string | null;
  /** Buildfiles of further file systems of the same target. */
  readonly with: readonly string[];
  /** Folders in which files of the build machine are looked for. */
  readonly roots: readonly string[];
  readonly dmaDrivers: readonly string[];
  readonly ignoredDrivers: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
}

/** True for a name that buildfiles have. */
export function isBuildfile(file: string): boolean {
  return /\.(build|bld)$/.test(file);
}

/** Everything that was read. */
export interface LintInputs {
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly board: Board | null;
  /** What substitutions are looked up in; null where nobody said: firmware knows nothing of the system page. */
  readonly tables: SubstitutionTables;
  readonly scenario: Scenario;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads every file that the command names. Throws InputError where one cannot be read, UnusableInput where it is not what it should be. */
export async function readInputs({
  files,
  with: others,
  boards,
  scenario,
}: LintRequest): Promise<LintInputs> {
  const contents = new Map<string, Uint8Array>();
  for (const file of [...files, ...others]) contents.set(file, await readWhole(file));
  const inputs: BoardInput[] = [];
  for (const name of boards) {
    inputs.push({ name, bytes: name.startsWith(EXAMPLE_PREFIX) ? new Uint8Array() : await readWhole(name) });
  }
  const read = readBoard(inputs);
  const told =
    scenario === null
      ? NO_SCENARIO
      : readScenario(new TextDecoder().decode(await readWhole(scenario)), scenario);
  const diagnostics = [...read.diagnostics, ...told.diagnostics];
  if (read.board === null || hasErrors(told.diagnostics)) throw new UnusableInput(diagnostics);
  const board = boards.length === 0 ? null : read.board;
  return { contents, board, tables: tablesOf(board), scenario: told, diagnostics };
}

function tablesOf(board: Board | null): SubstitutionTables {
  if (board === null || isSilent(board.json)) return { asinfo: null, env: null };
  const asinfo = board.json.asinfo.map(({ name, start, length }) => {
    return { name, start: BigInt(start), length: BigInt(length) };
  });
  return { asinfo, env: board.json.env };
}

/** A board or a scenario that is not what it should be; the diagnostics say why. */
export class UnusableInput extends InputError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super("the board or the scenario cannot be used; see above");
    this.diagnostics = diagnostics;
  }
}
