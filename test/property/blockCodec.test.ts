import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK_EVENTS_MAX, BlockEncoder, decodeBlock } from "../../events/codec/blockCodec.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { recordedEvents } from "../support/recordedEvents.ts";

const events = fc.array(recordedEvents, { maxLength: 40 });

describe("a block tells back exactly the events it was given", () => {
  test("whatever their kinds, nulls, extras and sizes", () => {
    fc.assert(
      fc.property(events, fc.nat(2 ** 40), (told, firstSeq) => {
        const expected = told.map((event, i) => ({ ...event, seq: firstSeq + i }));
        const files = new Map<string, number>();
        const bytes = encode(told, files);
        expectSame(decodeBlock(bytes, firstSeq, told.length, [...files.keys()]), expected);
        // Wherever the bytes lie in a larger buffer.
        const shifted = new Uint8Array(bytes.length + 3);
        shifted.set(bytes, 3);
        expectSame(decodeBlock(shifted.subarray(3), firstSeq, told.length, [...files.keys()]), expected);
      }),
      { numRuns: 400 },
    );
  });

  test("block after block from one encoder, the files of origins numbered across them", () => {
    fc.assert(
      fc.property(events, events, (first, second) => {
        const files = new Map<string, number>();
        const encoder = new BlockEncoder(files);
        for (const event of first) encoder.add(event);
        const one = encoder.finish();
        for (const event of second) encoder.add(event);
        const two = encoder.finish();
        const names = [...files.keys()];
        const seqs = (list: readonly RecordedEvent[], from: number) =>
          list.map((event, i) => ({ ...event, seq: from + i }));
        expectSame(decodeBlock(one, 0, first.length, names), seqs(first, 0));
        expectSame(decodeBlock(two, first.length, second.length, names), seqs(second, first.length));
      }),
      { numRuns: 100 },
    );
  });

  test("equal events give equal bytes: the chain of digests depends on it", () => {
    fc.assert(
      fc.property(events, (told) => {
        const again = JSON.parse(JSON.stringify(told)) as RecordedEvent[];
        expect(encode(again, new Map())).toEqual(encode(told, new Map()));
      }),
      { numRuns: 100 },
    );
  });

  test("a full block", () => {
    const encoder = new BlockEncoder(new Map());
    const [event] = fc.sample(recordedEvents, { numRuns: 1, seed: 3 }) as [RecordedEvent];
    for (let i = 0; i < BLOCK_EVENTS_MAX; i++) {
      expect(encoder.full).toBe(false);
      encoder.add({ ...event, t: i, cause: null, origin: null });
    }
    expect([encoder.full, encoder.count]).toEqual([true, BLOCK_EVENTS_MAX]);
    const decoded = decodeBlock(encoder.finish(), 0, BLOCK_EVENTS_MAX, []);
    expect(decoded.map(({ t }) => t)).toEqual(Array.from({ length: BLOCK_EVENTS_MAX }, (_, i) => i));
    expect([encoder.full, encoder.count]).toEqual([false, 0]);
  });
});

describe("bytes that are no block", () => {
  test("are refused with RangeError, SyntaxError or TypeError of the text decoder, or read as events; they never hang", () => {
    fc.assert(
      fc.property(
        events,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        (told, changes, cut) => {
          const files = new Map<string, number>();
          const bytes = encode(told, files);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const part = bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
          try {
            decodeBlock(part, 0, told.length, [...files.keys()]);
          } catch (error) {
            expect(error).toSatisfy(
              (e) => e instanceof RangeError || e instanceof SyntaxError || e instanceof TypeError,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a wrong count of events is noticed", () => {
    const told = fc.sample(recordedEvents, { numRuns: 5, seed: 1 }).map((event, i) => ({ ...event, t: i }));
    const files = new Map<string, number>();
    const bytes = encode(told, files);
    const decode = (count: number) => () => decodeBlock(bytes, 0, count, [...files.keys()]);
    expect(decode(6)).toThrow(RangeError);
    expect(decode(4)).toThrow(RangeError);
  });
});

/** Deep and strict; members named __proto__ or constructor, which vitest stumbles over, count like any other. */
function expectSame(actual: readonly RecordedEvent[], expected: readonly RecordedEvent[]): void {
  if (!isDeepStrictEqual(actual, expected)) expect(JSON.stringify(actual)).toBe(JSON.stringify(expected));
  expect(isDeepStrictEqual(actual, expected)).toBe(true);
}

function encode(told: readonly RecordedEvent[], files: Map<string, number>): Uint8Array {
  const encoder = new BlockEncoder(files);
  for (const event of told) encoder.add(event);
  return encoder.finish();
}
