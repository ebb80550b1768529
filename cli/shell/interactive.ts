import { createInterface } from "node:readline";
import { StoreError } from "../../store/eventStore.ts";
import { InputError } from "../inputError.ts";
import { plural } from "../render/table.ts";
import { complete } from "./complete.ts";
import { addHistory, HISTORY_LINES_MAX, readHistory } from "./history.ts";
import { unsavedEvents } from "./session.ts";
import { execute } from "./shell.ts";
import type { ShellState } from "./shellState.ts";

/** Where somebody types and reads; `history`: the file of earlier lines, null for none. */
export interface Desk {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly history: string | null;
}

/** Reads commands from a terminal until the user leaves; keeps the history of what was typed. */
export async function converse(shell: ShellState, desk: Desk): Promise<void> {
  const { terminal } = shell;
  shell.interactive = true;
  const { input, output, history: file } = desk;
  const typed: string[] = [];
  const prompt = createInterface({
    input,
    output,
    terminal: true,
    history: readHistory(file).reverse(),
    historySize: HISTORY_LINES_MAX,
    removeHistoryDuplicates: true,
    completer: (line: string) => complete(shell, line),
  });
  let leaving = false;
  let closed = false;
  let busy = false;
  let line = 0;
  const next = (): void => {
    if (closed) return;
    prompt.setPrompt(terminal.color.cyan(shell.prompt));
    prompt.prompt();
  };
  const one = async (text: string): Promise<void> => {
    if (leaving) return;
    line += 1;
    if (text.trim() !== "" && !text.startsWith(" ") && typed.at(-1) !== text) typed.push(text);
    busy = true;
    leaving = await answer(shell, text, line);
    busy = false;
    if (leaving) prompt.close();
    else next();
  };
  // Lines that are pasted come faster than they are done.
  let queue = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    prompt.on("line", (text) => {
      queue = queue.then(() => one(text)).catch(reject);
    });
    prompt.on("SIGINT", () => {
      if (busy) {
        shell.cancelled = true;
        return;
      }
      const isEmpty = prompt.line === "";
      prompt.write(null, { ctrl: true, name: "e" });
      prompt.write(null, { ctrl: true, name: "u" });
      output.write(isEmpty ? "^C  (Ctrl-D or quit leaves)\n" : "^C\n");
      next();
    });
    prompt.on("close", () => {
      closed = true;
      if (!leaving) output.write("\n");
      // What was typed before Ctrl-D still counts.
      queue.then(resolve, reject);
    });
    next();
  });
  const lost = shell.session.branches.filter((branch) => unsavedEvents(branch) > 0);
  for (const branch of lost)
    terminal.note(`${branch.name}: ${plural(unsavedEvents(branch), "event")} not saved`);
  const problem = addHistory(file, typed);
  if (problem !== null) terminal.note(problem);
}

/** Does one line and says what came of it; true: the shell is to be left. */
async function answer(shell: ShellState, text: string, line: number): Promise<boolean> {
  const { terminal } = shell;
  try {
    const reply = await execute(shell, text, { file: "shell", line });
    if (reply === null) return false;
    await terminal.out(reply.text);
    return reply.leave === true;
  } catch (error) {
    // What a user typed is never a reason to lose what came before it; a bug of ours is.
    if (!(error instanceof InputError || error instanceof StoreError)) throw error;
    await terminal.out(`${terminal.color.red("no:")} ${error.message}\n`);
    return false;
  }
}
