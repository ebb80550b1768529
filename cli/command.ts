import type { Argv, CommandModule } from "yargs";
import { type CommonOptions, openTerminal, type Terminal } from "./terminal.ts";

/** One command: its form, its options, and what it does; `run` answers with the exit code. */
export interface Command<O> {
  readonly form: string;
  readonly does: string;
  readonly options: (yargs: Argv<CommonOptions>) => Argv<O>;
  readonly run: (options: O & CommonOptions, terminal: Terminal) => Promise<number>;
}

/** A command as yargs wants it. */
export function toYargs<O>(command: Command<O>): CommandModule<CommonOptions, O> {
  return {
    command: command.form,
    describe: command.does,
    builder: (yargs) => command.options(yargs as Argv<CommonOptions>) as Argv<O>,
    handler: async (options) => {
      const given = options as unknown as O & CommonOptions;
      process.exitCode = await command.run(given, openTerminal(given));
    },
  };
}
