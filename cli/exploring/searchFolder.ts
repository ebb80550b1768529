import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { layoutOf } from "../../replay/explore/layout.ts";
import type { RuleLog } from "../../replay/explore/ruleLog.ts";
import type { Progress, Search } from "../../replay/explore/search.ts";
import { InputError } from "../inputError.ts";
import type { DiskStates } from "./diskStates.ts";

/** What a search was asked to do: the part of it that it goes on with. */
export interface SearchPlan {
  readonly model: string;
  readonly sizes: { readonly [what: string]: number };
  readonly symmetry: boolean;
  readonly bitstateBytes: number | null;
  /** States are on the disk alone. */
  readonly disk: boolean;
  /** What the model is made of, so that another one is not taken for it. */
  readonly fingerprint: string;
}

/** A search as it was kept in a folder. */
export interface KeptSearch {
  readonly plan: SearchPlan;
  readonly progress: Progress;
  readonly elapsedMs: number;
  readonly rules: Int32Array;
  readonly layout: number;
}

const NOTE = "search.json";
const RULES = "rules.words";
const count = z.number().int().min(0);
const SCHEMA = z.object({
  format: z.literal("smmu-explore"),
  version: z.literal(1),
  plan: z.object({
    model: z.string(),
    sizes: z.record(z.string(), count),
    symmetry: z.boolean(),
    bitstateBytes: count.nullable(),
    disk: z.boolean(),
    fingerprint: z.string(),
  }),
  progress: z.object({
    widths: z.array(count.max(31).min(1)).max(10_000),
    count: count.max(2 ** 31),
    next: count,
    levelEnd: count,
    depth: count,
    pending: z.array(z.tuple([count, count])),
    transitions: count,
    states: count,
    asked: count,
    found: z.array(
      z.object({
        property: z.string(),
        kind: z.enum(["broken", "reached"]),
        action: count.nullable(),
        state: count,
      }),
    ),
  }),
  elapsedMs: z.number().min(0),
  rules: count.max(2 ** 28),
  layout: count,
});

/** A folder in which a search keeps itself, so that another process can go on with it. */
export class SearchFolder {
  readonly path: string;
  #rulesWritten = 0;

  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new InputError(`${path} cannot be made a folder: ${(error as Error).message}`);
    }
  }

  /** Whether a search is kept here. */
  get isTaken(): boolean {
    return existsSync(join(this.path, NOTE));
  }

  /** Keeps the search as it is now: what was kept before stays good until all of it is written. */
  save(plan: SearchPlan, search: Search, log: RuleLog, states: () => DiskStates, elapsedMs: number): void {
    const progress = search.save();
    const file = states();
    file.sync();
    const { end, words } = log;
    this.#writeRules(words.slice(this.#rulesWritten, end));
    this.#rulesWritten = end;
    const note = {
      format: "smmu-explore",
      version: 1,
      plan,
      progress,
      elapsedMs,
      rules: end,
      layout: file.layout,
    };
    const beside = join(this.path, `${NOTE}.tmp`);
    writeFileSync(beside, JSON.stringify(note), { flush: true });
    renameSync(beside, join(this.path, NOTE));
    file.removeOlder();
  }

  /** The search that is kept here. */
  load(): KeptSearch {
    const { plan, progress, elapsedMs, rules: length, layout } = this.#note();
    const { words } = layoutOf(progress.widths);
    this.#assertSize(`states-${layout}.words`, progress.count * words * 4);
    this.#assertSize(`states-${layout}.parents`, progress.count * 4);
    this.#assertSize(RULES, length * 4);
    const rules = new Int32Array(length);
    const file = openSync(join(this.path, RULES), "r");
    readSync(file, new Uint8Array(rules.buffer), 0, rules.byteLength, 0);
    closeSync(file);
    this.#rulesWritten = length;
    return { plan, progress, elapsedMs, rules, layout };
  }

  /** Removes what a search kept here: it is over. */
  clear(states: DiskStates): void {
    states.close();
    for (const name of [NOTE, RULES, `states-${states.layout}.words`, `states-${states.layout}.parents`])
      rmSync(join(this.path, name), { force: true });
  }

  #note(): z.infer<typeof SCHEMA> {
    let text: string;
    try {
      text = readFileSync(join(this.path, NOTE), "utf8");
    } catch {
      throw new InputError(`${this.path} holds no search to go on with: there is no ${NOTE} in it`);
    }
    try {
      return SCHEMA.parse(JSON.parse(text));
    } catch {
      throw new InputError(
        `${join(this.path, NOTE)} is not the note of a search that this version can go on with`,
      );
    }
  }

  #assertSize(name: string, bytes: number): void {
    const path = join(this.path, name);
    const size = existsSync(path) ? statSync(path).size : 0;
    if (size < bytes) throw new InputError(`${path} is damaged: it has ${size} of ${bytes} bytes`);
  }

  #writeRules(words: Int32Array): void {
    const file = openSync(join(this.path, RULES), this.#rulesWritten === 0 ? "w" : "r+");
    writeSync(file, new Uint8Array(words.buffer), 0, words.byteLength, this.#rulesWritten * 4);
    fsyncSync(file);
    closeSync(file);
  }
}
