import { createHash } from "node:crypto";
import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import type { Explanation } from "../linting/explanations.ts";

/** What a SARIF log is made of. */
export interface SarifInput {
  readonly diagnostics: readonly Diagnostic[];
  readonly version: string;
  readonly explanations: ReadonlyMap<string, Explanation>;
  /** What could not be checked: told as notifications of the run. */
  readonly skipped: readonly { readonly check: string; readonly because: string }[];
}

/** The schema that a log is valid by. */
export const SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

const LEVELS: { readonly [severity in Severity]: string } = {
  error: "error",
  warning: "warning",
  note: "note",
};
/** The name under which results carry what keeps them the same from run to run, although lines move. */
const FINGERPRINT = "smmuReplay/v1";

/** Findings as a SARIF 2.1.0 log of one run, for code-scanning systems. */
export function sarifLog({ diagnostics, version, explanations, skipped }: SarifInput): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const prints = fingerprints(diagnostics);
  return {
    $schema: SARIF_SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "smmu-replay",
            version,
            semanticVersion: version,
            rules: codes.map((code) => rule(code, diagnostics, explanations.get(code))),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: skipped.map(({ check, because }) => ({
              level: "note",
              message: { text: `not checked: ${check} (${because})` },
            })),
          },
        ],
        results: diagnostics.map((diagnostic, at) => ({
          ruleId: diagnostic.code,
          ruleIndex: codes.indexOf(diagnostic.code),
          level: LEVELS[diagnostic.severity],
          message: { text: messageText(diagnostic) },
          ...location(diagnostic),
          partialFingerprints: { [FINGERPRINT]: prints[at] },
        })),
      },
    ],
  };
}

function rule(
  code: string,
  diagnostics: readonly Diagnostic[],
  explanation: Explanation | undefined,
): object {
  const { severity } = diagnostics.find((diagnostic) => diagnostic.code === code)!;
  const title = explanation?.title ?? code;
  const text = explanation === undefined ? title : plain(withoutSeverity(explanation.text));
  return {
    id: code,
    name: pascal(title),
    shortDescription: { text: sentence(title) },
    fullDescription: { text: sentence(text.split("\n\n")[0] ?? title) },
    help: {
      text: explanation === undefined ? title : `${text}\n\nSee ${explanation.page}.`,
      ...(explanation === undefined ? {} : { markdown: `## ${code}: ${title}\n\n${explanation.text}` }),
    },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function messageText({ message, hint }: Diagnostic): string {
  return hint === undefined ? message : `${message}\nHint: ${hint}`;
}

// Markdown without its fences, which plain text does not know.
function plain(markdown: string): string {
  return markdown
    .replace(/^```.*$/gm, "")
    .replace(/[`*]/g, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

// Pages begin each explanation with how bad it is, which a level says here.
function withoutSeverity(text: string): string {
  return text.replace(/^(Error|Warning|Note)(, G-\d+)?\. /, "");
}

function pascal(title: string): string {
  const words = title
    .replace(/[^A-Za-z0-9]+/g, " ")
    .trim()
    .split(" ");
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function sentence(text: string): string {
  const joined = text.replace(/\s+/g, " ").trim();
  const oneLine = joined.slice(0, 1).toUpperCase() + joined.slice(1);
  return /[.!?]$/.test(oneLine) ? oneLine : `${oneLine}.`;
}

/** The place of a finding; words of the command line are in no file. */
function location({ file, line, column, endColumn, excerpt }: Diagnostic): object {
  if (file === null) return {};
  if (file === "command line")
    return { locations: [{ logicalLocations: [{ name: file, kind: "parameter" }] }] };
  const region =
    line === null
      ? {}
      : {
          region: {
            startLine: line,
            ...(column === undefined ? {} : { startColumn: column }),
            ...(column === undefined || endColumn === undefined
              ? {}
              : { endColumn: Math.max(endColumn, column) }),
            ...(excerpt === undefined ? {} : { snippet: { text: excerpt } }),
          },
        };
  return { locations: [{ physicalLocation: { artifactLocation: artifact(file), ...region } }] };
}

function artifact(file: string): object {
  if (isAbsolute(file)) return { uri: pathToFileURL(file).href };
  const path = file
    .split(sep)
    .map((part) => encodeURIComponent(part))
    .join("/");
  return { uri: path.replace(/^(\.\/)+/, ""), uriBaseId: "%SRCROOT%" };
}

// Of a finding what stays when other lines come and go: its code, its file, the text of its line, and which of those alike it is.
function fingerprints(diagnostics: readonly Diagnostic[]): string[] {
  const counts = new Map<string, number>();
  return diagnostics.map(({ code, file, excerpt, message }) => {
    const key = JSON.stringify([code, file, excerpt?.trim().replace(/\s+/g, " ") ?? message]);
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    return `${createHash("sha256").update(key).digest("hex").slice(0, 32)}:${nth}`;
  });
}
