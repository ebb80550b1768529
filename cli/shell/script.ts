import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { Json } from "../../base/canonicalJson.ts";
import { StoreError } from "../../store/eventStore.ts";
import { readWhole } from "../booting/readFiles.ts";
import { STDIN } from "../importing/byteInput.ts";
import { InputError } from "../inputError.ts";
import { execute } from "./shell.ts";
import type { ShellState } from "./shellState.ts";

/** What a run of commands came to. */
export interface ScriptReport {
  /** One object a line that was understood or not. */
  readonly commands: readonly { readonly [name: string]: Json }[];
  readonly findings: number;
  readonly errors: number;
}

/** Does the lines of a file, or of standard input as they come; a bad line is told and passed over, or ends it with `bail`. */
export async function runScript(
  shell: ShellState,
  script: string | null,
  options: { readonly bail: boolean },
): Promise<ScriptReport> {
  const { terminal } = shell;
  const commands: { readonly [name: string]: Json }[] = [];
  const file = script === null || script === STDIN ? "standard input" : script;
  let findings = 0;
  let errors = 0;
  let line = 0;
  for await (const input of linesOf(script)) {
    line += 1;
    if (input.trim() === "" || /^\s*#/.test(input)) continue;
    if (!terminal.json && !terminal.quiet)
      await terminal.out(`${terminal.color.dim(shell.prompt)}${input.trim()}\n`);
    try {
      const reply = await execute(shell, input, { file, line });
      if (reply === null) continue;
      if (reply.finding === true) findings += 1;
      if (terminal.json) commands.push({ line, input, ...reply.json });
      else await terminal.out(reply.text);
      if (reply.leave === true) break;
    } catch (error) {
      if (!(error instanceof InputError || error instanceof StoreError)) throw error;
      errors += 1;
      process.stderr.write(`${file}:${line}: ${error.message}\n`);
      if (terminal.json) commands.push({ line, input, error: error.message });
      if (options.bail) break;
    }
  }
  return { commands, findings, errors };
}

async function* linesOf(script: string | null): AsyncGenerator<string> {
  const input =
    script === null || script === STDIN
      ? process.stdin
      : Readable.from([Buffer.from(await readWhole(script))]);
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
