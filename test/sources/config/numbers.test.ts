import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { wholeWord } from "../../../sources/config/fields.ts";
import { addressForm, lengthForm, plainForm, readNumber } from "../../../sources/config/numbers.ts";
import { SourceFile } from "../../../sources/config/sourceFile.ts";
import { plainWord } from "../../../sources/config/substitution.ts";
import { read } from "./reading.ts";

const ADDRESS = addressForm("the start address");
const LENGTH = lengthForm("the length");
const OTHER = plainForm("the interrupt", 0xffff_ffff);

function number(text: string, form = ADDRESS): bigint | string {
  const raw = { text, length: text.length, line: 1, column: 1, lineStart: 0, startsLine: true };
  const problems: Diagnostic[] = [];
  const value = readNumber(wholeWord(plainWord(raw, new SourceFile("a.smmu", text))), form, problems);
  return value?.value ?? problems[0]!.code;
}

describe("numbers", () => {
  test("NUM-3: the guide's seven ways to write one range are equal", () => {
    const text = `
      allow foo 0x4000,4096      allow foo 4000,4096        allow foo 0x4000,0x1000
      allow foo 0x4000,0d4096    allow foo 0d16384,4096     allow foo 0d16384,0d4096
      allow foo 0d16384,0x1000`;
    const { effective, errors } = read(text);
    expect(errors).toEqual([]);
    expect(effective.allow.map(({ start, length }) => [start, length])).toEqual(
      Array(7).fill([0x4000n, 0x1000n]),
    );
  });

  test("NUM-4: multipliers in address and length, upper and lower case", () => {
    const { effective } = read("allow foo 4K,1k allow foo 0x1000,0x400 allow foo 1M,2G allow foo 1g,0x1m");
    expect(effective.allow.map(({ start, length }) => [start, length])).toEqual([
      [0x1000n, 0x400n],
      [0x1000n, 0x400n],
      [1n << 20n, 2n << 30n],
      [1n << 30n, 1n << 20n],
    ]);
  });

  test("G-12: a number with a multiplier has the default radix of its field", () => {
    expect(number("10K", ADDRESS)).toBe(0x10n << 10n);
    expect(number("10K", LENGTH)).toBe(10n << 10n);
    expect(number("0d10K", ADDRESS)).toBe(10n << 10n);
  });

  test("NUM-5: all other numbers are decimal and take a prefix, but no multiplier", () => {
    expect(number("18", OTHER)).toBe(18n);
    expect(number("0x12", OTHER)).toBe(18n);
    expect(number("010", OTHER)).toBe(10n);
    expect(number("1K", OTHER)).toBe("CFG301");
  });

  test("G-12: the last 64-bit number is one; the next is refused, and so is a product past it", () => {
    expect(number("0xffffffffffffffff")).toBe(0xffff_ffff_ffff_ffffn);
    expect(number("0x10000000000000000")).toBe("CFG302");
    expect(number("0d18446744073709551616")).toBe("CFG302");
    expect(number("0x3fffffffffffffK", LENGTH)).toBe(0x3fffffffffffffn << 10n);
    expect(number("0x40000000000000K", LENGTH)).toBe("CFG302");
  });

  test.each([
    "0x",
    "0d",
    "0X10",
    "0D10",
    "-1",
    "+1",
    "1.5M",
    "1_000",
    "0x1g2",
    "10KB",
    "1T",
    "0d1f",
    "1000h",
    "zz",
    "0x0x1",
    " 1",
    "1 ",
  ])("G-12: %s is no number", (text) => {
    expect(number(text, ADDRESS)).toBe("CFG301");
    expect(number(text, LENGTH)).toBe("CFG301");
  });

  test("a hexadecimal-looking decimal field says what it would be", () => {
    const reading = read("device pci:0:1f.2");
    expect(reading.all.find(({ code }) => code === "CFG301")).toMatchObject({
      message: 'the PCI device number "1f" is not decimal',
      hint: "for hexadecimal write 0x1f, which is 31",
      column: 14,
      endColumn: 16,
    });
  });

  test("what is written with a prefix reads back in every field", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), (value) => {
        for (const form of [ADDRESS, LENGTH]) {
          expect(number(`0x${value.toString(16)}`, form)).toBe(value);
          expect(number(`0x${value.toString(16).toUpperCase()}`, form)).toBe(value);
          expect(number(`0d${value}`, form)).toBe(value);
        }
        expect(number(value.toString(16), ADDRESS)).toBe(
          prefixLike(value) ? number(value.toString(16)) : value,
        );
        expect(number(`${value}`, LENGTH)).toBe(value);
      }),
    );
  });

  // Hexadecimal without leading zeros never starts with 0d, except for nothing at all.
  const prefixLike = (value: bigint) => value.toString(16).startsWith("0d");

  test("no text makes it throw, and every refusal has a hint", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdefxdKMGkmgh.-+_TBi") }), (text) => {
        for (const form of [ADDRESS, LENGTH, OTHER])
          expect(["bigint", "string"]).toContain(typeof number(text, form));
      }),
    );
  });
});

test.each([
  ["allow a 0x1000,1.5K", "numbers are whole: write 1536"],
  ["allow a 1.5M,4K", "numbers are whole: write 0d1572864"],
  ["allow a 0x1000,0.3", "numbers are whole"],
  ["debug 1.5", "numbers are whole"],
])("G-12: a fraction is refused, with what it comes to where that is even: %s", (text, hint) => {
  expect(read(text).all.find(({ code }) => code === "CFG301")?.hint).toBe(hint);
});

describe("out of range", () => {
  const told = (text: string) =>
    read(text)
      .all.filter(({ code }) => code === "CFG302")
      .map(({ message }) => message);

  test("a number says what it may be, and its value only where that is not its text", () => {
    expect(told("device pci:0:1.8")).toEqual(['the PCI function "8" is out of range, expected 0..7']);
    expect(told("device pci:0:0x20.0")).toEqual([
      'the PCI device number "0x20", read as 32, is out of range, expected 0..31',
    ]);
    expect(told("allow a 0,16777216T0\nallow a 0x10000000000000000,1")).toEqual([
      'the start address "0x10000000000000000", read as 18446744073709551616, is out of range, expected at most 64 bits',
    ]);
  });
});
