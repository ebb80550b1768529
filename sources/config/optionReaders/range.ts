import { quote } from "../../../base/diagnostic.ts";
import { type Field, wholeWord } from "../fields.ts";
import { addressForm, hex, lengthForm, UINT64_MAX } from "../numbers.ts";
import type { RangeRead } from "../options.ts";
import type { Located } from "../origin.ts";
import { type ConfigWord, writtenText } from "../words.ts";
import type { ArgumentReader } from "./argumentReader.ts";

/** A range and the fields after it; null where the word is of no use. */
export interface RangeFields {
  readonly range: RangeRead;
  readonly rest: readonly Field[];
}

/** Reads `start,len` and hands back what follows. An unknown part leaves its number null. */
export function readRange(reader: ArgumentReader, word: ConfigWord, usage: string): RangeFields | null {
  const written = { value: writtenText(word), origin: wholeWord(word).origin };
  const fields = reader.fields(word, ",");
  if (fields === null)
    return reader.failed ? null : { range: { start: null, length: null, written }, rest: [] };
  if (fields.length < 2) {
    const hint = `join start and length by a comma, without white space: ${usage}`;
    return reader.fail(
      "CFG207",
      written.origin,
      `${quote(word.text)} has no length, expected start,len`,
      hint,
    );
  }
  const start = reader.number(fields[0], addressForm("the start address"));
  const length = reader.number(fields[1], lengthForm("the length"));
  checkExtent(reader, start, length);
  return { range: { start, length, written }, rest: fields.slice(2) };
}

/** Tells a length of zero and a range that runs past the last address (G-12). */
export function checkExtent(
  reader: ArgumentReader,
  start: Located<bigint> | null,
  length: Located<bigint> | null,
): void {
  if (length?.value === 0n) {
    const hint = "write the length in bytes; a range of no bytes grants nothing and is refused";
    reader.fail("CFG304", length.origin, "the length is 0", hint);
  }
  if (start === null || length === null || start.value + length.value - 1n <= UINT64_MAX) return;
  const message = `the range from ${hex(start.value)}, ${hex(length.value)} bytes long, runs past the last 64-bit address`;
  const room = UINT64_MAX - start.value + 1n;
  reader.fail(
    "CFG303",
    length.origin,
    message,
    `at most ${hex(room)} bytes fit after that start; check both numbers`,
  );
}
