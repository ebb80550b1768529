import { join } from "node:path";
import { type Expectation, printExpectations } from "../../replay/corpus/expectations.ts";
import type { Command } from "../command.ts";
import {
  type CorpusResult,
  checkFile,
  corpusFiles,
  EXPECTATIONS_FILE,
  expectationOf,
  loadExpectations,
} from "../corpus/runCorpus.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { count, plural } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";
import { writeAtomically } from "../writeAtomically.ts";

interface CorpusOptions {
  readonly folder: string;
  readonly update: boolean;
  readonly expectations: string | undefined;
}

/** `smmu corpus DIR`: recorded boots judged by the present rules, held to the verdicts that are expected of them. */
export const corpusCommand: Command<CorpusOptions> = {
  form: "corpus <folder>",
  does: "judge a folder of recorded boots anew; fail on the first verdict that changed",
  options: (yargs) =>
    yargs
      .positional("folder", { type: "string", demandOption: true, describe: "recorded boots, one a file" })
      .option("update", { type: "boolean", default: false, describe: "write what is judged now as expected" })
      .option("expectations", {
        type: "string",
        describe: `what is expected (default: ${EXPECTATIONS_FILE} in the folder)`,
        requiresArg: true,
      }),
  async run(options, terminal) {
    const files = await corpusFiles(options.folder);
    if (files.length === 0)
      throw new InputError(
        `${options.folder} holds no recorded boots; they end in .jsonl, .log or .txt, or those with .gz`,
      );
    const place = options.expectations ?? join(options.folder, EXPECTATIONS_FILE);
    return options.update
      ? update(terminal, options.folder, files, place)
      : check(terminal, options.folder, files, place);
  },
};

async function check(
  terminal: Terminal,
  folder: string,
  files: readonly string[],
  place: string,
): Promise<number> {
  const expected = await loadExpectations(place);
  if (expected === null)
    throw new InputError(
      `${place} does not exist, so nothing is expected yet; smmu corpus ${folder} --update writes it`,
    );
  const results: CorpusResult[] = [];
  for (const file of files) {
    const result = await checkFile(folder, file, expected.boots.get(file) ?? null);
    results.push(result);
    if (!terminal.json) await terminal.out(resultText(terminal, result));
  }
  for (const file of expected.boots.keys()) {
    if (files.includes(file)) continue;
    const gone: CorpusResult = {
      ...{ file, status: "gone", events: 0, judgements: 0, first: null, changed: 0 },
      message: "verdicts are expected of it, but it is not there",
    };
    results.push(gone);
    if (!terminal.json) await terminal.out(resultText(terminal, gone));
  }
  const failed = results.filter(({ status }) => status !== "ok");
  if (terminal.json)
    await printJson(terminal, { ok: failed.length === 0, folder, expectations: place, boots: results });
  else await terminal.out(verdict(terminal, results.length, failed, folder));
  return failed.length === 0 ? EXIT.ok : EXIT.finding;
}

async function update(
  terminal: Terminal,
  folder: string,
  files: readonly string[],
  place: string,
): Promise<number> {
  const before = await loadExpectations(place).catch(() => null);
  const boots = new Map<string, Expectation>();
  const unreadable: { readonly file: string; readonly message: string }[] = [];
  for (const file of files) {
    const expectation = await expectationOf(folder, file);
    if (typeof expectation === "string") unreadable.push({ file, message: expectation });
    else boots.set(file, expectation);
  }
  const text = printExpectations({ boots });
  await writeAtomically(place, true, (piece) => piece(text));
  const changed = [...boots].filter(
    ([file, { verdicts }]) => before?.boots.get(file)?.verdicts.chunks.join() !== verdicts.chunks.join(),
  );
  if (terminal.json) {
    const written = { ok: unreadable.length === 0, folder, expectations: place, boots: [...boots.keys()] };
    await printJson(terminal, { ...written, changed: changed.map(([file]) => file), unreadable });
  } else {
    await terminal.out(
      `${place}: ${plural(boots.size, "boot")}, of which ${count(changed.length)} new or changed\n`,
    );
    for (const { file, message } of unreadable)
      await terminal.out(`${terminal.color.red("unreadable")} ${file}: ${message}\n`);
  }
  return unreadable.length === 0 ? EXIT.ok : EXIT.finding;
}

function resultText(terminal: Terminal, result: CorpusResult): string {
  const { color } = terminal;
  const { file, status, judgements, first, changed, message } = result;
  if (status === "ok")
    return `${color.green("ok   ")} ${file}: ${plural(judgements, "verdict")} as expected\n`;
  if (status !== "changed" || first === null) return `${color.red("FAIL ")} ${file}: ${message}\n`;
  const place = first.line === null ? file : `${file}:${first.line}`;
  const event = first.seq === null ? "the end" : `event ${first.seq}`;
  const what =
    first.expected === null && first.actual === null
      ? `from ${event} on something leads elsewhere than expected`
      : `${event}: expected ${first.expected ?? "nothing more"}, now ${first.actual ?? "nothing more"}`;
  const more = changed > 1 ? `; ${count(changed)} verdicts changed in all` : "";
  return `${color.red("FAIL ")} ${place}: ${what}${more}\n`;
}

function verdict(terminal: Terminal, all: number, failed: readonly CorpusResult[], folder: string): string {
  const { color } = terminal;
  if (failed.length === 0) return `${color.green("passed")}: ${plural(all, "boot")} judged as expected\n`;
  const advice = `If the change is meant, run: smmu corpus ${folder} --update, and review what it writes`;
  return `${color.red("failed")}: ${count(failed.length)} of ${plural(all, "boot")} not as expected. ${advice}\n`;
}
