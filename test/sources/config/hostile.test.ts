import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toConfigJson } from "../../../sources/config/configJson.ts";
import { CONFIG_CODES } from "../../../sources/config/diagnosticCodes.ts";
import { DIAGNOSTICS_PER_CODE_MAX, EXCERPT_LENGTH_MAX } from "../../../sources/config/limits.ts";
import { printConfig } from "../../../sources/config/printConfig.ts";
import { configLines } from "./configTexts.ts";
import { type Given, type Reading, read } from "./reading.ts";

const ASINFO = [{ name: "smbs0", start: 0x7f000000n, length: 0x100000n }];
const ENV = { START: "0x80000000", WORDS: "a b", HOME: "/root" };

// What must hold of every reading, whatever was read.
function sound(text: string | Uint8Array, given: Given = {}): Reading {
  const reading = read(text, { asinfo: ASINFO, env: ENV, ...given });
  toConfigJson(reading.effective);
  printConfig(reading.effective);
  for (const { code, severity, line, column, endColumn, excerpt, hint, message } of reading.all) {
    expect(Object.keys(CONFIG_CODES)).toContain(code);
    expect(["error", "warning", "note"]).toContain(severity);
    expect(hint).toBeTruthy();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(`${message}${hint}${excerpt ?? ""}`).not.toMatch(/[\u0000-\u0008\u000a-\u001f]/);
    expect(message.length).toBeLessThan(2000);
    if (line === null) continue;
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(endColumn).toBeGreaterThanOrEqual(column!);
    if (excerpt === undefined) continue;
    expect(excerpt.length).toBeLessThanOrEqual(EXCERPT_LENGTH_MAX);
    expect(endColumn! - 1).toBeLessThanOrEqual(excerpt.length + 1);
  }
  expect(reading.steps).toHaveLength(reading.options.length);
  return reading;
}

const TOKENS = [
  ..."allow debug device foreground reserved safety smmu unit use user".split(" "),
  ..."vtd armsmmu rcar3 require none smbs0 u0 pci:0:18.0 mem:0xe6ef0000 0x1000,0x1000,st 4000,4096 5 1,2,3".split(
    " ",
  ),
  ..."0xfed90000 0x51400000,64,66,1,4:5,imx8 $asinfo_start{smbs0},4K $asinfo_start{ $env{WORDS} $env{$env{HOME}}".split(
    " ",
  ),
  ..."@b.smmu @a.smmu @ # ' , $ } 0xffffffffffffffff,1 -1 1.5M".split(" "),
  "\n",
  "\r\n",
  "\0",
  "\ufeff",
  "\u202e",
  "ü",
];

describe("hostile input", () => {
  test("no sequence of words throws, and each finding has a code, a place and a hint", () => {
    const text = fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(
        text,
        text,
        fc.constantFrom("hardware" as const, "guest" as const),
        (one, two, placement) => {
          sound(one, { files: { "b.smmu": two }, placement });
        },
      ),
      { numRuns: 500 },
    );
  });

  test("no sequence of bytes throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        sound(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test("a sound configuration with bytes changed, taken out or put in does not throw", () => {
    const edit = fc.tuple(fc.nat(), fc.constantFrom("set", "cut", "put"), fc.nat(255));
    fc.assert(
      fc.property(configLines, fc.array(edit, { minLength: 1, maxLength: 6 }), (lines, edits) => {
        const bytes = [...new TextEncoder().encode(lines.join("\n"))];
        for (const [at, kind, value] of edits) {
          const place = at % (bytes.length + 1);
          bytes.splice(place, kind === "put" ? 0 : 1, ...(kind === "cut" ? [] : [value]));
        }
        sound(Uint8Array.from(bytes));
      }),
      { numRuns: 300 },
    );
  });

  test("one more bad line never removes the findings of the other lines", () => {
    const bad = fc.constantFrom(
      "alow x 0x1000,4K",
      "debug 7",
      "allow q 0x1000,0",
      "device pci:0:1f.2",
      "safety maybe",
      "foreground extra",
    );
    const key = ({ code, message }: { code: string; message: string }) => `${code} ${message}`;
    fc.assert(
      fc.property(fc.array(bad, { minLength: 1, maxLength: 6 }), bad, fc.nat(6), (lines, extra, at) => {
        const place = Math.min(at, lines.length);
        const more = [...lines.slice(0, place), extra, ...lines.slice(place)];
        const errors = (text: string) =>
          read(text)
            .diagnostics.filter(({ severity }) => severity === "error")
            .map(key);
        expect(errors(more.join("\n"))).toEqual(expect.arrayContaining(errors(lines.join("\n"))));
        expect(errors(more.join("\n")).length).toBeGreaterThanOrEqual(lines.length);
      }),
    );
  });

  test("each bad line is told, whatever stands around it", () => {
    const lines = [
      "debug 7",
      "allow q 0x1000,0",
      "device pci:0:1f.2",
      "safety maybe",
      "foreground extra",
      "allow",
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 2 }), (chosen) => {
        const told = new Set(
          read(chosen.join("\n"))
            .diagnostics.filter(({ severity }) => severity === "error")
            .map(({ line }) => line),
        );
        expect([...told].sort()).toEqual(chosen.map((_, at) => at + 1));
      }),
    );
  });
});

describe("large input", () => {
  const MEGA = 10 * 1024 * 1024;

  test.each([
    ["comment lines", "# a comment of no consequence\n".repeat(MEGA / 30), ["CFG620"]],
    ["blank lines", "\n".repeat(MEGA), ["CFG620"]],
    ["one word", "a".repeat(MEGA), ["CFG015"]],
    ["one line of many words", "a ".repeat(MEGA / 2), ["CFG014"]],
    ["allow lines", "allow a 0x1000,0x1000,st\n".repeat(MEGA / 25), ["CFG014"]],
    ["quotes", "' ".repeat(MEGA / 2), ["CFG008", "CFG014"]],
    ["substitutions", "$env{".repeat(MEGA / 5), ["CFG015"]],
    ["carriage returns", "\r".repeat(MEGA), ["CFG006"]],
    ["NUL bytes", "\0".repeat(MEGA), ["CFG004"]],
    ["at signs", "@a.smmu\n".repeat(MEGA / 8), ["CFG010", "CFG014"]],
  ])("10 MB of %s is read or refused, and bounded", (_, text, codes) => {
    const reading = sound(text);
    expect(reading.codes).toEqual(expect.arrayContaining(codes));
    expect(reading.all.length).toBeLessThan(DIAGNOSTICS_PER_CODE_MAX * 10);
  });

  test("10 MB that are not UTF-8 are refused", () => {
    expect(sound(new Uint8Array(MEGA).fill(0xff)).codes).toContain("CFG002");
    const lines = new Uint8Array(MEGA).fill(0xff);
    for (let at = 1; at < lines.length; at += 2) lines[at] = 10;
    expect(sound(lines).codes).toContain("CFG002");
  });

  test("more than the bytes allowed are refused", () => {
    expect(sound("# x\n", { limits: { bytesMax: 3 } }).codes).toEqual(["CFG013"]);
  });

  test("many devices that share sets, identifiers and memory are judged in bounded work", () => {
    const sets = Array.from({ length: 3000 }, (_, at) => `allow big 0x${(at * 2 + 1).toString(16)}000,4K`);
    const own = Array.from(
      { length: 2500 },
      (_, at) => `allow s${at} 0x${(at + 0x90000).toString(16)}000,4K`,
    );
    const devices = Array.from({ length: 2500 }, (_, at) => {
      const spec = `mem:0x${(at + 1).toString(16)}00000000`;
      return `device ${spec} big use u 1 device ${spec} s${at}`;
    });
    const text = ["smmu armsmmu unit u 0x51400000,64,66,0", ...sets, ...own, ...devices].join("\n");
    const reading = sound(text);
    expect(reading.codes).toContain("CFG410");
    expect(reading.codes).toContain("CFG623");
  });

  test("many sets on the same memory are judged in bounded work", () => {
    const text = Array.from(
      { length: 8000 },
      (_, at) => `allow s${at} 0x1000,4K\ndevice pci:${at >> 8}:${(at >> 3) & 31}.${at & 7} s${at}`,
    );
    expect(sound(["smmu vtd", ...text].join("\n")).codes).toContain("CFG613");
  });
});
