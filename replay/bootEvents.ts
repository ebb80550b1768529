import { type BlockOutline, decodeBlock, outlineBlock } from "../events/codec/blockCodec.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import { type Block, type BootReader, StoreError } from "../store/eventStore.ts";

/** The events of a boot from `fromSeq` on, a block at a time. */
export function* eventBlocks(reader: BootReader, fromSeq = 0): Generator<readonly RecordedEvent[]> {
  for (const block of reader.blocks(fromSeq)) {
    if (block.count === 0) continue;
    const events = decode(block, reader, decodeBlock);
    yield block.firstSeq >= fromSeq ? events : events.slice(fromSeq - block.firstSeq);
  }
}

/** All blocks of a boot from afar, for pictures of the whole. */
export function* blockOutlines(reader: BootReader): Generator<BlockOutline> {
  for (const block of reader.blocks()) yield decode(block, reader, outlineBlock);
}

/** The events of a boot from `fromSeq` to `toSeq`, both inclusive. */
export function* events(
  reader: BootReader,
  fromSeq = 0,
  toSeq = Number.MAX_SAFE_INTEGER,
): Generator<RecordedEvent> {
  for (const block of eventBlocks(reader, fromSeq)) {
    for (const event of block) {
      if (event.seq > toSeq) return;
      yield event;
    }
  }
}

/** The block that holds an event, whole; null when the boot has none of that seq. */
export function blockOf(reader: BootReader, seq: number): readonly RecordedEvent[] | null {
  for (const block of reader.blocks(seq)) if (block.count > 0) return decode(block, reader, decodeBlock);
  return null;
}

/** One event; null when the boot has none of that seq. */
export function eventAt(reader: BootReader, seq: number): RecordedEvent | null {
  for (const event of events(reader, seq, seq)) return event;
  return null;
}

function decode<T>(
  block: Block,
  reader: BootReader,
  decoder: (bytes: Uint8Array, firstSeq: number, count: number, files: readonly string[]) => T,
): T {
  try {
    return decoder(block.bytes, block.firstSeq, block.count, reader.info.files);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError))
      throw error;
    const what = `the block of boot ${reader.info.name} that begins at event ${block.firstSeq} cannot be decoded (${error.message})`;
    throw new StoreError("damaged", `${what}; run smmu verify, then import the boot again`);
  }
}
