import { byteInput } from "./byteInput.ts";

/** How many bytes of a file's beginning come in the first chunk, where it has that many: its format is found by them. */
export const HEAD_BYTES = 1 << 16;

/**
 * A file's bytes as UTF-8 without a byte-order mark. What Windows shells write when they redirect is UTF-16 with a
 * mark, and is read as the text it means. The first chunk is long enough to know a format by, however slowly a pipe
 * begins.
 */
export async function* textInput(file: string): AsyncGenerator<Buffer> {
  let decode: ((bytes: Buffer) => Buffer) | null = null;
  let head: Buffer | null = Buffer.alloc(0);
  for await (const bytes of byteInput(file)) {
    if (head === null) {
      yield decode === null ? bytes : decode(bytes);
      continue;
    }
    head = Buffer.concat([head, bytes]);
    if (head.length < HEAD_BYTES) continue;
    decode = decoderFor(head);
    yield decode === null ? withoutMark(head) : decode(head);
    head = null;
  }
  if (head === null || head.length === 0) return;
  decode = decoderFor(head);
  yield decode === null ? withoutMark(head) : decode(head);
}

/** Makes UTF-8 of UTF-16, which its mark tells; null: it is not UTF-16. */
function decoderFor(head: Buffer): ((bytes: Buffer) => Buffer) | null {
  const mark = head.length < 2 ? 0 : head.readUInt16BE(0);
  if (mark !== 0xfffe && mark !== 0xfeff) return null;
  const decoder = new TextDecoder(mark === 0xfffe ? "utf-16le" : "utf-16be");
  return (bytes) => Buffer.from(decoder.decode(bytes, { stream: true }), "utf8");
}

function withoutMark(head: Buffer): Buffer {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;
}
