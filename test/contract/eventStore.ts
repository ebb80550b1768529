import { afterEach, beforeEach } from "vitest";
import type { EventStore } from "../../store/eventStore.ts";
import { bootRules } from "./eventStore/boots.ts";
import { mappingRules } from "./eventStore/mappings.ts";
import { blockRules, derivedRules, widthRules } from "./eventStore/reading.ts";
import { cutOffRules, refusalRules, writingRules } from "./eventStore/writing.ts";

/** How the suite gets its stores. */
export interface StoreKeeper {
  /** A new, empty store. */
  open(): EventStore;
  /** Closes a store as a program that ends does, and opens what it kept. */
  reopen(store: EventStore): EventStore;
}

/** What every event store does, whatever it keeps its boots in. */
export function eventStoreContract(keeper: StoreKeeper): void {
  const suite = {
    store: null as unknown as EventStore,
    reopen: () => {
      suite.store = keeper.reopen(suite.store);
    },
  };
  beforeEach(() => {
    suite.store = keeper.open();
  });
  afterEach(() => {
    suite.store.close();
  });
  bootRules(suite);
  writingRules(suite);
  cutOffRules(suite);
  refusalRules(suite);
  blockRules(suite);
  derivedRules(suite);
  mappingRules(suite);
  widthRules(suite);
}
