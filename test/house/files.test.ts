import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { filesUnder, ROOT, roomFiles } from "../support/sourceFiles.ts";

const LINES_MAX = { source: 400, test: 500 };

test("no file is too long to read in one go: 400 lines, a table of tests 500; most are far shorter", () => {
  const others = ["bench", "scripts"].flatMap((folder) => filesUnder(folder));
  const long = [
    ...[...roomFiles(), ...others].filter(({ text }) => linesOf(text) > LINES_MAX.source),
    ...filesUnder("test").filter(({ text }) => linesOf(text) > LINES_MAX.test),
  ];
  expect(long.map(({ path, text }) => `${path}: ${linesOf(text)} lines`)).toEqual([]);
});

test("half of the source files have at most 150 lines", () => {
  const lengths = roomFiles().map(({ text }) => linesOf(text));
  const median = lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)];
  expect(median).toBeLessThanOrEqual(150);
});

test("every exported declaration says what it is, in a docstring right above it", () => {
  const bare = roomFiles().flatMap(({ path, text }) => {
    const lines = text.split("\n");
    return lines.flatMap((line, i) => {
      const name = EXPORTED.exec(line)?.[1];
      if (name === undefined) return [];
      const above = lines[i - 1] ?? "";
      // A further overload of a documented function.
      const overload = EXPORTED.exec(previousExport(lines, i) ?? "")?.[1] === name;
      return above.trimEnd().endsWith("*/") || overload ? [] : [`${path}:${i + 1} ${name}`];
    });
  });
  expect(bare).toEqual([]);
});

describe("what stands in the repository", () => {
  // Spelled in pieces, so that this file does not find itself.
  const MACHINE_PATHS = ["work", "root", "home/[a-z]+", "Users/[A-Za-z]+"]
    .map((folder) => `/${folder}/`)
    .join("|");

  test("names no path of one machine", () => {
    const pattern = new RegExp(`(^|[\\s"'(=])(${MACHINE_PATHS})`);
    const found = textFiles("").filter(({ text }) => pattern.test(text));
    expect(found.map(({ path, text }) => `${path}: ${pattern.exec(text)?.[0]}`)).toEqual([]);
  });

  test("has no leftover marks", () => {
    const marks = ["FIX", "TO", "XX"].map((start) => start + { FIX: "ME", TO: "DO", XX: "X" }[start]);
    const pattern = new RegExp(`\\b(${marks.join("|")})\\b`);
    const found = roomFiles().filter(({ text }) => pattern.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

function linesOf(text: string): number {
  return text.split("\n").length - 1;
}

const EXPORTED =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/;

function previousExport(lines: readonly string[], before: number): string | undefined {
  return lines.slice(0, before).findLast((line) => /^export /.test(line));
}

const NOT_OURS = new Set(["node_modules", "dist", ".git", "fixtures", "coverage"]);
const TEXTS = /\.(ts|js|json|md|yml|yaml|html|css|sql)$/;

function textFiles(folder: string): { path: string; text: string }[] {
  return readdirSync(ROOT + folder).flatMap((name) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (NOT_OURS.has(name)) return [];
    if (statSync(ROOT + path).isDirectory()) return textFiles(path);
    return TEXTS.test(name) ? [{ path, text: readFileSync(ROOT + path, "utf8") }] : [];
  });
}
