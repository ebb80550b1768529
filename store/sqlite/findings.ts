import type { FindingRow } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { Damage } from "./errors.ts";
import { count, inPages, type Row, text } from "./rows.ts";

/** The table `findings`. */
export type FindingTable = ReturnType<typeof findingTable>;

const PAGE_SIZE = 500;

/** Prepares the statements on `findings`. */
export function findingTable(db: Connection) {
  const insert = db.prepare(
    "INSERT INTO findings (boot_id, seq, conformance, expected, actual) VALUES (?, ?, ?, ?, ?)",
  );
  const after = db.prepare<[number, number, number], Row>(
    `SELECT * FROM findings WHERE boot_id = ? AND (seq, id) > (?, ?) ORDER BY seq, id LIMIT ${PAGE_SIZE}`,
  );
  const remove = db.prepare("DELETE FROM findings WHERE boot_id = ?");

  return {
    add(bootId: number, findings: readonly FindingRow[]): void {
      for (const { seq, conformance, expected, actual } of findings)
        insert.run(bootId, seq, conformance, expected, actual);
    },

    *all(bootId: number): Generator<FindingRow, void, undefined> {
      const fetch = (last: Row | null) =>
        last === null ? after.all(bootId, -1, -1) : after.all(bootId, count(last, "seq"), count(last, "id"));
      for (const row of inPages(PAGE_SIZE, fetch)) yield findingRow(row);
    },

    remove: (bootId: number): void => void remove.run(bootId),
  };
}

function findingRow(row: Row): FindingRow {
  const conformance = text(row, "conformance");
  if (conformance !== "stale" && conformance !== "diverged")
    throw new Damage(`column "conformance" does not hold a kind of finding`);
  return {
    seq: count(row, "seq"),
    conformance,
    expected: text(row, "expected"),
    actual: text(row, "actual"),
  };
}
