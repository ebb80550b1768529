import { freeBootName } from "../freeBootName.ts";
import { InputError } from "../inputError.ts";
import { withStore } from "../openStore.ts";
import { plural } from "../render/table.ts";
import { StoredLog } from "./eventLog.ts";
import type { Branch } from "./session.ts";
import { writeBranch } from "./writeBranch.ts";

/** Stores a whole branch as a boot; `name` null: under its own name, or the first like it that is free. */
export async function saveBranch(
  db: string,
  branch: Branch,
  name: string | null,
): Promise<{ readonly boot: string; readonly text: string }> {
  const { log, saved } = branch;
  if (log instanceof StoredLog && (name === null || name === saved?.boot))
    return { boot: saved!.boot, text: `${saved!.boot} is stored already, and nothing of it changed` };
  if (saved !== null && saved.events === log.length && (name === null || name === saved.boot))
    return { boot: saved.boot, text: `${saved.boot} is stored already` };
  return withStore(db, "write", (store) => {
    const wanted = name ?? saved?.boot ?? freeBootName(store, branch.name);
    // What this shell stored before grew since; another's boot is not ours to replace.
    if (saved !== null && wanted === saved.boot && !(log instanceof StoredLog)) store.remove(wanted);
    else if (store.boot(wanted)?.complete)
      throw new InputError(`there is a boot ${wanted} already; save NAME gives another name`);
    const info = writeBranch(store, wanted, branch, log.length);
    if (!(log instanceof StoredLog)) branch.saved = { boot: wanted, events: log.length };
    return { boot: wanted, text: `saved as boot ${wanted}, ${plural(info.events, "event")}` };
  });
}
