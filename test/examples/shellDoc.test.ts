import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { emptySession } from "../../cli/shell/openSession.ts";
import type { Reply } from "../../cli/shell/reply.ts";
import { execute } from "../../cli/shell/shell.ts";
import { ShellState } from "../../cli/shell/shellState.ts";
import { VERBS } from "../../cli/shell/verbs.ts";
import { openTerminal } from "../../cli/terminal.ts";

const TEXT = readFileSync(new URL("../../docs/shell.md", import.meta.url), "utf8");
const SCRIPTS = [...TEXT.matchAll(/^```shell\n([\s\S]*?)^```$/gm)].map(([, body]) =>
  body!.trimEnd().split("\n"),
);

async function run(lines: readonly string[]): Promise<Reply[]> {
  const terminal = openTerminal({ db: "none.db", json: false, quiet: true, color: false });
  const shell = new ShellState(emptySession("main", "ideal"), terminal, "none.db");
  const replies: Reply[] = [];
  for (const [i, line] of lines.entries()) {
    const reply = await execute(shell, line, { file: "docs/shell.md", line: i + 1 });
    if (reply !== null) replies.push(reply);
  }
  return replies;
}

test.each(SCRIPTS.map((lines) => [lines[0]!, lines] as const))(
  "the script of docs/shell.md that begins %s comes out as it says",
  async (_, lines) => {
    const replies = await run(lines);
    const expected = lines.filter((line) => line.includes("=>"));
    const met = replies.filter(({ json }) => json["conformance"] === "agreed");
    expect(replies.filter(({ finding }) => finding === true)).toEqual([]);
    expect(met).toHaveLength(expected.length);
  },
);

test("what the branch left behind is refused after the death", async () => {
  const replies = await run(SCRIPTS[1]!);
  const happened = replies.find(({ json }) => "happened" in json)!.json["happened"];
  expect(happened).toMatchObject([{ kind: "dma", verdict: { verdict: "denied" } }]);
});

test("the table of commands has every command", () => {
  for (const word of VERBS.keys()) if (word !== "exit") expect(TEXT).toMatch(new RegExp(`\`${word}\\b`));
});
