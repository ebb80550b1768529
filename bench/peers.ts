import { join } from "node:path";
import Database from "better-sqlite3";
import { enableMapSet, produce } from "immer";

const EVENTS = 300_000;

/** Events a second into a plain table, one JSON row an event, in transactions of 4096. */
export function rowInserts(folder: string): number {
  const db = new Database(join(folder, "rows.db"));
  db.pragma("journal_mode = WAL");
  db.exec("CREATE TABLE events (seq INTEGER PRIMARY KEY, json TEXT NOT NULL)");
  const insert = db.prepare("INSERT INTO events VALUES (?, ?)");
  const event = {
    kind: "dma",
    device: "pci:0000:00:05.0",
    address: "0xfffff002",
    length: 2,
    access: "r",
    observed: { verdict: "permitted", target: "0x3feab002" },
  };
  const started = performance.now();
  for (let seq = 0; seq < EVENTS; seq += 4096) {
    db.transaction(() => {
      for (let i = seq; i < Math.min(seq + 4096, EVENTS); i++)
        insert.run(i, JSON.stringify({ t: i, ...event }));
    })();
  }
  const seconds = (performance.now() - started) / 1000;
  db.close();
  return EVENTS / seconds;
}

/** Events a second where each grant and revocation is one `produce` on a state of plain maps. */
export function immerPerEvent(): number {
  enableMapSet();
  let state = { objects: new Map([["o", new Map<number, { target: number; access: string }>()]]) };
  const events = 20_000;
  const started = performance.now();
  for (let i = 0; i < events; i++) {
    state = produce(state, (draft) => {
      const table = draft.objects.get("o")!;
      if (i % 2 === 0) table.set(i % 500, { target: i, access: "rw" });
      else table.delete((i - 1) % 500);
    });
  }
  return events / ((performance.now() - started) / 1000);
}

/** The same events appended through emmett, where it is installed; it is not a dependency of ours. */
export async function emmettInserts(folder: string): Promise<string> {
  try {
    const name = "@event-driven-io/emmett-sqlite";
    const { getSQLiteEventStore } = (await import(name)) as {
      getSQLiteEventStore: (options: object) => {
        appendToStream: (stream: string, events: object[]) => Promise<unknown>;
      };
    };
    const store = getSQLiteEventStore({
      fileName: join(folder, "emmett.db"),
      schema: { autoMigration: "CreateOrUpdate" },
    });
    const events = Array.from({ length: 20_000 }, (_, i) => ({
      type: "dma",
      data: { device: "pci:0000:00:05.0", address: "0xfffff002", i },
    }));
    const started = performance.now();
    for (let i = 0; i < events.length; i += 500) await store.appendToStream("boot", events.slice(i, i + 500));
    return `${(events.length / ((performance.now() - started) / 1000) / 1000).toFixed(0)} k events/s`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND"
      ? "not installed"
      : `failed: ${(error as Error).message.slice(0, 60)}`;
  }
}
