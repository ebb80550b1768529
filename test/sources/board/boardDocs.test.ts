import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BOARD_FILE_CODES, readBoardJson } from "../../../sources/board/readBoardJson.ts";
import { readScenario } from "../../../sources/scenario/readScenario.ts";

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), "utf8");
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, body]) => body!);

describe("docs/boards.md", () => {
  test("has one row a code, with its severity and meaning", () => {
    const rows = [...page("boards").matchAll(/^\| `(BRD\d{3})` \| (\w+) \| ([^|]+) \|/gm)];
    expect(rows.map(([, code, severity, meaning]) => [code, severity, meaning!.trim()])).toEqual(
      Object.entries(BOARD_FILE_CODES).map(([code, { severity, title }]) => [code, severity, title]),
    );
  });

  test("its board file is read without a remark, and names every member", () => {
    const [text] = blocks(page("boards"), "json");
    const { board, diagnostics } = readBoardJson(text!, "docs");
    expect(diagnostics).toEqual([]);
    expect(Object.keys(JSON.parse(text!) as object).sort()).toEqual(Object.keys(board!).sort());
  });
});

describe("docs/scenarios.md", () => {
  test("its scenarios are read without a remark, each part as it says", () => {
    const [lines] = blocks(page("scenarios"), "jsonl");
    const [yaml] = blocks(page("scenarios"), "yaml");
    const told = [readScenario(lines!, "s.jsonl"), readScenario(yaml!, "s.yaml")];
    expect(told.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
    expect(told.map(({ before, failures, after }) => [before.length, failures.length, after.length])).toEqual(
      [
        [0, 0, 4],
        [1, 1, 3],
      ],
    );
  });

  test("lists the codes of scenarios", () => {
    expect([...page("scenarios").matchAll(/^\| `(SCN\d{3})`/gm)].map(([, code]) => code)).toEqual([
      "SCN001",
      "SCN002",
      "SCN003",
      "SCN004",
    ]);
  });
});
