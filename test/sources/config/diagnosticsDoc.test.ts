import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CONFIG_CODES } from "../../../sources/config/diagnosticCodes.ts";
import type { ServiceName } from "../../../sources/config/effective.ts";
import type { ConfigLimits } from "../../../sources/config/limits.ts";
import { type Given, type Reading, read } from "./reading.ts";

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const PAGE = page("diagnostics-config.md");
const LANGUAGE_PAGE = page("configuration-language.md");

interface Example {
  readonly code: string;
  readonly isFixed: boolean;
  readonly words: readonly string[];
  readonly text: string;
}

function sections(): { code: string; title: string; body: string }[] {
  return PAGE.split(/^### /m)
    .slice(1)
    .map((section) => {
      const match = /^(CFG\d{3}): (.*)\n/.exec(section)!;
      return { code: match[1]!, title: match[2]!, body: section.slice(match[0].length) };
    });
}

function examples(): Example[] {
  return sections().flatMap(({ code, body }) => examplesIn(code, body));
}

function examplesIn(code: string, body: string): Example[] {
  return [...body.matchAll(/^```smmu(.*)\n([\s\S]*?)\n```$/gm)].map((fence) => {
    const words = fence[1]!.split(" ").filter((word) => word !== "");
    return { code, isFixed: words.includes("fixed"), words, text: fence[2]! };
  });
}

// The world that the page describes.
const ASINFO = [
  { name: "smbs0", start: 0x7f000000n, length: 0x100000n },
  { name: "twice", start: 0x1000n, length: 0x1000n },
  { name: "twice", start: 0x3000n, length: 0x1000n },
];
const ENV = { START: "0x80000000", WORDS: "a b", OPTION: "debug" };

function readExample({ words, text }: Example): Reading {
  const source = words.includes("escaped") ? unescaped(text) : text;
  const limits = Object.fromEntries(
    words.flatMap((word) =>
      /^\w+Max=\d+$/.test(word) ? [[word.split("=")[0], Number(word.split("=")[1])]] : [],
    ),
  ) as Partial<ConfigLimits>;
  const service = words.find((word) => word.startsWith("service="))?.slice("service=".length) ?? "smmuman";
  const given: Given = {
    asinfo: words.includes("noboard") ? null : ASINFO,
    env: words.includes("noboard") ? null : ENV,
    service: service as ServiceName,
    placement: words.includes("placement=guest") ? "guest" : "hardware",
    limits,
    files: {
      "example.smmu": source,
      "moo.smmu": "debug 1\n",
      "nest.smmu": "@nested.smmu\n",
      "nested.smmu": "@moo.smmu\n",
    },
  };
  const isCommandLine = words.includes("commandline") && typeof source === "string";
  return read("@example.smmu\n", { ...given, ...(isCommandLine ? { words: source.split(" ") } : {}) });
}

function unescaped(text: string): Uint8Array {
  const bytes = text.split(/(\\x[0-9a-f]{2})/).flatMap((part) => {
    if (part.startsWith("\\x")) return [Number.parseInt(part.slice(2), 16)];
    return [...new TextEncoder().encode(part)];
  });
  return Uint8Array.from(bytes);
}

describe("docs/diagnostics-config.md", () => {
  test("lists every code once, with its title, severity and gap", () => {
    const listed = sections().map(({ code, title, body }) => {
      const words = /^\n(Error|Warning|Note)(?:, (G-\d+))?\. /.exec(body);
      return [code, { title, severity: words?.[1]?.toLowerCase(), gap: words?.[2] }];
    });
    const expected = Object.entries<{ title: string; severity: string; gap?: string }>(CONFIG_CODES).map(
      ([code, { title, severity, gap }]) => [code, { title, severity, gap }],
    );
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(expected));
    expect(listed).toHaveLength(expected.length);
  });

  const broken = examples().filter(({ isFixed }) => !isFixed);
  const fixed = examples().filter(({ isFixed }) => isFixed);
  test.each(broken)("the example of $code gives it", (example) => {
    expect(readExample(example).codes).toContain(example.code);
  });
  test.each(fixed)("the mended example of $code does not, and has no other error", (example) => {
    const reading = readExample(example);
    expect(reading.codes).not.toContain(example.code);
    expect(reading.errors).toEqual([]);
  });
  test("every code has an example, but those that need a large input", () => {
    const without = Object.keys(CONFIG_CODES).filter(
      (code) => !broken.some((example) => example.code === code),
    );
    expect(without).toEqual(["CFG016", "CFG623"]);
  });
});

describe("docs/configuration-language.md", () => {
  const shown = examplesIn("", LANGUAGE_PAGE);
  test.each(shown)("the configuration $text has no error", (example) => {
    expect(readExample(example).errors).toEqual([]);
  });
  test("shows configurations", () => {
    expect(shown.length).toBeGreaterThan(4);
  });
});
