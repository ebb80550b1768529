import type { LossRow } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { count, countOrNull, type Row, text, textOrNull, timeOrNull } from "./rows.ts";

/** The table `losses`. */
export type LossTable = ReturnType<typeof lossTable>;

/** Prepares the statements on `losses`. */
export function lossTable(db: Connection) {
  const insert = db.prepare(
    "INSERT INTO losses (boot_id, seq, t, what, function, count) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const every = db.prepare<[number], Row>("SELECT * FROM losses WHERE boot_id = ? ORDER BY seq, id");
  const remove = db.prepare("DELETE FROM losses WHERE boot_id = ?");

  return {
    add(bootId: number, losses: readonly LossRow[]): void {
      for (const loss of losses) insert.run(bootId, loss.seq, loss.t, loss.what, loss.function, loss.count);
    },

    all: (bootId: number): LossRow[] => every.all(bootId).map(lossRow),

    remove: (bootId: number): void => void remove.run(bootId),
  };
}

function lossRow(row: Row): LossRow {
  return {
    seq: count(row, "seq"),
    t: timeOrNull(row, "t"),
    what: text(row, "what"),
    function: textOrNull(row, "function"),
    count: countOrNull(row, "count"),
  };
}
