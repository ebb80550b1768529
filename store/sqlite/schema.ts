import Database from "better-sqlite3";
import type { Connection } from "./connection.ts";
import { APPLICATION_ID } from "./identity.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";

/**
 * Sentences about tables, indexes and views of ours that are not as our migrations make them. Others beside them are
 * their owners' business.
 */
export function schemaFaults(db: Connection): readonly string[] {
  const fresh = new Database(":memory:");
  try {
    migrate(fresh, APPLICATION_ID, MIGRATIONS);
    const stored = definitionsOf(db);
    return [...definitionsOf(fresh)]
      .filter(([name, { sql }]) => stored.get(name)?.sql !== sql)
      .map(([name, { type }]) => {
        const state = stored.has(name) ? "is not as smmu-replay made it" : "is missing";
        return `the ${type} ${name} ${state}; the boots can be exported, or imported anew into another database`;
      });
  } finally {
    fresh.close();
  }
}

interface Definition {
  readonly type: string;
  readonly sql: string | null;
}

function definitionsOf(db: Connection): ReadonlyMap<string, Definition> {
  const rows = db.prepare("SELECT name, type, sql FROM sqlite_schema").all() as (Definition & {
    readonly name: string;
  })[];
  return new Map(rows.map(({ name, type, sql }) => [name, { type, sql }]));
}
