import { describe } from "vitest";
import { memoryEventStore } from "../../store/memoryEventStore.ts";
import { eventStoreContract } from "../contract/eventStore.ts";

describe("the memory store", () => {
  eventStoreContract({
    open: memoryEventStore,
    reopen: (store) => {
      store.close();
      return store;
    },
  });
});
