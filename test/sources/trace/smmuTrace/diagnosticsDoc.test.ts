import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readHeader } from "../../../../sources/trace/smmuTrace/header.ts";
import { readLines } from "../../../support/machine.ts";

const ROOM = new URL("../../../../sources/trace/smmuTrace/", import.meta.url);
const DOC = readFileSync(new URL("../../../../docs/diagnostics-trace.md", import.meta.url), "utf8");

interface Section {
  readonly code: string;
  readonly severity: string;
  readonly blocks: readonly { readonly kind: string; readonly text: string }[];
}

const SECTIONS: Section[] = DOC.split(/^### /m)
  .slice(1)
  .map((text) => ({
    code: /^(TRC\d{3}): /.exec(text)![1]!,
    severity: /^(Error|Warning|Note)\. /m.exec(text)![1]!.toLowerCase(),
    blocks: [...text.matchAll(/^```([^\n]+)\n(.*?)\n```$/gms)].map(([, kind, body]) => ({
      kind: kind!,
      text: body!,
    })),
  }));

test("every code that the reader uses is explained, once, and nothing else is", () => {
  const used = new Set<string>();
  for (const file of readdirSync(ROOM)) {
    for (const [, code] of readFileSync(new URL(file, ROOM), "utf8").matchAll(/"(TRC\d{3})"/g))
      used.add(code!);
  }
  expect(SECTIONS.map(({ code }) => code)).toEqual([...used].sort());
});

describe("the examples give the finding, and their corrections give none", () => {
  test.each(SECTIONS)("$code", ({ code, severity, blocks }) => {
    const [bad, fixed] = blocks;
    expect(blocks).toHaveLength(2);
    expect(fixed!.kind).toMatch(/ fixed$/);
    expect(findings(bad!)).toEqual([[code, severity]]);
    expect(findings(fixed!)).toEqual([]);
  });
});

function findings({ kind, text }: { kind: string; text: string }): (readonly [string, string])[] {
  const [where, how] = kind.split(" ");
  if (where === "header") {
    const header = readHeader(text, "a.jsonl");
    return header.ok ? [] : [[header.error.code, header.error.severity]];
  }
  const lines = text.split("\n");
  if (how === "long") lines[0] = lines[0]!.replace("...", "x".repeat(2 ** 20));
  const all = how === "many" ? Array.from({ length: 110 }, (_, i) => text.replace("...", String(i))) : lines;
  const { diagnostics } = readLines(all);
  const told = diagnostics.map(({ code, severity }) => [code, severity] as const);
  return how === "many" ? told.filter(([code]) => code !== "TRC111") : told;
}
