import type { Json } from "../../base/canonicalJson.ts";
import { canonicalJson } from "../../base/canonicalJson.ts";
import type { Digest } from "../../base/digest.ts";
import type { BootHeader } from "../../events/recordedEvent.ts";
import { headerText } from "../chain.ts";
import type { BootInfo, BootStart, BootSummary } from "../eventStore.ts";
import { compareTexts } from "../order.ts";
import type { Connection } from "./connection.ts";
import { Damage } from "./errors.ts";
import { count, digest, json, type Row, text, textOrNull } from "./rows.ts";

/** A boot, with its key in the other tables and the text that its chain begins with. */
export interface StoredBoot {
  readonly id: number;
  readonly headerText: string;
  readonly info: BootInfo;
}

/** The tables `boots` and `files`. */
export type BootTable = ReturnType<typeof bootTable>;

/** Prepares the statements on `boots` and `files`. */
export function bootTable(db: Connection) {
  const every = db.prepare<[], Row>("SELECT * FROM boots");
  const named = db.prepare<[string], Row>("SELECT * FROM boots WHERE name = ?");
  const present = db.prepare<[number], Row>("SELECT 1 FROM boots WHERE id = ?");
  const insert = db.prepare(
    `INSERT INTO boots (name, source, source_digest, family, header, complete, event_count, log_digest)
     VALUES (?, ?, ?, ?, ?, 0, 0, ?)`,
  );
  const advance = db.prepare(
    "UPDATE boots SET event_count = ?, log_digest = ? WHERE id = ? AND event_count = ? AND log_digest = ?",
  );
  const summarise = db.prepare(
    "UPDATE boots SET complete = 1, fault_count = ?, skipped_count = ?, state_digest = ?, dss = ? WHERE id = ?",
  );
  const remove = db.prepare("DELETE FROM boots WHERE id = ?");
  const files = db.prepare<[number], Row>("SELECT number, name FROM files WHERE boot_id = ? ORDER BY number");
  const insertFile = db.prepare("INSERT INTO files (boot_id, number, name) VALUES (?, ?, ?)");
  const removeFiles = db.prepare("DELETE FROM files WHERE boot_id = ?");

  const stored = (row: Row): StoredBoot => {
    const id = count(row, "id");
    return { id, headerText: text(row, "header"), info: bootInfo(row, fileNames(files.all(id))) };
  };

  return {
    /** All boots, by name. */
    all: (): StoredBoot[] =>
      every
        .all()
        .map(stored)
        .sort((a, b) => compareTexts(a.info.name, b.info.name)),

    named(name: string): StoredBoot | null {
      const row = named.get(name);
      return row === undefined ? null : stored(row);
    },

    isPresent: (id: number): boolean => present.get(id) !== undefined,

    /** Adds an empty, incomplete boot; returns its id. */
    insert(start: BootStart, chainHead: Digest): number {
      const { name, source, sourceDigest, header } = start;
      const added = insert.run(name, source, sourceDigest, header.family, headerText(header), chainHead);
      return Number(added.lastInsertRowid);
    },

    /** Moves the head from one place to the next; refuses when it is not where the writer left it. */
    advance(id: number, from: ChainHead, to: ChainHead): void {
      const moved = advance.run(to.events, to.digest, id, from.events, from.digest);
      if (moved.changes !== 1) throw new Damage(`another program changed a boot while it was written`);
    },

    /** Marks the boot as complete, or a complete one as judged anew. */
    summarise(id: number, summary: BootSummary): void {
      const dss = summary.dss === null ? null : canonicalJson(summary.dss);
      summarise.run(summary.faults, summary.skipped, summary.stateDigest, dss, id);
    },

    addFiles(id: number, firstNumber: number, names: readonly string[]): void {
      names.forEach((name, i) => {
        insertFile.run(id, firstNumber + i, name);
      });
    },

    remove(id: number): void {
      removeFiles.run(id);
      remove.run(id);
    },
  };
}

/** Where a boot's chain ends. */
export interface ChainHead {
  readonly events: number;
  readonly digest: Digest;
}

function bootInfo(row: Row, files: readonly string[]): BootInfo {
  const complete = count(row, "complete") === 1;
  return {
    name: text(row, "name"),
    source: text(row, "source"),
    sourceDigest: row["source_digest"] === null ? null : digest(row, "source_digest"),
    header: bootHeader(row),
    events: count(row, "event_count"),
    complete,
    logDigest: digest(row, "log_digest"),
    summary: complete ? bootSummary(row) : null,
    files,
  };
}

function bootSummary(row: Row): BootSummary {
  return {
    faults: count(row, "fault_count"),
    skipped: count(row, "skipped_count"),
    stateDigest: digest(row, "state_digest"),
    dss: textOrNull(row, "dss") === null ? null : (json(row, "dss") as Json),
  };
}

function bootHeader(row: Row): BootHeader {
  const value = json(row, "header");
  if (!isHeader(value)) throw new Damage(`column "header" does not hold a boot's header`);
  return value;
}

function isHeader(value: unknown): value is BootHeader {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { family, recorder, note, outcomes, extra } = value as Record<string, unknown>;
  return (
    typeof family === "string" &&
    (recorder === null || typeof recorder === "string") &&
    (note === null || typeof note === "string") &&
    (outcomes === "derived" || outcomes === "recorded") &&
    typeof extra === "object" &&
    !Array.isArray(extra)
  );
}

function fileNames(rows: readonly Row[]): readonly string[] {
  return rows.map((row, i) => {
    if (row["number"] !== i) throw new Damage(`file ${i} of a boot is missing`);
    return text(row, "name");
  });
}
