import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LOG_CODES } from "../../../sources/trace/logDiagnostics.ts";
import { readLog } from "./readLog.ts";

const DOC = readFileSync(new URL("../../../docs/diagnostics-logs.md", import.meta.url), "utf8");
const FORMATS = { dmesg: "linux-dmesg", qemu: "qemu-log", ftrace: "linux-ftrace" } as const;

const SECTIONS = DOC.split(/^### /m)
  .slice(1)
  .map((text) => ({
    code: /^(LOG\d{3}): /.exec(text)![1]!,
    severity: /^(Error|Warning|Note)[.,]/m.exec(text)![1]!.toLowerCase(),
    blocks: [...text.matchAll(/^```([^\n]+)\n(.*?)\n```$/gms)].map(([, kind, body]) => ({
      kind: kind!,
      text: body!,
    })),
  }));

test("every code is explained, once, and nothing else is", () => {
  expect(SECTIONS.map(({ code }) => code)).toEqual(Object.keys(LOG_CODES));
});

describe("the examples give the finding, and their corrections give none", () => {
  test.each(SECTIONS)("$code", ({ code, severity, blocks }) => {
    const [bad, fixed] = blocks;
    expect(blocks).toHaveLength(2);
    expect(fixed!.kind).toMatch(/ fixed$/);
    expect(findings(bad!)).toContainEqual([code, severity]);
    expect(findings(fixed!)).toEqual([]);
  });
});

function findings({ kind, text }: { kind: string; text: string }): (readonly [string, string])[] {
  const [format, how] = kind.split(" ");
  const log = how === "long" ? text.replace("...", "x".repeat(5000)) : text;
  const read = readLog(FORMATS[format as keyof typeof FORMATS], how === "cut" ? log : `${log}\n`);
  return read.diagnostics.map(({ code, severity }) => [code, severity] as const);
}
