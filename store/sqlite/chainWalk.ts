import { quote } from "../../base/diagnostic.ts";
import { chainNext, chainStart } from "../chain.ts";
import type { Block, ChainCheck } from "../eventStore.ts";
import type { StoredBoot } from "./boots.ts";
import { Damage, isDamage } from "./errors.ts";
import type { Tables } from "./tables.ts";

/**
 * The blocks of a boot from the one that holds `fromSeq`, each checked before it is given: that it follows the one before
 * without a gap, that its digest is right, and that the last one is the boot's head.
 */
export function* walkChain(
  tables: Tables,
  boot: StoredBoot,
  fromSeq: number,
): Generator<Block, void, undefined> {
  const { id, info } = boot;
  const bad = (seq: number, what: string) =>
    new Damage(`the events of boot ${quote(info.name)} from seq ${seq} on are ${what}`);
  const start = chainStart(boot.headerText);
  if (info.events === 0 && start !== info.logDigest) throw bad(0, "not those that were stored");
  if (fromSeq >= info.events) return;

  let seq = tables.blocks.startBefore(id, fromSeq) ?? 0;
  let digest = tables.blocks.digestBefore(id, seq) ?? start;
  while (seq < info.events) {
    const block = tables.blocks.from(id, seq);
    if (block?.firstSeq !== seq) throw bad(seq, "missing");
    digest = chainNext(digest, seq, block.count, block.bytes);
    const end = seq + block.count;
    const endsRight = end < info.events || (end === info.events && digest === info.logDigest);
    if (digest !== block.digest || !endsRight) throw bad(seq, "not those that were stored");
    yield block;
    seq = end;
  }
}

/** Walks a boot's whole chain. Call inside a transaction, so that a boot being written stands still. */
export function checkChain(tables: Tables, boot: StoredBoot): ChainCheck {
  const { id, info } = boot;
  let seq = 0;
  try {
    for (const block of walkChain(tables, boot, 0)) seq += block.count;
    if (tables.blocks.from(id, info.events) !== null) throw new Damage("there are blocks beyond the head");
    return { boot: info.name, ok: true, firstBad: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { boot: info.name, ok: false, firstBad: seq };
  }
}
