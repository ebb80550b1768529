import type { BootReader } from "../../store/eventStore.ts";

/**
 * How many events at the beginning of two boots are the same, byte for byte, by whole blocks: as each digest covers all
 * that is before it, two equal ones are the proof. 0 where the boots are judged by different rules.
 */
export function samePrefix(a: BootReader, b: BootReader): number {
  const [headerA, headerB] = [a.info.header, b.info.header];
  if (headerA.family !== headerB.family || headerA.outcomes !== headerB.outcomes) return 0;
  let same = 0;
  const blocksB = b.blocks()[Symbol.iterator]();
  for (const block of a.blocks()) {
    const other = blocksB.next();
    if (other.done || other.value.digest !== block.digest) break;
    same = block.firstSeq + block.count;
  }
  blocksB.return?.();
  return same;
}
