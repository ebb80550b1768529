import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { decodeBlock, EVENT_VERSION } from "../../../events/codec/blockCodec.ts";
import { encodeHistory, histories } from "../../support/history.ts";

const HISTORIES = histories();

describe("a log of any older version is read in the words of today; the files are never edited", () => {
  test.each(HISTORIES)("$name", ({ blocks, events, files }) => {
    expect(blocks.length).toBeGreaterThan(0);
    blocks.forEach((block, i) => {
      const expected = events[i]!;
      const decoded = decodeBlock(block, expected[0]!.seq, expected.length, files);
      // Member by member, __proto__ among them; shown as text where they differ.
      if (!isDeepStrictEqual(decoded, expected)) expect(decoded).toEqual(expected);
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(expected));
    });
  });
});

test("the bytes that are written change only with the version: a new layout needs a new number and an upcast", () => {
  const today = HISTORIES.filter(({ version }) => version === EVENT_VERSION);
  expect(today.length).toBeGreaterThan(0);
  for (const { name, events, blocks, files } of today) {
    const again = encodeHistory(name, events.flat(), events[0]!.length);
    expect(again.files).toEqual(files);
    expect(again.blocks.map(hex)).toEqual(blocks.map(hex));
  }
});

test("every version has a history", () => {
  const versions = new Set(HISTORIES.map(({ version }) => version));
  expect([...versions].sort()).toEqual(Array.from({ length: EVENT_VERSION }, (_, i) => i + 1));
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
