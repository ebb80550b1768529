import { expect, test } from "vitest";
import { renderTable } from "../../../cli/render/table.ts";
import type { Terminal } from "../../../cli/terminal.ts";

const terminal = { color: { dim: (text: string) => `\u001b[2m${text}\u001b[22m` } } as unknown as Terminal;
const columns = [{ head: "name" }, { head: "count", right: true }, { head: "of" }];

test("columns line up whatever stands in them: colours, accents, wide characters", () => {
  const rows = [
    ["a", "1", ""],
    ["\u001b[31mlong name\u001b[39m", "12,345", "x"],
    ["e\u0301te\u0301", "7", "y"],
    ["設定", "8", "z"],
  ];
  expect(renderTable(terminal, columns, rows).split("\n")).toEqual([
    "\u001b[2mname\u001b[22m        \u001b[2mcount\u001b[22m  \u001b[2mof\u001b[22m",
    "a               1",
    "\u001b[31mlong name\u001b[39m  12,345  x",
    "e\u0301te\u0301             7  y",
    "設定            8  z",
    "",
  ]);
});

test("a table without rows is its heading", () => {
  expect(renderTable({ color: { dim: String } } as unknown as Terminal, columns, [])).toBe(
    "name  count  of\n",
  );
});

test("a long table lines up from its first part to its last", () => {
  const rows = Array.from({ length: 2_500 }, (_, i) => [`0x${(i ** 3).toString(16)}`, String(i ** 2), "rw"]);
  const lines = renderTable({ color: { dim: String } } as unknown as Terminal, columns, rows)
    .trimEnd()
    .split("\n");
  expect(lines).toHaveLength(2_501);
  expect(new Set(lines.slice(1).map((line) => line.indexOf("rw")))).toEqual(
    new Set([lines[0]!.indexOf("of")]),
  );
});
