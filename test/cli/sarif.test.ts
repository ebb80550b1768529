import { readFileSync } from "node:fs";
import ajvDraft04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { explanationsIn, readExplanations } from "../../cli/linting/explanations.ts";
import { sarifLog } from "../../cli/render/sarif.ts";
import { BOARD_CODES } from "../../sources/board/codes.ts";
import { BUILD_CODES } from "../../sources/buildfile/codes.ts";
import { CONFIG_CODES } from "../../sources/config/diagnosticCodes.ts";
import { LINT_CODES } from "../../sources/lint/codes.ts";
import { fixture } from "../support/cli.ts";

const SCHEMA = JSON.parse(readFileSync(fixture("sarif/sarif-2.1.0-rtm.5.json"), "utf8")) as object;
// Both are CommonJS, whose default export is a member of the one that Node sees.
const ajv = new ajvDraft04.default({ allErrors: true, strict: false, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(SCHEMA);
const EXPLANATIONS = readExplanations();

interface Log {
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly rules: readonly { readonly id: string; readonly help: { readonly text: string } }[];
        };
      };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations?: readonly object[];
        readonly partialFingerprints: Readonly<Record<string, string>>;
      }[];
    },
  ];
}

function logOf(diagnostics: readonly Diagnostic[]): Log {
  const skipped = [{ check: "everything", because: "no board was given" }];
  return sarifLog({ diagnostics, skipped, version: "1.2.3", explanations: EXPLANATIONS }) as Log;
}

function finding(change: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: "CFG601",
    severity: "warning",
    message: "a message",
    hint: "a hint",
    file: "etc/my board.smmu",
    line: 3,
    column: 7,
    endColumn: 12,
    excerpt: "allow a 0x1000,0x800",
    ...change,
  };
}

function prints(diagnostics: readonly Diagnostic[]): string[] {
  return logOf(diagnostics).runs[0].results.map(
    ({ partialFingerprints }) => Object.values(partialFingerprints)[0]!,
  );
}

const SHAPES: readonly Diagnostic[] = [
  finding(),
  finding({ file: null, line: null }),
  finding({ line: null }),
  finding({ file: "/abs/ünï code#.smmu", severity: "error" }),
  finding({ file: "command line", severity: "note" }),
  finding({ file: "../up/x.smmu", code: "LNT101" }),
  finding({ file: "$" + "{TARGET}/etc/x.smmu", code: "BLD103" }),
  finding({ code: "ACPI006", file: "dmar.bin" }),
  { code: "NEW999", severity: "note", message: "of a code that no page explains", file: "a", line: 1 },
];

describe("a SARIF log", () => {
  test("is valid by the schema of SARIF 2.1.0, whatever the findings look like", () => {
    for (const diagnostics of [[], SHAPES]) {
      validate(logOf(diagnostics));
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  test("is not valid if a place counts from 0: the schema is really applied", () => {
    validate(logOf([finding({ line: 0 })]));
    expect(validate.errors).not.toBeNull();
  });

  test("has each rule once, with help, and each result points at its rule", () => {
    const { tool, results } = logOf([...SHAPES, finding()]).runs[0];
    const { rules } = tool.driver;
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { ruleId, ruleIndex } of results) expect(rules[ruleIndex]!.id).toBe(ruleId);
    expect(rules.find(({ id }) => id === "CFG601")!.help.text).toContain("whole pages");
  });

  test("tells level, message with hint, and the place from column to column", () => {
    const [result] = logOf([finding()]).runs[0].results;
    expect(result).toMatchObject({
      level: "warning",
      message: { text: "a message\nHint: a hint" },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "etc/my%20board.smmu", uriBaseId: "%SRCROOT%" },
            region: {
              startLine: 3,
              startColumn: 7,
              endColumn: 12,
              snippet: { text: "allow a 0x1000,0x800" },
            },
          },
        },
      ],
    });
  });

  test("has a place for each finding of a file, and none for one of no file", () => {
    const [inFile, nowhere] = logOf([finding({ line: null }), finding({ file: null, line: null })]).runs[0]
      .results;
    expect(inFile!.locations).toHaveLength(1);
    expect(nowhere!.locations).toBeUndefined();
  });
});

describe("fingerprints", () => {
  test("stay when lines above come and go, and when the line is indented", () => {
    expect(prints([finding({ line: 90, column: 9 })])).toEqual(prints([finding()]));
    expect(prints([finding({ excerpt: "  allow a  0x1000,0x800" })])).toEqual(prints([finding()]));
  });

  test("differ by code, by file and by the text of the line", () => {
    const all = [
      finding(),
      finding({ code: "CFG602" }),
      finding({ file: "b" }),
      finding({ excerpt: "allow b 0x1000,1" }),
    ];
    expect(new Set(prints(all)).size).toBe(4);
  });

  test("of findings alike are told apart by their order", () => {
    expect(new Set(prints([finding(), finding({ line: 4 })])).size).toBe(2);
  });
});

describe("explanations", () => {
  test("are there for every code that lint can give", () => {
    const codes = [CONFIG_CODES, BUILD_CODES, LINT_CODES, BOARD_CODES].flatMap((table) => Object.keys(table));
    expect(codes.filter((code) => !EXPLANATIONS.has(code))).toEqual([]);
  });

  test("are read from headings and from tables", () => {
    const page =
      "# Page\n\n### ABC001: first\n\nError. Text.\n\n## Tables\n\n| `ABC002` | error | second | a file | mend it |\n";
    expect(explanationsIn(page, "docs/a.md").map(([code, { title }]) => [code, title])).toEqual([
      ["ABC001", "first"],
      ["ABC002", "second"],
    ]);
  });
});
