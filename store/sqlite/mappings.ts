import type { MappingRow } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { count, countOrNull, inPages, type Row, text } from "./rows.ts";

/** The tables `mappings` and `mapping_pages`. */
export type MappingTable = ReturnType<typeof mappingTable>;

/** Size classes run from 0 (one page) to this (more than 2^51 pages, up to all that there are). */
export const SIZE_CLASS_MAX = 52;

/** The size class of a run of pages: the least `c` with `pages <= 2^c`. */
export function sizeClass(pages: number): number {
  // In two halves: Math.log2 is not exact near a power of two, and Math.clz32 sees only 32 bits.
  const last = pages - 1;
  const high = Math.floor(last / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(last);
}

const READ_ROWS = 1000;

// A boot has a mapping for every few events. So many rows to a statement cost half of what single rows do.
const INSERT_ROWS = 50;
const COLUMNS =
  "boot_id, number, object, first_page, last_page, size_class, target_page, access, granted_seq, revoked_seq";
const VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/**
 * Prepares the statements on `mappings` and on `mapping_pages`, its index by page. The index of a boot is made in one go
 * when the boot is complete, which takes half the time of keeping it as the boot grows; before, its rows are all looked at.
 */
export function mappingTable(db: Connection) {
  const insertOne = db.prepare(`INSERT INTO mappings (${COLUMNS}) VALUES ${VALUES}`);
  const insertMany = db.prepare(
    `INSERT INTO mappings (${COLUMNS}) VALUES ${Array(INSERT_ROWS).fill(VALUES).join(", ")}`,
  );
  const last = db.prepare<[number], Row>("SELECT max(number) AS number FROM mappings WHERE boot_id = ?");
  const after = db.prepare<[number, number], Row>(
    `SELECT * FROM mappings WHERE boot_id = ? AND number > ? ORDER BY number LIMIT ${READ_ROWS}`,
  );
  const index = db.prepare(
    `INSERT INTO mapping_pages (boot_id, size_class, first_page, number)
     SELECT boot_id, size_class, first_page, number FROM mappings WHERE boot_id = ? ORDER BY 1, 2, 3, 4`,
  );
  // Runs of one size class that meet the pages asked for begin at most that size before them: a short stretch of index.
  const meeting = db.prepare<[number, number, number, number, number], Row>(
    `SELECT m.* FROM mapping_pages p CROSS JOIN mappings m
     WHERE p.boot_id = ? AND p.size_class = ? AND p.first_page > ? AND p.first_page <= ?
       AND m.boot_id = p.boot_id AND m.number = p.number AND m.last_page >= ?`,
  );
  const meetingUnindexed = db.prepare<[number, number, number], Row>(
    "SELECT * FROM mappings WHERE boot_id = ? AND first_page <= ? AND last_page >= ?",
  );
  const remove = db.prepare("DELETE FROM mappings WHERE boot_id = ?");
  const removeIndex = db.prepare("DELETE FROM mapping_pages WHERE boot_id = ?");

  function* byClass(bootId: number, firstPage: number, lastPage: number): Generator<Row> {
    for (let size = 0; size <= SIZE_CLASS_MAX; size++)
      yield* meeting.all(bootId, size, firstPage - 2 ** size, lastPage, firstPage);
  }

  return {
    add(bootId: number, mappings: readonly MappingRow[]): void {
      if (mappings.length === 0) return;
      const number = (countOrNull(last.get(bootId)!, "number") ?? -1) + 1;
      const whole = mappings.length - (mappings.length % INSERT_ROWS);
      for (let i = 0; i < whole; i += INSERT_ROWS)
        insertMany.run(values(bootId, number + i, mappings.slice(i, i + INSERT_ROWS)));
      for (let i = whole; i < mappings.length; i++) insertOne.run(values(bootId, number + i, [mappings[i]!]));
    },

    /** Makes the index by page of a boot that will get no more rows. */
    index: (bootId: number): void => void index.run(bootId),

    *all(bootId: number): Generator<MappingRow, void, undefined> {
      const fetch = (row: Row | null) => after.all(bootId, row === null ? -1 : count(row, "number"));
      for (const row of inPages(READ_ROWS, fetch)) yield mappingRow(row);
    },

    /** Those that meet `firstPage..lastPage`, of an object or of all (null), oldest grant first. */
    meeting(
      bootId: number,
      indexed: boolean,
      query: { readonly object: string | null; readonly firstPage: number; readonly lastPage: number },
    ): MappingRow[] {
      const { object, firstPage, lastPage } = query;
      const rows = indexed
        ? byClass(bootId, firstPage, lastPage)
        : meetingUnindexed.all(bootId, lastPage, firstPage);
      const found = [...rows].filter((row) => object === null || row["object"] === object);
      return found
        .sort(
          (a, b) =>
            count(a, "granted_seq") - count(b, "granted_seq") || count(a, "number") - count(b, "number"),
        )
        .map(mappingRow);
    },

    remove(bootId: number): void {
      removeIndex.run(bootId);
      remove.run(bootId);
    },
  };
}

// Filled in place: with hundreds of thousands of rows, an array for each would cost as much as storing them.
function values(bootId: number, firstNumber: number, mappings: readonly MappingRow[]): unknown[] {
  const all = new Array<unknown>(mappings.length * 10);
  let at = 0;
  for (let i = 0; i < mappings.length; i++) {
    const m = mappings[i]!;
    all[at++] = bootId;
    all[at++] = firstNumber + i;
    all[at++] = m.object;
    all[at++] = m.firstPage;
    all[at++] = m.lastPage;
    all[at++] = sizeClass(m.lastPage - m.firstPage + 1);
    all[at++] = m.targetPage;
    all[at++] = m.access;
    all[at++] = m.grantedSeq;
    all[at++] = m.revokedSeq;
  }
  return all;
}

function mappingRow(row: Row): MappingRow {
  return {
    object: text(row, "object"),
    firstPage: count(row, "first_page"),
    lastPage: count(row, "last_page"),
    targetPage: count(row, "target_page"),
    access: text(row, "access"),
    grantedSeq: count(row, "granted_seq"),
    revokedSeq: countOrNull(row, "revoked_seq"),
  };
}
