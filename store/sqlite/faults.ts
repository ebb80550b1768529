import type { FaultRow } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { count, countOrNull, inPages, type Row, text, textOrNull, timeOrNull } from "./rows.ts";

/** The table `faults`. */
export type FaultTable = ReturnType<typeof faultTable>;

const PAGE_SIZE = 500;

// A storm is a fault for every event: so many rows to a statement cost half of what single rows do.
const INSERT_ROWS = 50;
const COLUMNS = "boot_id, seq, t, device, kind, reason, code, access, page, address, json";
const VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/** Prepares the statements on `faults`. */
export function faultTable(db: Connection) {
  const insertOne = db.prepare(`INSERT INTO faults (${COLUMNS}) VALUES ${VALUES}`);
  const insertMany = db.prepare(
    `INSERT INTO faults (${COLUMNS}) VALUES ${Array(INSERT_ROWS).fill(VALUES).join(", ")}`,
  );
  const after = db.prepare<[number, number, number], Row>(
    `SELECT * FROM faults WHERE boot_id = ? AND (seq, id) > (?, ?) ORDER BY seq, id LIMIT ${PAGE_SIZE}`,
  );
  const remove = db.prepare("DELETE FROM faults WHERE boot_id = ?");

  return {
    add(bootId: number, faults: readonly FaultRow[]): void {
      const whole = faults.length - (faults.length % INSERT_ROWS);
      for (let i = 0; i < whole; i += INSERT_ROWS)
        insertMany.run(faults.slice(i, i + INSERT_ROWS).flatMap((fault) => values(bootId, fault)));
      for (const fault of faults.slice(whole)) insertOne.run(values(bootId, fault));
    },

    *from(bootId: number, fromSeq: number): Generator<FaultRow, void, undefined> {
      const fetch = (last: Row | null) =>
        last === null
          ? after.all(bootId, fromSeq, -1)
          : after.all(bootId, count(last, "seq"), count(last, "id"));
      for (const row of inPages(PAGE_SIZE, fetch)) yield faultRow(row);
    },

    remove: (bootId: number): void => void remove.run(bootId),
  };
}

function faultRow(row: Row): FaultRow {
  return {
    seq: count(row, "seq"),
    t: timeOrNull(row, "t"),
    device: textOrNull(row, "device"),
    kind: text(row, "kind"),
    reason: textOrNull(row, "reason"),
    code: textOrNull(row, "code"),
    access: text(row, "access"),
    page: countOrNull(row, "page"),
    address: textOrNull(row, "address"),
    json: text(row, "json"),
  };
}

function values(bootId: number, fault: FaultRow): unknown[] {
  const { seq, t, device, kind, reason, code, access, page, address, json } = fault;
  return [bootId, seq, t, device, kind, reason, code, access, page, address, json];
}
