import { describe, expect, test } from "vitest";
import { pointedAt, read } from "./reading.ts";

const ASINFO = [
  { name: "smbs0", start: 0x7f000000n, length: 0x100000n },
  { name: "high", start: 0xffff_ffff_0000_0000n, length: 0x1000n },
  { name: "twice", start: 0x1000n, length: 0x1000n },
  { name: "twice", start: 0x1000n, length: 0x1000n },
];
const ENV = {
  SIZE: "1M",
  TYPE: "vtd",
  RANGE: "0x1000,0x1000",
  OPTION: "debug",
  FILE: "b",
  EMPTY: "",
  BAD: "a b",
  AT: "@x",
  HASH: "a#",
  AGAIN: "$env{SIZE}",
};
const given = { asinfo: ASINFO, env: ENV };

const ranges = (text: string) =>
  read(text, given).effective.allow.map(({ start, length }) => [start, length]);

describe("substitution", () => {
  test("SUB-2, SUB-5: start and length of an asinfo entry, whole or inside a word", () => {
    expect(
      ranges("allow a $asinfo_start{smbs0},$asinfo_length{smbs0},st allow b $asinfo_start{smbs0},10M,st"),
    ).toEqual([
      [0x7f000000n, 0x100000n],
      [0x7f000000n, 10n << 20n],
    ]);
    expect(ranges("allow a $asinfo_start{high},4K")).toEqual([[0xffff_ffff_0000_0000n, 4096n]]);
  });

  test("G-11: numbers come with 0x, so a decimal field does not change them", () => {
    expect(ranges("allow a 0x1000,$asinfo_length{smbs0}")).toEqual([[0x1000n, 0x100000n]]);
  });

  test("SUB-2: an environment variable may be an argument or part of one", () => {
    expect(ranges("allow a 0x1000,$env{SIZE}")).toEqual([[0x1000n, 1n << 20n]]);
    expect(ranges("allow a $env{RANGE},t")).toEqual([[0x1000n, 0x1000n]]);
    expect(
      read("smmu $env{TYPE} require @$env{FILE}.smmu", { ...given, files: { "b.smmu": "foreground" } })
        .effective,
    ).toMatchObject({
      foreground: true,
      smmu: { parameters: { type: "vtd", acpi: "require" } },
    });
  });

  test("an argument knows from what it was substituted", () => {
    const [option] = read("allow a $asinfo_start{smbs0},$env{SIZE}", given).options;
    expect(option!.arguments[1]).toMatchObject({
      value: "0x7f000000,1M",
      origin: {
        column: 9,
        endColumn: 40,
        substituted: [
          { form: "asinfo_start", name: "smbs0", value: "0x7f000000", column: 9, endColumn: 29 },
          { form: "env", name: "SIZE", value: "1M", column: 30, endColumn: 40 },
        ],
      },
    });
  });

  test("a mistake in substituted text points at the substitution and shows its value", () => {
    const reading = read("allow a 0x1000,$env{TYPE},st", given);
    expect(pointedAt(reading, "CFG301")).toEqual(["$env{TYPE}"]);
    expect(reading.all.find(({ code }) => code === "CFG301")?.message).toContain('($env{TYPE} is "vtd")');
  });

  test("a field after a substitution points at its own place", () => {
    expect(pointedAt(read("allow a $asinfo_start{smbs0},0,st", given), "CFG304")).toEqual(["0"]);
    expect(pointedAt(read("allow a $asinfo_start{smbs0},4K,q", given), "CFG305")).toEqual(["q"]);
  });

  test.each([
    ["allow a $asinfo_begin{smbs0},4K", "CFG101"],
    ["allow a$ 0x1000,4K", "CFG101"],
    ["allow a $asinfo_start,4K", "CFG101"],
    ["allow a $asinfo_start{", "CFG102"],
    ["allow a $asinfo_start{smbs0", "CFG102"],
    ["allow a $asinfo_start{smbs0#},4K", "CFG102"],
    ["allow a $asinfo_start{},4K", "CFG103"],
    ["allow a $asinfo_start{$env{SIZE}},4K", "CFG104"],
    ["allow a $asinfo_start{/memory/below4G/ram/smbs0},4K", "CFG105"],
    ["allow a $asinfo_start{nosuch},4K", "CFG106"],
    ["allow a $env{NOSUCH},4K", "CFG106"],
    ["allow a $env{constructor},4K", "CFG106"],
    ["allow a $asinfo_start{twice},4K", "CFG107"],
    ["allow a $env{EMPTY}0x1000,4K", "CFG108"],
    ["allow $env{BAD} 0x1000,4K", "CFG108"],
    ["allow a $env{HASH},4K", "CFG108"],
    ["debug 1 $env{AT}", "CFG108"],
    ["allow $env{AGAIN} 0x1000,4K", "CFG108"],
    ["allow a $asinfo_start{smbs0}0,4K", "CFG109"],
    ["allow a 0x$asinfo_start{smbs0},4K", "CFG109"],
    ["allow a $asinfo_start{smbs0}$asinfo_start{smbs0},4K", "CFG109"],
    ["$env{OPTION} 1", "CFG111"],
    ["allow $env{OPTION} 0x1000,4K", "CFG205"],
  ])("G-11: %s is refused", (text, code) => {
    const reading = read(text, given);
    expect(reading.errors).toContain(code);
    expect(reading.errors.filter((one) => one === code)).toHaveLength(1);
  });

  test("a broken substitution brings no second error about its option", () => {
    expect(read("allow a $asinfo_start{nosuch},4K\ndevice pci:0:1.0 a", given).errors).toEqual(["CFG106"]);
  });

  test("in a comment nothing is substituted", () => {
    expect(read("# $asinfo_start{nosuch} $env{\nsmmu vtd", given).codes).toEqual([]);
  });

  test("a near miss is named", () => {
    expect(read("smmu vtd allow a $asinfo_start{smb0},4K", given).all[0]!.hint).toContain(
      "did you mean $asinfo_start{smbs0}?",
    );
  });
});

describe("without a board", () => {
  const without = { asinfo: null, env: null };

  test("a substitution is no error; its number is not known and what hangs on it is not checked", () => {
    const reading = read("smmu vtd\nallow a $asinfo_start{smbs0},10M,st\ndevice pci:0:1.0 a", without);
    expect(reading.errors).toEqual([]);
    expect(reading.codes).toContain("CFG110");
    expect(reading.effective.allow).toMatchObject([
      {
        name: "a",
        start: null,
        length: 10n << 20n,
        written: "$asinfo_start{smbs0},10M,st",
        source: true,
        target: true,
      },
    ]);
  });

  test("what can be checked is checked", () => {
    expect(read("allow a $asinfo_start{x},0,q", without).errors).toEqual(["CFG304", "CFG305"]);
  });

  test("an option that cannot be known is left out, and what it may have declared is not missed", () => {
    const reading = read(
      "smmu $env{T}\nallow $env{A} 0x1000,4K\nunit $env{U} 0x1000\ndevice pci:0:1.0 some use any",
      without,
    );
    expect(reading.errors).toEqual([]);
    expect(reading.steps.map(({ outcome, requirement }) => [outcome, requirement])).toEqual([
      ["refused", null],
      ["refused", null],
      ["refused", null],
      ["read", null],
      ["read", null],
    ]);
  });

  test("a file whose name is not known is told as not read", () => {
    expect(read("smmu vtd @$env{DIR}/b.smmu", without).codes).toEqual(["CFG017", "CFG110"]);
  });
});
