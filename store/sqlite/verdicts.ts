import type { VerdictRow } from "../eventStore.ts";
import { compareVerdicts } from "../order.ts";
import type { Connection } from "./connection.ts";
import { count, type Row, text, textOrNull } from "./rows.ts";

/** The table `verdicts`. */
export type VerdictTable = ReturnType<typeof verdictTable>;

/** Prepares the statements on `verdicts`. */
export function verdictTable(db: Connection) {
  // No conformance is NULL to whoever queries; the unique index takes it for '' so that its count has one row too.
  const add = db.prepare(
    `INSERT INTO verdicts (boot_id, device, outcome, why, conformance, count) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (boot_id, device, outcome, why, ifnull(conformance, '')) DO UPDATE SET count = count + excluded.count`,
  );
  const every = db.prepare<[number], Row>("SELECT * FROM verdicts WHERE boot_id = ?");
  const remove = db.prepare("DELETE FROM verdicts WHERE boot_id = ?");

  return {
    add(bootId: number, verdicts: readonly VerdictRow[]): void {
      for (const verdict of verdicts)
        add.run(bootId, verdict.device, verdict.outcome, verdict.why, verdict.conformance, verdict.count);
    },

    all: (bootId: number): VerdictRow[] => every.all(bootId).map(verdictRow).sort(compareVerdicts),

    remove: (bootId: number): void => void remove.run(bootId),
  };
}

function verdictRow(row: Row): VerdictRow {
  return {
    device: text(row, "device"),
    outcome: text(row, "outcome"),
    why: text(row, "why"),
    conformance: textOrNull(row, "conformance"),
    count: count(row, "count"),
  };
}
