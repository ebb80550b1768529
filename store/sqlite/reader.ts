import { quote } from "../../base/diagnostic.ts";
import { type BootReader, StoreError } from "../eventStore.ts";
import type { StoredBoot } from "./boots.ts";
import { walkChain } from "./chainWalk.ts";
import { guarded, guardedItems } from "./errors.ts";
import type { Tables } from "./tables.ts";

/** Reads a boot of the database `file`, as it stood when `boot` was looked up. */
export function sqliteReader(file: string, tables: Tables, boot: StoredBoot): BootReader {
  const { id, info } = boot;

  // Another process may remove the boot while we read it: what then looks like an end, or a gap, is neither.
  const assertPresent = () => {
    if (!tables.boots.isPresent(id))
      throw new StoreError("missing", `boot ${quote(info.name)} was removed from ${file} while it was read`);
  };
  const present = <T>(work: () => T): T =>
    guarded(file, () => {
      const found = work();
      assertPresent();
      return found;
    });
  function* presentItems<T>(items: Iterable<T>): Generator<T, void, undefined> {
    try {
      yield* items;
    } catch (error) {
      assertPresent();
      throw error;
    }
    assertPresent();
  }
  // Can be iterated more than once, from the beginning each time, as the memory store's arrays can.
  const lazily = <T>(items: () => Iterable<T>): Iterable<T> => ({
    [Symbol.iterator]: () => guardedItems(file, presentItems(items())),
  });

  return {
    info,
    blocks: (fromSeq = 0) => lazily(() => walkChain(tables, boot, fromSeq)),
    snapshot: (seq) => present(() => tables.snapshots.latest(id, seq)),
    snapshots: () => lazily(() => tables.snapshots.all(id)),
    faults: (fromSeq = 0) => lazily(() => tables.faults.from(id, fromSeq)),
    verdicts: () => present(() => tables.verdicts.all(id)),
    losses: () => present(() => tables.losses.all(id)),
    findings: () => lazily(() => tables.findings.all(id)),
    allMappings: () => lazily(() => tables.mappings.all(id)),
    mappings: (query) => present(() => tables.mappings.meeting(id, info.complete, query)),
  };
}
