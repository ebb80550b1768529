import { once } from "node:events";
import pico from "picocolors";

/** How a command speaks: results to standard output, all else to standard error. */
export interface Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: ReturnType<typeof pico.createColors>;
  /** Columns of the terminal, 100 where there is none. */
  readonly width: number;
  /** A progress bar makes sense only where somebody looks. */
  readonly interactive: boolean;
  /** Writes a result; waits while the reader is slower than we are. */
  out(text: string): Promise<void>;
  /** Writes a note for the person at the terminal; silent with --quiet. */
  note(text: string): void;
}

/** The options that every command takes (contract 1). */
export interface CommonOptions {
  readonly db: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

/** The terminal of this process. */
export function openTerminal(options: CommonOptions): Terminal {
  const wanted = process.stdout.isTTY === true || Boolean(process.env["FORCE_COLOR"]);
  const color = options.color && !process.env["NO_COLOR"] && !options.json && wanted;
  return {
    json: options.json,
    quiet: options.quiet,
    color: pico.createColors(color),
    width: process.stdout.columns ?? 100,
    interactive: process.stderr.isTTY === true && !options.quiet,
    async out(text) {
      if (!process.stdout.write(text)) await once(process.stdout, "drain");
    },
    note(text) {
      if (!options.quiet) process.stderr.write(`${text}\n`);
    },
  };
}

/** Writes one JSON document and nothing else. */
export async function printJson(terminal: Terminal, value: unknown): Promise<void> {
  await terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}
