import { snapshotGuard } from "../chain.ts";
import type { Snapshot } from "../eventStore.ts";
import type { Connection } from "./connection.ts";
import { Damage } from "./errors.ts";
import { blob, count, digest, type Row } from "./rows.ts";

/** The table `snapshots`. */
export type SnapshotTable = ReturnType<typeof snapshotTable>;

/** Prepares the statements on `snapshots`. */
export function snapshotTable(db: Connection) {
  const insert = db.prepare(
    "INSERT OR REPLACE INTO snapshots (boot_id, seq, state_digest, digest, bytes) VALUES (?, ?, ?, ?, ?)",
  );
  const latest = db.prepare<[number, number], Row>(
    "SELECT * FROM snapshots WHERE boot_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
  );
  const next = db.prepare<[number, number], Row>(
    "SELECT * FROM snapshots WHERE boot_id = ? AND seq >= ? ORDER BY seq LIMIT 1",
  );
  const remove = db.prepare("DELETE FROM snapshots WHERE boot_id = ?");

  return {
    add(bootId: number, snapshots: readonly Snapshot[]): void {
      for (const { seq, stateDigest, bytes } of snapshots)
        insert.run(bootId, seq, stateDigest, snapshotGuard(seq, stateDigest, bytes), bytes);
    },

    /** The last at or before `seq`. */
    latest(bootId: number, seq: number): Snapshot | null {
      const row = latest.get(bootId, seq);
      return row === undefined ? null : checked(row);
    },

    *all(bootId: number): Generator<Snapshot, void, undefined> {
      for (let seq = 0; ; ) {
        const row = next.get(bootId, seq);
        if (row === undefined) return;
        const snapshot = checked(row);
        yield snapshot;
        seq = snapshot.seq + 1;
      }
    },

    remove: (bootId: number): void => void remove.run(bootId),
  };
}

function checked(row: Row): Snapshot {
  const snapshot = {
    seq: count(row, "seq"),
    bytes: blob(row, "bytes"),
    stateDigest: digest(row, "state_digest"),
  };
  if (snapshotGuard(snapshot.seq, snapshot.stateDigest, snapshot.bytes) !== digest(row, "digest"))
    throw new Damage(`the snapshot at seq ${snapshot.seq} is not the one that was stored`);
  return snapshot;
}
