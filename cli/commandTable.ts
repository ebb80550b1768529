import type { CommandModule } from "yargs";
import { type Command, toYargs } from "./command.ts";
import type { CommonOptions } from "./terminal.ts";

type Module = CommandModule<CommonOptions, unknown>;

/**
 * Every command by its first word, in the order of the help. Each is loaded only when its word is given: some bring
 * a parser or a server along, and a command line should answer at once.
 */
export const COMMAND_TABLE: ReadonlyMap<string, () => Promise<Module>> = new Map([
  entry("import", async () => (await import("./commands/import.ts")).importCommand),
  entry("boot", async () => (await import("./commands/boot.ts")).bootCommand),
  entry("shell", async () => (await import("./commands/shell.ts")).shellCommand),
  entry("lint", async () => (await import("./commands/lint.ts")).lintCommand),
  entry("inspect", async () => (await import("./commands/inspect.ts")).inspectCommand),
  entry("boots", async () => (await import("./commands/boots.ts")).bootsCommand),
  entry("remove", async () => (await import("./commands/boots.ts")).removeCommand),
  entry("log", async () => (await import("./commands/log.ts")).logCommand),
  entry("replay", async () => (await import("./commands/replay.ts")).replayCommand),
  entry("state", async () => (await import("./commands/state.ts")).stateCommand),
  entry("faults", async () => (await import("./commands/faults.ts")).faultsCommand),
  entry("why", async () => (await import("./commands/why.ts")).whyCommand),
  entry("diff", async () => (await import("./commands/diff.ts")).diffCommand),
  entry("bisect", async () => (await import("./commands/bisect.ts")).bisectCommand),
  entry("corpus", async () => (await import("./commands/corpus.ts")).corpusCommand),
  entry("exposure", async () => (await import("./commands/exposure.ts")).exposureCommand),
  entry("check", async () => (await import("./commands/check.ts")).checkCommand),
  entry("explore", async () => (await import("./commands/explore.ts")).exploreCommand),
  entry("mutants", async () => (await import("./commands/mutants.ts")).mutantsCommand),
  entry("report", async () => (await import("./commands/report.ts")).reportCommand),
  entry("export", async () => (await import("./commands/export.ts")).exportCommand),
  entry("verify", async () => (await import("./commands/verify.ts")).verifyCommand),
  entry("view", async () => (await import("./commands/view.ts")).viewCommand),
  entry("demo", async () => (await import("./commands/demo.ts")).demoCommand),
]);

/** The commands that a command line may mean: those it has a word of, or all where it has none. */
export async function commandsFor(words: readonly string[]): Promise<readonly Module[]> {
  if (words.includes("--version")) return [];
  const meant = [...COMMAND_TABLE].filter(([word]) => words.includes(word));
  const chosen = meant.length > 0 ? meant : [...COMMAND_TABLE];
  return Promise.all(chosen.map(([, load]) => load()));
}

function entry<O>(word: string, load: () => Promise<Command<O>>): [string, () => Promise<Module>] {
  return [word, async () => toYargs(await load()) as unknown as Module];
}
