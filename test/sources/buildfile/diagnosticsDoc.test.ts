import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BUILD_CODES } from "../../../sources/buildfile/codes.ts";
import { type Linted, lint } from "./linting.ts";

const PAGE = readFileSync(new URL("../../../docs/diagnostics-buildfile.md", import.meta.url), "utf8");

interface Example {
  readonly code: string;
  readonly words: readonly string[];
  readonly text: string;
}

const STANDARD = /^```build standard\n([\s\S]*?)\n```$/m.exec(PAGE)![1]!;
const SCRIPT_LINE = "    smmuman @/etc/x.smmu";
const AFTER_SCRIPT = STANDARD.indexOf("/etc/x.smmu = {");

function sections(): { code: string; title: string; body: string }[] {
  return PAGE.split(/^### /m)
    .slice(1)
    .map((section) => {
      const [head, code, title] = /^(BLD\d{3}): (.*)\n/.exec(section)!;
      return { code: code!, title: title!, body: section.slice(head.length) };
    });
}

function examples(): Example[] {
  return sections().flatMap(({ code, body }) =>
    [...body.matchAll(/^```build ?(.*)\n([\s\S]*?)\n```$/gm)].map((fence) => {
      return { code, words: fence[1]!.split(" "), text: fence[2]! };
    }),
  );
}

function lintExample({ words, text }: Example): Linted {
  const source = words.includes("escaped") ? text.replace("\\x00", "\0") : text;
  return lint(wholeOf(words, source), { placement: words.includes("guest") ? "guest" : "hardware" });
}

function wholeOf(words: readonly string[], text: string): string {
  if (words.includes("script")) return STANDARD.replace(SCRIPT_LINE, text);
  if (words.includes("files")) return STANDARD.slice(0, AFTER_SCRIPT) + text;
  if (words.includes("add")) return `${STANDARD}\n${text}`;
  return text;
}

describe("docs/diagnostics-buildfile.md", () => {
  test("lists every code once, with its title and severity", () => {
    const listed = sections().map(({ code, title, body }) => {
      const severity = /^\n(Error|Warning|Note)\. /.exec(body)?.[1]?.toLowerCase();
      return [code, { severity, title }];
    });
    expect(Object.fromEntries(listed)).toEqual(BUILD_CODES);
    expect(listed).toHaveLength(Object.keys(BUILD_CODES).length);
  });

  test("the image that examples are parts of has nothing to be said of it", () => {
    const { codes, config } = lint(STANDARD);
    expect([codes, config]).toEqual([[], []]);
  });

  const broken = examples().filter(({ words }) => !words.includes("fixed"));
  const fixed = examples().filter(({ words }) => words.includes("fixed"));
  test.each(broken)("the example of $code gives it", (example) => {
    expect(lintExample(example).codes).toContain(example.code);
  });
  test.each(fixed)("the mended example of $code has nothing to be said of it", (example) => {
    expect(lintExample(example).codes).toEqual([]);
  });
  test("every code has an example, but those that need a large input", () => {
    const without = Object.keys(BUILD_CODES).filter(
      (code) => !broken.some((example) => example.code === code),
    );
    expect(without).toEqual(["BLD011", "BLD016"]);
  });
});
