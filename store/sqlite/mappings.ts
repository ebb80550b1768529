import type { MappingRow } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { count, countOrNull, inPages, type Row, text } from "./rows.ts";

/** The table `mappings`. */
export type MappingTable = ReturnType<typeof mappingTable>;

const PAGE_SIZE = 1000;

/** Size classes run from 0 (one page) to this (more than 2^51 pages, all that there are). */
export const SIZE_CLASS_MAX = 52;

/** The size class of a run of pages: the least `c` with `pages <= 2^c`. */
export function sizeClass(pages: number): number {
  // In two halves: Math.log2 is not exact near a power of two, and Math.clz32 sees only 32 bits.
  const last = pages - 1;
  const high = Math.floor(last / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(last);
}

/** Prepares the statements on `mappings`. */
export function mappingTable(db: Connection) {
  const insert = db.prepare(
    `INSERT INTO mappings
       (boot_id, object, size_class, first_page, last_page, target_page, access, granted_seq, revoked_seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  // The unary plus keeps SQLite from the index, which would make it sort all rows for each page of them.
  const after = db.prepare<[number, number], Row>(
    `SELECT * FROM mappings WHERE id > ? AND +boot_id = ? ORDER BY id LIMIT ${PAGE_SIZE}`,
  );
  // Runs of one size class that meet the pages asked for begin at most that size before them: a short stretch of index.
  const meeting = db.prepare<[number, number, number, number, number], Row>(
    `SELECT * FROM mappings WHERE boot_id = ? AND size_class = ? AND first_page > ? AND first_page <= ? AND last_page >= ?`,
  );
  const remove = db.prepare("DELETE FROM mappings WHERE boot_id = ?");

  return {
    add(bootId: number, mappings: readonly MappingRow[]): void {
      for (const m of mappings)
        insert.run(
          bootId,
          m.object,
          sizeClass(m.lastPage - m.firstPage + 1),
          m.firstPage,
          m.lastPage,
          m.targetPage,
          m.access,
          m.grantedSeq,
          m.revokedSeq,
        );
    },

    *all(bootId: number): Generator<MappingRow, void, undefined> {
      const fetch = (last: Row | null) => after.all(last === null ? -1 : count(last, "id"), bootId);
      for (const row of inPages(PAGE_SIZE, fetch)) yield mappingRow(row);
    },

    /** Those that meet `firstPage..lastPage`, of an object or of all (null), oldest grant first. */
    meeting(bootId: number, object: string | null, firstPage: number, lastPage: number): MappingRow[] {
      const found: Row[] = [];
      for (let size = 0; size <= SIZE_CLASS_MAX; size++)
        for (const row of meeting.all(bootId, size, firstPage - 2 ** size, lastPage, firstPage))
          if (object === null || row["object"] === object) found.push(row);
      found.sort(
        (a, b) => count(a, "granted_seq") - count(b, "granted_seq") || count(a, "id") - count(b, "id"),
      );
      return found.map(mappingRow);
    },

    remove: (bootId: number): void => void remove.run(bootId),
  };
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
