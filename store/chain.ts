import { canonicalJson } from "../base/canonicalJson.ts";
import { type Digest, sha256 } from "../base/digest.ts";
import type { BootHeader } from "../events/recordedEvent.ts";

/**
 * The text whose digest begins a boot's chain: what the recording says of itself. Neither the boot's name nor any file's
 * is in it, so that one recording has one log digest wherever it is imported and whatever it is called.
 */
export function headerText(header: BootHeader): string {
  return canonicalJson({ ...header });
}

/** The digest before the first block. */
export function chainStart(text: string): Digest {
  return sha256(text);
}

/**
 * The digest after a block: SHA-256 over the 32 bytes of the digest before, `firstSeq` and `count` as 64-bit big-endian
 * numbers, and the block's bytes.
 */
export function chainNext(before: Digest, firstSeq: number, count: number, bytes: Uint8Array): Digest {
  return sha256(Buffer.from(before, "hex"), numbers(firstSeq, count), bytes);
}

/** The digest that guards a snapshot's bytes in storage: SHA-256 over its seq, the state's digest and the bytes. */
export function snapshotGuard(seq: number, stateDigest: Digest, bytes: Uint8Array): Digest {
  return sha256(Buffer.from(stateDigest, "hex"), numbers(seq), bytes);
}

function numbers(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => {
    buffer.writeBigUInt64BE(BigInt(value), i * 8);
  });
  return buffer;
}
