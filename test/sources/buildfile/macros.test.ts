import { describe, expect, test } from "vitest";
import { withoutMacros } from "../../../sources/buildfile/macros.ts";
import { image, lint } from "./linting.ts";

const squeezed = (text: string) => withoutMacros(text).text.replace(/\s+/g, " ").trim();

describe("calls of m4 are blanked out, and nothing else", () => {
  test.each([
    ["a definition", "define(`__A__', `b')\nc", "c"],
    ["one over several lines, with calls and quotes inside", "define(`A', `\n f(x)\n `q' ')\nc", "c"],
    ["an include", "include(common.m4)\nc", "c"],
    ["a condition keeps its branch", "ifdef(`A', `\n b\n')\nc", "b c"],
    ["and the other one", "ifdef(`A', `b', `d')\nc", "b d c"],
    ["of ifelse what is compared goes", "ifelse(A, `x', `b', `d')\nc", "b d c"],
    ["a definition inside a condition", "ifdef(`A', `\ndefine(`B', `x')\ne\n')\nc", "e c"],
    ["dnl, to the end of its line", "define(`A', `')dnl some text\nc", "c"],
    [
      "other quotes, until they are changed back",
      "changequote([[, ]])\ndefine([[A]], [[it's]])\nchangequote\nc",
      "c",
    ],
    ["a remark", "define(`A', `b')\n# define(`B', `c')\nd", "# define(`B', `c') d"],
    ["what never ends, to the end", "define(`A', `b\nc", ""],
  ])("%s", (_, text, kept) => expect(squeezed(text)).toBe(kept));

  test.each([
    "define = {\nx\n}",
    "/bin/x = {\ninclude() {\n a\n}\n}",
    "# define(`A', `b')",
    "x = {\necho `date`\nphp define('A', 1)\n}",
  ])("a text without m4 is as it was: %j", (text) => {
    expect(withoutMacros(text)).toEqual({ text, first: null });
  });

  test("every other character stays where it was", () => {
    const text = "ifdef(`A', `\n  smmuman @/x\n')\n";
    expect(withoutMacros(text).text.indexOf("smmuman")).toBe(text.indexOf("smmuman"));
  });

  test("hostile depth and length are read in bounded time", () => {
    const started = process.cpuUsage().user;
    withoutMacros(`${"ifdef(`A', `".repeat(20_000)}`);
    withoutMacros(`define(\`A', \`b')\n${"(`".repeat(200_000)}`);
    withoutMacros(`define(\`A', \`b')\n${"ifdef".repeat(200_000)}`);
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(5);
  });
});

describe("a buildfile with macros", () => {
  test("is told once, where the first stands, with the line as it was written", () => {
    const { diagnostics } = lint(`define(\`__A__', \`x')\n${image()}define(\`__B__', \`y')\n__C__\n`);
    expect(diagnostics).toMatchObject([
      { code: "BLD017", line: 1, column: 1, excerpt: "define(`__A__', `x')" },
    ]);
  });

  test("what a condition starts is read, and a definition starts nothing", () => {
    const script = (body: string) => lint(image({ script: body })).codes;
    expect(script("ifdef(`__SMMU__', `\nsmmuman @/etc/x.smmu\n')\ndevb-ahci ahci")).toEqual(["BLD017"]);
    expect(script("devb-ahci ahci\nifdef(`__SMMU__', `\nsmmuman @/etc/x.smmu\n')")).toContain("BLD103");
    expect(script("define(`__S__', `\nsmmuman @/etc/x.smmu\n')\n__S__\ndevb-ahci ahci")).toContain("BLD102");
  });

  test("what only a macro may bring is a warning, not an error", () => {
    const { diagnostics } = lint(image({ script: "__SMMU_START__\ndevb-ahci ahci", files: "__FILES__" }));
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["BLD102", "warning"],
      ["BLD017", "warning"],
    ]);
    const missing = lint(image({ files: "@MORE@" })).diagnostics;
    expect(missing.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(missing.map(({ code }) => code)).toContain("BLD202");
  });
});
