import type { EventStore } from "../store/eventStore.ts";

/** `stem`, or the first of `stem-2`, `stem-3`, ... that no boot has. */
export function freeBootName(store: EventStore, stem: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? stem : `${stem}-${n}`;
    if (store.boot(name) === null) return name;
  }
}
