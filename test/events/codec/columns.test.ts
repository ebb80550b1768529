import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ColumnReader, ColumnWriter } from "../../../events/codec/columns.ts";

const numbers = fc.oneof(
  fc.nat(200),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-1, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 52 - 1, 2 ** 53 - 1),
);

describe("columns read back as they were written", () => {
  test("one after another, numbers and texts, wherever they lie", () => {
    const parts = fc.array(fc.oneof(fc.array(numbers), fc.string({ unit: "binary" })), { maxLength: 6 });
    fc.assert(
      fc.property(parts, fc.nat(7), (columns, shift) => {
        const writer = new ColumnWriter();
        for (const column of columns) {
          if (typeof column === "string") writer.text(column);
          else writer.numbers(column, column.length);
        }
        const bytes = writer.finish();
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        const reader = new ColumnReader(moved.subarray(shift));
        for (const column of columns) {
          if (typeof column === "string") expect(reader.text()).toBe(column);
          else expect([...reader.numbers(column.length)]).toEqual(column.map((n) => n + 0));
        }
      }),
    );
  });

  test("in the narrowest form that holds them", () => {
    const size = (values: number[]) => {
      const writer = new ColumnWriter();
      writer.numbers(values, values.length);
      return writer.finish().length - 16;
    };
    const eight = (from: number, last: number) => [from, from, from, from, from, from, from, last];
    expect(size(eight(7, 7))).toBe(0);
    expect(size(eight(1e6, 1e6 + 255))).toBe(8);
    expect(size(eight(-1, 65534))).toBe(16);
    expect(size(eight(0, 2 ** 32 - 1))).toBe(32);
    expect(size(eight(0, 2 ** 32))).toBe(64);
    expect(size([])).toBe(0);
  });
});

describe("bytes that are cut or changed are refused", () => {
  const bytes = (() => {
    const writer = new ColumnWriter();
    writer.numbers([1, 2, 300], 3);
    writer.text("ä");
    return writer.finish();
  })();
  test.each([0, 1, 15, 16, 20])("cut after %d bytes", (length) => {
    expect(() => new ColumnReader(bytes.slice(0, length)).numbers(3)).toThrow(RangeError);
  });
  test("another count than was written", () => {
    expect(() => new ColumnReader(bytes).numbers(2)).toThrow(RangeError);
    expect(() => new ColumnReader(bytes).numbers(2 ** 20)).toThrow(RangeError);
  });
  test("a form that does not exist, a length beyond the end", () => {
    expect(() => new ColumnReader(bytes.with(0, 9)).numbers(3)).toThrow(RangeError);
    expect(() => new ColumnReader(bytes.with(7, 255)).numbers(3)).toThrow(RangeError);
  });
  test("a text that is not UTF-8", () => {
    const reader = new ColumnReader(bytes.with(40, 0xff));
    reader.numbers(3);
    expect(() => reader.text()).toThrow(TypeError);
  });
});
