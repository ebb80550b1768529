import type { Block } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { blob, count, digest, type Row } from "./rows.ts";

/** The table `blocks`. */
export type BlockTable = ReturnType<typeof blockTable>;

/** Prepares the statements on `blocks`. Blocks are fetched one at a time, so that no cursor locks the connection. */
export function blockTable(db: Connection) {
  const insert = db.prepare(
    "INSERT INTO blocks (boot_id, first_seq, event_count, digest, bytes) VALUES (?, ?, ?, ?, ?)",
  );
  const from = db.prepare<[number, number], Row>(
    "SELECT * FROM blocks WHERE boot_id = ? AND first_seq >= ? ORDER BY first_seq LIMIT 1",
  );
  const holding = db.prepare<[number, number], Row>(
    "SELECT first_seq FROM blocks WHERE boot_id = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1",
  );
  const before = db.prepare<[number, number], Row>(
    "SELECT digest FROM blocks WHERE boot_id = ? AND first_seq < ? ORDER BY first_seq DESC LIMIT 1",
  );
  const remove = db.prepare("DELETE FROM blocks WHERE boot_id = ?");

  return {
    insert(bootId: number, block: Block): void {
      insert.run(bootId, block.firstSeq, block.count, block.digest, block.bytes);
    },

    /** The first block that begins at `seq` or later, unchecked. */
    from(bootId: number, seq: number): Block | null {
      const row = from.get(bootId, seq);
      if (row === undefined) return null;
      return {
        firstSeq: count(row, "first_seq"),
        count: count(row, "event_count"),
        bytes: blob(row, "bytes"),
        digest: digest(row, "digest"),
      };
    },

    /** Where the block begins that holds `seq`, or the last one before it. */
    startBefore(bootId: number, seq: number): number | null {
      const row = holding.get(bootId, seq);
      return row === undefined ? null : count(row, "first_seq");
    },

    /** The digest of the block before the one that begins at `seq`. */
    digestBefore(bootId: number, seq: number): string | null {
      const row = before.get(bootId, seq);
      return row === undefined ? null : digest(row, "digest");
    },

    remove: (bootId: number): void => void remove.run(bootId),
  };
}
