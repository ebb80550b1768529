import { assert } from "../../base/assert.ts";
import type { Connection } from "./connection.ts";
import type { Migration } from "./migrations/migration.ts";
import { v1 } from "./migrations/v1.ts";

/** All steps, in order: a new one is a file of its own at the end. */
export const MIGRATIONS: readonly Migration[] = [v1];

/** The version that the steps lead to. */
export function versionOf(steps: readonly Migration[]): number {
  return steps.at(-1)?.version ?? 0;
}

/** Takes the database to the last version, each step in a transaction of its own: a killed upgrade goes on next time. */
export function migrate(db: Connection, applicationId: number, steps: readonly Migration[]): void {
  steps.forEach((step, i) => {
    assert(step.version === i + 1, `migration ${i + 1} calls itself version ${step.version}`);
    const apply = db.transaction(() => {
      if ((db.pragma("user_version", { simple: true }) as number) >= step.version) return;
      step.up(db);
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${step.version}`);
    });
    apply.immediate();
  });
}
