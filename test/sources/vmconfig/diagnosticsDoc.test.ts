import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { VM_CODES } from "../../../sources/vmconfig/vmCodes.ts";
import { findingsOf } from "./reading.ts";

const PAGE = readFileSync(new URL("../../../docs/diagnostics-vms.md", import.meta.url), "utf8");

interface Section {
  readonly code: string;
  readonly title: string;
  readonly severity: string;
  readonly blocks: readonly { readonly fixed: boolean; readonly files: readonly string[] }[];
}

const SECTIONS: readonly Section[] = PAGE.split(/^### /m)
  .slice(1)
  .map((text) => {
    const [, code, title] = /^(\w+): (.*)\n/.exec(text)!;
    const severity = /^(Error|Warning|Note)\b/m.exec(text)![1]!.toLowerCase();
    const blocks = [...text.matchAll(/^```qvm( fixed)?\n(.*?)^```$/gms)].map((block) => {
      return { fixed: block[1] !== undefined, files: block[2]!.split(/^-{3,}\n/m) };
    });
    return { code: code!, title: title!, severity, blocks };
  });

describe("docs/diagnostics-vms.md", () => {
  test("has a section for every code, with its title and severity", () => {
    expect(SECTIONS.map(({ code, title, severity }) => [code, title, severity])).toEqual(
      Object.entries(VM_CODES).map(([code, { title, severity }]) => [code, title, severity]),
    );
  });

  test.each(
    SECTIONS.filter(({ blocks }) => blocks.length > 0).map((section) => [section.code, section] as const),
  )("%s: the example gives the finding, the mended one does not", (code, { blocks }) => {
    for (const { fixed, files } of blocks) {
      const codes = findingsOf(files).map((finding) => finding.code);
      if (fixed) expect(codes).not.toContain(code);
      else expect(codes).toContain(code);
    }
  });
});
