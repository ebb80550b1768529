import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILD_CODES } from "../../../sources/buildfile/codes.ts";
import { FINDINGS_PER_CODE_MAX } from "../../../sources/buildfile/limits.ts";
import { lintConfig } from "../../../sources/config/lintConfig.ts";
import { image, type Linted, lint } from "./linting.ts";

const SAMPLES = ["host-x86.build", "broken-x86.build", "seed-x86.build"].map((name) =>
  readFileSync(new URL(`../../../fixtures/buildfiles/${name}`, import.meta.url), "utf8"),
);

// What must hold whatever was read.
function sound(text: string | Uint8Array): Linted {
  const linted = lint(text, { host: { "a.sh": "a.sh\nsmmuman smmu vtd\n", dir: ["a", "b/c"] } });
  const counts = new Map<string, number>();
  for (const { code, severity, line, column, endColumn, hint, message, excerpt } of linted.diagnostics) {
    expect(Object.keys(BUILD_CODES)).toContain(code);
    expect(["error", "warning", "note"]).toContain(severity);
    expect(hint).toBeTruthy();
    expect(message.length).toBeLessThan(2000);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(`${message}${hint}${excerpt ?? ""}`).not.toMatch(/[\u0000-\u0008\u000a-\u001f]/);
    counts.set(code, (counts.get(code) ?? 0) + 1);
    if (line === null) continue;
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(endColumn).toBeGreaterThan(column!);
  }
  for (const count of counts.values()) expect(count).toBeLessThanOrEqual(FINDINGS_PER_CODE_MAX);
  for (const { config } of linted.starts) {
    const { effective, options, diagnostics } = config.parsed;
    for (const diagnostic of [...diagnostics, ...lintConfig(effective, options, diagnostics)]) {
      const placed = config.placed(diagnostic);
      expect(placed.file).not.toBeNull();
    }
  }
  return linted;
}

const TOKENS = [
  ..."[virtual=x86_64,bios] [+script] [type=link] [prefix=/a] [+optional] [ ] { } = # \" \\ & ; | $( ` ' <<EOF EOF ${A} $A ...".split(
    " ",
  ),
  ..."boot start /bin/sh a.sh dir ./a.sh smmuman smmuman-safety @/etc/x.smmu @x devb-ahci mount -T io-pkt slay on -d sh -c".split(
    " ",
  ),
  ..."smmu vtd allow a 0x1000,0x1000 device pci:0:2.0 if then fi f() PATH=/bin LD_LIBRARY_PATH=/lib procnto export ln -s".split(
    " ",
  ),
  ..."define(`A', ifdef(`A' ifelse(A, `b', ') dnl changequote([[, ]]) include(x) __A__ @B@ , qvm vdev @/etc/x.smmu".split(
    " ",
  ),
  ..."slm /etc/x.smmu <SLM:component name='a'> </SLM:component> <SLM:command> </SLM:command> <SLM:depend>a</SLM:depend> <!-- --> &x;".split(
    " ",
  ),
  "<!DOCTYPE s [<!ENTITY x SYSTEM 'x.xml'>]>",
  "\n",
  "\n",
  "\r\n",
  "\t",
  "\0",
  "ü",
  "\u2028",
];

describe("hostile buildfiles", () => {
  test("no sequence of words throws, and each finding has a code, a place and a hint", () => {
    const text = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(text, (words) => void sound(words)),
      { numRuns: 500 },
    );
  });

  test("no script throws", () => {
    const script = fc.array(fc.constantFrom(...TOKENS), { maxLength: 30 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(script, (words) => void sound(image({ script: words }))),
      { numRuns: 300 },
    );
  });

  test("no sequence of bytes throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void sound(bytes)),
      { numRuns: 300 },
    );
  });

  test("a sound buildfile with bytes changed, taken out or put in does not throw", () => {
    const edit = fc.tuple(fc.nat(), fc.constantFrom("set", "cut", "put"), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(edit, { minLength: 1, maxLength: 8 }),
        (text, edits) => {
          const bytes = [...new TextEncoder().encode(text)];
          for (const [at, how, byte] of edits) {
            const index = at % Math.max(1, bytes.length);
            if (how === "set") bytes[index] = byte;
            else bytes.splice(index, how === "cut" ? 1 : 0, ...(how === "put" ? [byte] : []));
          }
          sound(Uint8Array.from(bytes));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ["open brackets", "[".repeat(200_000)],
    ["open braces", "a = {\n".repeat(20_000)],
    ["open quotations", '"\n'.repeat(100_000)],
    ["open substitutions", image({ script: "$(".repeat(100_000) })],
    ["single quotations", image({ script: "'\n".repeat(50_001) })],
    ["backslashes", "\\".repeat(500_000)],
    ["a long line", `/a = ${"x".repeat(2_000_000)}`],
    ["many entries", "a\n".repeat(60_000)],
    ["many commands", image({ script: "smmuman @/etc/x.smmu\n".repeat(3000) })],
    ["many variables", image({ script: "A=$A$A\n".repeat(2000) })],
    ["links in a circle", `${image()}[type=link] /a = /b\n[type=link] /b = /a/c\n/a/x\n`],
    ["a script that calls itself", `${image({ script: "/s.sh" })}/s.sh = {\n#!/bin/sh\n/s.sh\n/s.sh\n}\n`],
    ["here documents", image({ script: `sh -c "${"cat <<E\n".repeat(5000)}"` })],
  ])("%s are read in bounded time", { timeout: 20_000 }, (_, text) => {
    sound(text);
  });

  test("a buildfile that is too large is refused", () => {
    expect(lint(new Uint8Array(9 * 1024 * 1024)).codes).toContain("BLD011");
  });
});
