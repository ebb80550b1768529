import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { Tally } from "../../replay/check/check.ts";
import { CHUNK, type ChunkResult } from "../../replay/check/checker.ts";
import { InputError } from "../inputError.ts";
import { versionOfPackage } from "../packageVersion.ts";

/** What a check has lived so far, to go on from another time: whole chunks alone, from the first of the seed on. */
export interface CheckState {
  readonly seed: number;
  /** What is checked, as text: another plan is another check. */
  readonly plan: string;
  readonly chunks: number;
  readonly tally: Tally["result"];
}

const counts = z.record(z.string(), z.record(z.string(), z.number().int().nonnegative()));

const STATE = z.strictObject({
  format: z.literal("smmu-check"),
  version: z.string(),
  seed: z.number().int(),
  plan: z.string(),
  chunks: z.number().int().nonnegative(),
  tally: z.strictObject({
    lives: z.number().int().nonnegative(),
    steps: z.number().int().nonnegative(),
    coverage: counts,
    shown: z.array(z.string()),
    broken: z.array(z.strictObject({ name: z.string(), life: z.number().int().nonnegative() })),
  }),
});

/** The state in a file; null where there is no file. `plan` and `seed` (null: any) must be those it was made with. */
export async function readCheckState(
  file: string,
  plan: string,
  seed: number | null,
): Promise<CheckState | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new InputError(`--resume ${file} cannot be read: ${(error as Error).message}`);
  }
  const parsed = STATE.safeParse(json(text));
  if (!parsed.success) throw new InputError(`--resume ${file} is no state of a check; name another file`);
  const { version, ...state } = parsed.data;
  if (version !== versionOfPackage())
    throw new InputError(
      `--resume ${file} was made by smmu ${version}, whose lives are others; begin a new file`,
    );
  if (state.plan !== plan)
    throw new InputError(
      `--resume ${file} is of another check (${state.plan}); give the same options, or another file`,
    );
  if (seed !== null && state.seed !== seed)
    throw new InputError(
      `--resume ${file} is of seed ${state.seed}; leave --seed away, or name another file`,
    );
  if (state.tally.lives !== state.chunks * CHUNK)
    throw new InputError(`--resume ${file} is damaged: its counts do not agree; begin a new file`);
  return state;
}

/** The chunks that are over, from the first on without a gap, kept in a file now and then, so that little is lost. */
export class KeptChunks {
  readonly #file: string | null;
  readonly #of: Pick<CheckState, "seed" | "plan">;
  readonly #tally = new Tally();
  readonly #waiting = new Map<number, ChunkResult>();
  #chunks: number;
  #written = performance.now();
  #writing: Promise<void> = Promise.resolve();

  /** `file` null: nothing is kept. */
  constructor(file: string | null, of: Pick<CheckState, "seed" | "plan">, before: CheckState | null) {
    this.#file = file;
    this.#of = of;
    this.#chunks = before?.chunks ?? 0;
    if (before !== null) this.#tally.add(before.tally);
  }

  /** Takes a chunk, in any order; one that is not whole is lived again another time. */
  add(result: ChunkResult): void {
    if (this.#file === null || result.lives < CHUNK) return;
    this.#waiting.set(result.chunk, result);
    for (;;) {
      const next = this.#waiting.get(this.#chunks);
      if (next === undefined) break;
      this.#waiting.delete(this.#chunks);
      this.#tally.add(next);
      this.#chunks += 1;
    }
    if (performance.now() - this.#written > WRITTEN_EVERY_MS) this.#write();
  }

  /** Writes what is left to be written. */
  async end(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    const file = this.#file;
    if (file === null) return;
    this.#written = performance.now();
    const state = { ...this.#of, chunks: this.#chunks, tally: this.#tally.result };
    this.#writing = this.#writing.then(() => writeCheckState(file, state));
    // Told at the end.
    this.#writing.catch(() => {});
  }
}

const WRITTEN_EVERY_MS = 5000;

/** Writes the state beside the file and then in its place, so that it is whole at any time. */
async function writeCheckState(file: string, state: CheckState): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(
      beside,
      `${JSON.stringify({ format: "smmu-check", version: versionOfPackage(), ...state })}\n`,
    );
    await rename(beside, file);
  } catch (error) {
    throw new InputError(`--resume ${file} cannot be written: ${(error as Error).message}`);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
