import type { Connection } from "../connection.ts";

/** One step of the schema: takes a database from the version before to `version`. Never edited once published. */
export interface Migration {
  readonly version: number;
  /** Runs inside the transaction that also records the version. */
  up(db: Connection): void;
}
