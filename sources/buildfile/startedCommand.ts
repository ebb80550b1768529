import type { ScriptLanguage, ScriptWord } from "./commandWords.ts";
import type { TextPlace } from "./sourceText.ts";
import type { TargetEnvironment } from "./variables.ts";

/** A command that the start-up runs, in the order of running. */
export interface StartedCommand {
  /** Its number in that order. */
  readonly index: number;
  /** The name without its folder, and as it was written. */
  readonly program: string;
  readonly path: string;
  readonly options: readonly PlacedWord[];
  readonly place: TextPlace;
  readonly environment: TargetEnvironment;
  /** It, or the program that starts it, does not wait: `&`. */
  readonly background: boolean;
  /** The scripts it runs in that were started with `&`: numbers of those starts. */
  readonly scopes: readonly number[];
  readonly conditional: boolean;
  /** It stands in a boot script, whose environment is all that is set in the buildfile. */
  readonly language: ScriptLanguage;
  /** The component of an slm configuration that runs it. */
  readonly launch: Launch | null;
}

/** A component of a launcher: what runs before it is all that is sure of its order. */
export interface Launch {
  /** The number of the launcher's own start. */
  readonly by: number;
  readonly component: string;
  /** Components that are started before it. */
  readonly after: ReadonlySet<string>;
  /** The launcher waits for something before it goes on to what depends on it. */
  readonly isWaitedFor: boolean;
}

/** A word of a command with its place. */
export interface PlacedWord extends ScriptWord {
  readonly place: TextPlace;
}

/** What the start-up does: its commands, and the environment of the bootstrap file. */
export interface Startup {
  readonly commands: readonly StartedCommand[];
  readonly boot: TargetEnvironment;
  /** The system process that the bootstrap file starts, such as `procnto-smp-instr`. */
  readonly kernel: { readonly name: string; readonly place: TextPlace } | null;
  readonly hasBootstrap: boolean;
  readonly hasScript: boolean;
  /** Scripts that could not be followed. */
  readonly unfollowed: readonly StartedCommand[];
  /** A line `...`, or a macro, stands for commands that are left out. */
  readonly isExcerpt: boolean;
}
