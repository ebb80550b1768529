import { describe, test } from "vitest";
import { fixture } from "../check.ts";
import { everyByte, everyLength, randomEdits } from "../mutations.ts";

describe("board-a parses or is refused, however it is damaged:", () => {
  const sample = fixture("fdt/board-a.dtb");
  test("any one byte changed", () => everyByte(sample, false));
  test("any length", () => everyLength(sample));
  test("several bytes changed", () => randomEdits(sample, false, 1000));
});
