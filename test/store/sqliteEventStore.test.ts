import { describe } from "vitest";
import { openSqliteStore } from "../../store/sqlite/sqliteEventStore.ts";
import { eventStoreContract } from "../contract/eventStore.ts";
import { temporaryFolder } from "./folder.ts";

describe("the SQLite store", () => {
  const folder = temporaryFolder();
  let file = "";
  let made = 0;

  eventStoreContract({
    open: () => {
      file = folder.path(`${made++}.db`);
      return openSqliteStore(file, { mode: "write" });
    },
    reopen: (store) => {
      store.close();
      return openSqliteStore(file, { mode: "write" });
    },
  });
});
