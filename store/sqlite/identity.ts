import type { Connection } from "./connection.ts";

/** `SMMU` in ASCII, at byte 68 of the file; `file` and we tell our databases by it. */
export const APPLICATION_ID = 0x534d4d55;

/** What a SQLite file is to us; `version` is that of its schema. */
export type Identity =
  | { readonly kind: "empty" }
  | { readonly kind: "foreign" }
  | { readonly kind: "ours"; readonly version: number };

/** Whose database it is. An empty one is anybody's: a killed first import leaves one behind. */
export function identify(db: Connection): Identity {
  const application = db.pragma("application_id", { simple: true }) as number;
  const version = db.pragma("user_version", { simple: true }) as number;
  if (application === APPLICATION_ID && version > 0) return { kind: "ours", version };
  const empty = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  return application === 0 && version === 0 && empty ? { kind: "empty" } : { kind: "foreign" };
}
