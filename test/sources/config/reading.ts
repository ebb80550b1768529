import type { Diagnostic } from "../../../base/diagnostic.ts";
import { err, ok } from "../../../base/result.ts";
import { lintConfig } from "../../../sources/config/lintConfig.ts";
import { type ParsedConfig, type ParseInput, parseConfig } from "../../../sources/config/parseConfig.ts";
import type { ConfigSource, FileReader } from "../../../sources/config/preprocess.ts";
import { reportDiagnostics } from "../../../sources/config/reportDiagnostics.ts";

/** What may be given for a reading; the rest is an empty board and the plain service on hardware. */
export interface Given extends Partial<Omit<ParseInput, "sources">> {
  /** Files beside the one that is read. A string is its text. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Words of a command line, read instead of the text. */
  readonly words?: readonly string[];
}

/** A reading and the codes of all that is said of it, lint included. */
export interface Reading extends ParsedConfig {
  readonly all: readonly Diagnostic[];
  readonly codes: readonly string[];
  readonly errors: readonly string[];
}

/** Reads a configuration as `a.smmu`. */
export function read(text: string | Uint8Array, given: Given = {}): Reading {
  const { files = {}, words, ...rest } = given;
  const sources: ConfigSource[] = [
    words === undefined ? { kind: "file", path: "a.smmu" } : { kind: "words", words },
  ];
  const readFile = readerOf({ "a.smmu": text, ...files });
  const parsed = parseConfig({ asinfo: [], env: {}, service: "smmuman", sources, readFile, ...rest });
  const { diagnostics, effective, options } = parsed;
  const all = reportDiagnostics([...diagnostics, ...lintConfig(effective, options, diagnostics)]);
  const errors = all.filter(({ severity }) => severity === "error");
  return { ...parsed, all, codes: all.map(({ code }) => code), errors: errors.map(({ code }) => code) };
}

/** A reader of files in memory. */
export function readerOf(files: Readonly<Record<string, string | Uint8Array>>): FileReader {
  return (path) => {
    const found = Object.hasOwn(files, path) ? files[path]! : null;
    if (found === null) return err("no such file or directory");
    return ok(typeof found === "string" ? new TextEncoder().encode(found) : found);
  };
}

/** The findings of one code, each as the stretch of source that its caret points at. */
export function pointedAt(reading: Reading, code: string): string[] {
  return reading.all
    .filter((diagnostic) => diagnostic.code === code)
    .map(({ excerpt, column, endColumn }) => (excerpt ?? "").slice((column ?? 1) - 1, (endColumn ?? 1) - 1));
}

/** The diagnostics as a terminal would show them, for golden files. */
export function transcript(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(shown).join("\n");
}

function shown(diagnostic: Diagnostic): string {
  const { severity, code, message, file, line, column, endColumn, excerpt, hint } = diagnostic;
  const lines = [`${severity}[${code}]: ${message}`, `  --> ${file}:${line ?? ""}:${column ?? ""}`];
  if (excerpt !== undefined && column !== undefined) {
    lines.push(
      `  | ${excerpt}`,
      `  | ${" ".repeat(column - 1)}${"^".repeat(Math.max(1, (endColumn ?? column) - column))}`,
    );
  }
  return `${[...lines, `hint: ${hint}`].join("\n")}\n`;
}
