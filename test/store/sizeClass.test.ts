import { expect, test } from "vitest";
import { SIZE_CLASS_MAX, sizeClass } from "../../store/sqlite/mappings.ts";

test.each([
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 2],
  [5, 3],
  [2 ** 31, 31],
  [2 ** 32, 32],
  [2 ** 32 + 1, 33],
  // The logarithm of this, as a floating-point number, is exactly 50.
  [2 ** 50 + 1, 51],
  [2 ** 52 - 1, 52],
  [2 ** 52, SIZE_CLASS_MAX],
])("%i pages are of size class %i, exactly", (pages, expected) => {
  expect(sizeClass(pages)).toBe(expected);
});
