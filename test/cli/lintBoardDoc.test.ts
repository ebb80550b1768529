import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LintRequest } from "../../cli/linting/lintInputs.ts";
import { runLint } from "../../cli/linting/runLint.ts";
import type { ServiceName } from "../../events/vocabulary/service.ts";
import { LINT_CODES } from "../../sources/lint/codes.ts";
import { fixture, scratch } from "../support/cli.ts";

const PAGE = readFileSync(new URL("../../docs/diagnostics-board-lint.md", import.meta.url), "utf8");
const STANDARD = JSON.parse(/^```json standard\n([\s\S]*?)\n```$/m.exec(PAGE)![1]!) as object;
const folder = scratch();

interface Example {
  readonly code: string;
  readonly words: readonly string[];
  readonly text: string;
  /** What stands for members of the board. */
  readonly change: object;
  readonly scenario: string | null;
}

function sections(): { code: string; title: string; body: string }[] {
  return PAGE.split(/^### /m)
    .slice(1)
    .map((section) => {
      const [head, code, title] = /^(LNT\d{3}): (.*)\n/.exec(section)!;
      return { code: code!, title: title!, body: section.slice(head.length) };
    });
}

function examples(): Example[] {
  return sections().flatMap(({ code, body }) => {
    const fences = [...body.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)\n```$/gm)].map((fence) => {
      return {
        language: fence[1]!,
        words: fence[2]!.split(" ").filter((word) => word !== ""),
        text: fence[3]!,
      };
    });
    return fences.flatMap(({ language, words, text }, at) => {
      if (language !== "smmu") return [];
      const before = fences.slice(0, at);
      const change = before.findLast((fence) => fence.language === "json")?.text ?? "{}";
      const scenario = words.includes("fixed")
        ? null
        : (before.findLast((fence) => fence.language === "jsonl")?.text ?? null);
      return [{ code, words, text, change: JSON.parse(change) as object, scenario }];
    });
  });
}

function wordOf(words: readonly string[], name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

async function lint({ words, text, change, scenario }: Example): Promise<string[]> {
  const config = join(folder, "example.smmu");
  writeFileSync(config, `${text}\n`);
  const request: LintRequest = {
    files: [config],
    words: [],
    boards: words.includes("noboard") ? [] : [boardOf(words, change)],
    service: (wordOf(words, "service") ?? "smmuman") as ServiceName,
    guest: words.includes("guest"),
    scenario: scenario === null ? null : write("scenario.jsonl", scenario),
    with: [],
    roots: [],
    dmaDrivers: [],
    ignoredDrivers: [],
    variables: new Map(),
  };
  const { diagnostics } = await runLint(request);
  return diagnostics.map(({ code }) => code);
}

function boardOf(words: readonly string[], change: object): string {
  const example = wordOf(words, "board");
  if (example !== undefined) return example;
  const table = wordOf(words, "table");
  if (table !== undefined) return fixture(table);
  const damaged = wordOf(words, "damaged");
  if (damaged !== undefined) {
    const bytes = readFileSync(fixture(damaged));
    bytes[50]! ^= 1;
    return write("damaged.bin", bytes);
  }
  return write("board.json", JSON.stringify({ format: "smmu-board", version: 1, ...STANDARD, ...change }));
}

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe("docs/diagnostics-board-lint.md", () => {
  test("lists every code once, with its title, severity and gap", () => {
    const listed = sections().map(({ code, title, body }) => {
      const words = /^\n(Error|Warning|Note)(?:, (G-\d+))?\. /.exec(body);
      const gap = words?.[2];
      return [code, { severity: words?.[1]?.toLowerCase(), title, ...(gap === undefined ? {} : { gap }) }];
    });
    expect(Object.fromEntries(listed)).toEqual(LINT_CODES);
    expect(listed).toHaveLength(Object.keys(LINT_CODES).length);
  });

  const broken = examples().filter(({ words }) => !words.includes("fixed"));
  const fixed = examples().filter(({ words }) => words.includes("fixed"));
  test.each(broken)("the example of $code gives it", async (example) => {
    expect(await lint(example)).toContain(example.code);
  });
  test.each(fixed)("the mended example of $code does not", async (example) => {
    expect(await lint(example)).not.toContain(example.code);
  });
  test("every code has an example, but those that need a large board", () => {
    const without = Object.keys(LINT_CODES).filter(
      (code) => !broken.some((example) => example.code === code),
    );
    expect(without).toEqual(["LNT002"]);
  });
});
