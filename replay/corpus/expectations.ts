import type { Json } from "../../base/canonicalJson.ts";
import { err, ok, type Result } from "../../base/result.ts";
import type { VerdictRecord } from "./verdictRecord.ts";

/** What a folder of recorded boots is expected to be judged as. */
export interface Expectations {
  readonly boots: ReadonlyMap<string, Expectation>;
}

/** One file: what it is known by, and its verdicts. */
export interface Expectation {
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
  readonly verdicts: VerdictRecord;
}

const FORMAT = "smmu-corpus";
const VERSION = 1;

/** Expectations as a text that reads well in a version control system: files by name, one member a line. */
export function printExpectations({ boots }: Expectations): string {
  const files = [...boots].sort(([x], [y]) => (x < y ? -1 : 1));
  const data = {
    format: FORMAT,
    version: VERSION,
    boots: Object.fromEntries(
      files.map(([file, { sha256, verdicts }]) => [
        file,
        { sha256, ...verdicts, chunks: verdicts.chunks.join(" ") },
      ]),
    ),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

/** Reads expectations; the error is a sentence. */
export function readExpectations(text: string): Result<Expectations, string> {
  let data: Json;
  try {
    data = JSON.parse(text) as Json;
  } catch (error) {
    return err(`it is not JSON (${(error as Error).message})`);
  }
  const top = data as { readonly [name: string]: Json } | null;
  if (typeof top !== "object" || top?.["format"] !== FORMAT) return err(`its "format" is not "${FORMAT}"`);
  if (top["version"] !== VERSION)
    return err(`it is of version ${String(top["version"])}, this program reads ${VERSION}`);
  const boots = new Map<string, Expectation>();
  for (const [file, value] of Object.entries(top["boots"] as object)) {
    const read = readOne(value as { readonly [name: string]: Json });
    if (read === null) return err(`what it says of ${file} is not complete`);
    boots.set(file, read);
  }
  return ok({ boots });
}

function readOne(value: { readonly [name: string]: Json }): Expectation | null {
  const { sha256, events, judgements, counts, runs, chunks } = value;
  const good =
    typeof sha256 === "string" &&
    typeof events === "number" &&
    typeof judgements === "number" &&
    typeof counts === "object" &&
    counts !== null &&
    (runs === null || typeof runs === "string") &&
    typeof chunks === "string";
  if (!good) return null;
  const verdicts = {
    events,
    judgements,
    counts: counts as { readonly [verdict: string]: number },
    runs,
    chunks: chunks === "" ? [] : chunks.split(" "),
  };
  return { sha256, verdicts };
}
