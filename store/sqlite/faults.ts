import type { FaultRow } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { count, countOrNull, inPages, type Row, text, textOrNull, timeOrNull } from "./rows.ts";

/** The table `faults`. */
export type FaultTable = ReturnType<typeof faultTable>;

const PAGE_SIZE = 500;

/** Prepares the statements on `faults`. */
export function faultTable(db: Connection) {
  const insert = db.prepare(
    `INSERT INTO faults (boot_id, seq, t, device, kind, reason, code, access, page, address, json)
     VALUES (:bootId, :seq, :t, :device, :kind, :reason, :code, :access, :page,
       :address, :json)`,
  );
  const after = db.prepare<[number, number, number], Row>(
    `SELECT * FROM faults WHERE boot_id = ? AND (seq, id) > (?, ?) ORDER BY seq, id LIMIT ${PAGE_SIZE}`,
  );
  const remove = db.prepare("DELETE FROM faults WHERE boot_id = ?");

  return {
    add(bootId: number, faults: readonly FaultRow[]): void {
      for (const fault of faults) insert.run({ ...fault, bootId, address: addressOf(fault.json) });
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
    json: text(row, "json"),
  };
}

// Beside the page, for whoever queries by hand: the address as the fault itself tells it, all 64 bits.
function addressOf(json: string): string | null {
  const { address } = JSON.parse(json) as { readonly address?: unknown };
  return typeof address === "string" ? address : null;
}
