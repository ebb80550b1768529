import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { explanationsIn } from "../../cli/linting/explanations.ts";
import { DMA_DRIVERS } from "../../sources/buildfile/dmaDrivers.ts";
import { filesUnder, ROOMS } from "../support/sourceFiles.ts";

const FOLDER = new URL("../../docs/", import.meta.url);
const page = (name: string) => readFileSync(new URL(name, FOLDER), "utf8");

/** Families of codes, each with its page, as the index has them. */
const INDEX = [...page("diagnostics.md").matchAll(/^\| (`[A-Z`, ]+`) \| .* \| \[(.*)\]\(\2\) \|$/gm)].flatMap(
  (row) => [...row[1]!.matchAll(/[A-Z]+/g)].map(([family]) => ({ family, file: row[2]! })),
);

const CODE = /\b([A-Z]{3,4})\d{3}\b/;

/** The codes that the source holds, as texts or as members of a table. */
function codesOfSource(): string[] {
  const files = ROOMS.flatMap((room) => filesUnder(room));
  const found = files.flatMap(({ text }) =>
    [...text.matchAll(/"([A-Z]{3,4}\d{3})"|^\s*([A-Z]{3,4}\d{3}):/gm)].map((match) => match[1] ?? match[2]!),
  );
  return [...new Set(found)].sort();
}

/** The codes that each page of docs/ explains. */
function codesOfPages(): Map<string, string[]> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".md"));
  return new Map(names.map((name) => [name, explanationsIn(page(name), name).map(([code]) => code)]));
}

describe("docs/diagnostics.md", () => {
  test("every code of the source is explained once, on the page that the index names for its family", () => {
    const pages = codesOfPages();
    const wrong = codesOfSource().flatMap((code) => {
      const family = CODE.exec(code)![1]!;
      const expected = INDEX.filter((each) => each.family === family).map(({ file }) => file);
      const explained = [...pages].flatMap(([name, codes]) =>
        codes.filter((each) => each === code).map(() => name),
      );
      return JSON.stringify(explained) === JSON.stringify(expected) ? [] : [{ code, explained, expected }];
    });
    expect(wrong).toEqual([]);
  });

  test("no page explains a code that the source does not have", () => {
    const known = new Set(codesOfSource());
    const unknown = [...codesOfPages()].flatMap(([name, codes]) =>
      codes.filter((code) => !known.has(code)).map((code) => `${name}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });

  test("has a row for each family, and no other", () => {
    const families = [...new Set(codesOfSource().map((code) => CODE.exec(code)![1]!))].sort();
    expect(INDEX.map(({ family }) => family).sort()).toEqual(families);
  });
});

describe("docs/lint.md", () => {
  test("lists the drivers that are known to start DMA", () => {
    const rows = [...page("lint.md").matchAll(/^\| `([^`]+)` \| ([^|]+) \| ?(.*?) ?\|$/gm)].map((row) => ({
      program: row[1]!,
      drives: row[2]!.trim(),
      options: [...row[3]!.matchAll(/`([^`]+)`/g)].map((option) => option[1]),
    }));
    const listed = rows.filter(({ program }) => !program.startsWith("--"));
    const known = DMA_DRIVERS.map(({ program, drives, withOption = [] }) => ({
      program,
      drives,
      options: [...withOption],
    }));
    expect(listed).toEqual(known);
  });

  test("names only codes that there are", () => {
    const known = new Set(codesOfSource());
    const named = [...page("lint.md").matchAll(/\b[A-Z]{3}\d{3}\b/g)].map(([code]) => code);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((code) => !known.has(code))).toEqual([]);
  });
});
