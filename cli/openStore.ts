import type { BootInfo, BootReader, EventStore } from "../store/eventStore.ts";
import type { OpenOptions } from "../store/sqlite/openOptions.ts";
import { openSqliteStore } from "../store/sqlite/sqliteEventStore.ts";
import { InputError } from "./inputError.ts";

/** Opens the database for a task and closes it again, whatever happens. */
export async function withStore<T>(
  file: string,
  mode: OpenOptions["mode"],
  task: (store: EventStore) => T | Promise<T>,
): Promise<T> {
  const onWait = (): void => {
    process.stderr.write("another import is writing to the database; waiting for it\n");
  };
  const store = openSqliteStore(file, { mode, onWait });
  try {
    return await task(store);
  } finally {
    store.close();
  }
}

/** The reader of a boot, or a sentence that names the boots there are. */
export function readBoot(store: EventStore, name: string): BootReader {
  if (store.boot(name) !== null) return store.read(name);
  const names = store.boots().map((boot) => boot.name);
  const known =
    names.length === 0 ? "there are none; import one first" : `there are: ${names.slice(0, 20).join(", ")}`;
  throw new InputError(`there is no boot ${name}; ${known}`);
}

/** Checks that a boot has an event of that seq; `undefined` is its last one. */
export function checkSeq(info: BootInfo, seq: number | undefined): number {
  const last = info.events - 1;
  if (Number.isNaN(seq)) throw new InputError("a seq is a whole number from 0");
  if (seq === undefined) return last;
  if (Number.isInteger(seq) && seq >= 0 && seq <= last) return seq;
  const range = last < 0 ? "it has no events" : `its events are 0 to ${last}`;
  throw new InputError(`boot ${info.name} has no event ${seq}; ${range}`);
}
