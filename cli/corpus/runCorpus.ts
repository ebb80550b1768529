import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { eventAt } from "../../replay/bootEvents.ts";
import { type Expectation, type Expectations, readExpectations } from "../../replay/corpus/expectations.ts";
import { firstChange, recordVerdicts, type VerdictRecord } from "../../replay/corpus/verdictRecord.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { memoryEventStore } from "../../store/memoryEventStore.ts";
import { importBoot } from "../importing/importBoot.ts";
import { InputError } from "../inputError.ts";

/** The name of the expectations in a folder of recorded boots. */
export const EXPECTATIONS_FILE = "smmu-corpus.json";

/** What became of one file. */
export interface CorpusResult {
  readonly file: string;
  readonly status: "ok" | "changed" | "new" | "other-file" | "gone" | "unreadable";
  readonly events: number;
  readonly judgements: number;
  /** The first judgement that is not the expected one, and where it was recorded. */
  readonly first: CorpusChange | null;
  /** How many judgements changed, as far as that can be told. */
  readonly changed: number;
  readonly message: string | null;
}

/** A judgement that changed. */
export interface CorpusChange {
  readonly seq: number | null;
  readonly line: number | null;
  readonly expected: string | null;
  readonly actual: string | null;
}

// What a recorded boot may be named like; all else in the folder is not looked at.
const TRACES = /\.(?:jsonl|log|txt)(?:\.gz)?$/;

/** The recorded boots of a folder, by name. */
export async function corpusFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && TRACES.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new InputError(`${folder} does not exist; name a folder of recorded boots`);
    if (code === "ENOTDIR") throw new InputError(`${folder} is not a folder; name the folder it is in`);
    throw new InputError(`${folder} cannot be read: ${(error as Error).message}`);
  }
}

/** The expectations of a file; null: there is none. */
export async function loadExpectations(file: string): Promise<Expectations | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new InputError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const read = readExpectations(text);
  if (read.ok) return read.value;
  throw new InputError(
    `${file} is no file of expectations: ${read.error}; smmu corpus --update writes it anew`,
  );
}

/** Judges one file anew and holds the verdicts to what is expected of it; `expected` null: nothing is. */
export async function checkFile(
  folder: string,
  file: string,
  expected: Expectation | null,
): Promise<CorpusResult> {
  const { reader, problem } = await importedBoot(join(folder, file));
  if (reader === null) return { ...blank(file), status: "unreadable", message: problem };
  const base = { ...blank(file), events: reader.info.events };
  if (expected === null)
    return { ...base, status: "new", message: "nothing is expected of it; --update writes what it is" };
  if (expected.sha256 !== (await digestOfFile(join(folder, file))))
    return {
      ...base,
      status: "other-file",
      message: "it is another file than the one whose verdicts are expected",
    };
  const found = firstChange(expected.verdicts, reader);
  const judged = { ...base, judgements: expected.verdicts.judgements };
  if (found === null) return { ...judged, status: "ok" };
  const { seq, expected: before, actual } = found.first;
  const event = seq === null ? null : eventAt(reader, seq);
  const first = { seq, line: event?.origin?.line ?? null, expected: before, actual };
  return { ...judged, status: "changed", first, changed: found.changed };
}

/** What a file is judged as now. */
export async function expectationOf(folder: string, file: string): Promise<Expectation | string> {
  const { reader, problem } = await importedBoot(join(folder, file));
  if (reader === null) return problem;
  const verdicts: VerdictRecord = recordVerdicts(reader);
  return { sha256: await digestOfFile(join(folder, file)), verdicts };
}

function blank(file: string): Omit<CorpusResult, "status"> {
  return { file, events: 0, judgements: 0, first: null, changed: 0, message: null };
}

type Imported =
  | { readonly reader: BootReader; readonly problem: "" }
  | { readonly reader: null; readonly problem: string };

/** A boot of a store of its own; lines that cannot be read would leave their verdicts out, so they fail the file. */
async function importedBoot(path: string): Promise<Imported> {
  try {
    const store = memoryEventStore();
    const report = await importBoot(store, { files: [path], format: "auto", boot: "b", replace: false });
    const bad = report.diagnostics.find(({ severity }) => severity === "error");
    if (bad !== undefined) return { reader: null, problem: placed(bad) };
    return { reader: store.read(report.info.name), problem: "" };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { reader: null, problem: error.message };
  }
}

function placed({ line, code, message }: Diagnostic): string {
  return `line ${line ?? "?"}: ${message} [${code}]`;
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
