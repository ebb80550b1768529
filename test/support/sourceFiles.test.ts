// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the samples are code as text
import { describe, expect, test } from "vitest";
import { blanked, importsOf, type SourceFile } from "./sourceFiles.ts";

const file = (text: string): SourceFile => ({ path: "core/units/a.ts", text, code: blanked(text) });

describe("the house tests see code, not what is quoted in it", () => {
  test.each([
    ['a("Date.now()") // Date', 'a("          ")        '],
    ["a /* x\ny */ b", "a     \n     b"],
    ['const r = /"[/"]\\//g; Date', "const r =          g; Date"],
    ["a / b / Date", "a / b / Date"],
    ["`x ${Date + `y ${z} \\``} \\` w` + 1", "`  ${Date + `  ${z}   `}     ` + 1"],
    ["'it\\'s' + process", "'     ' + process"],
    ["f({ a: `}` }, `${{ b: 1 }.b}`)", "f({ a: ` ` }, `${{ b: 1 }.b}`)"],
  ])("%s", (text, expected) => {
    expect(blanked(text)).toBe(expected);
    expect(blanked(text)).toHaveLength(text.length);
  });

  test("imports of every form, with their lines and where they lead", () => {
    const text = [
      'import type { A } from "../state.ts";',
      'import { type B, c } from "./b.ts"; // import "./no.ts"',
      'import immer, { d } from "immer";',
      "export {",
      "  e,",
      '} from "../../base/e.ts";',
      'import "./effect.ts";',
      'const f = await import("./late.ts");',
      'export * from "./star.ts";',
      'export const g = "./nothing.ts";',
    ].join("\n");
    expect(importsOf(file(text)).map(({ target, specifier, line }) => [line, target ?? specifier])).toEqual([
      [1, "core/state.ts"],
      [2, "core/units/b.ts"],
      [3, "immer"],
      [4, "base/e.ts"],
      [7, "core/units/effect.ts"],
      [8, "core/units/late.ts"],
      [9, "core/units/star.ts"],
    ]);
    expect(importsOf(file(text)).map(({ typeOnly, reExport }) => `${typeOnly} ${reExport}`)).toEqual([
      "true false",
      "false false",
      "false false",
      "false true",
      "false false",
      "false false",
      "false true",
    ]);
  });
});
