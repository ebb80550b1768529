import { type Diagnostic, quote, type Severity } from "../../base/diagnostic.ts";
import { CONFIG_CODES, type CodeInfo, type ConfigCode } from "./diagnosticCodes.ts";
import { type FilePlace, formatSubstitution, type Origin } from "./origin.ts";
import { printable, type SourceFile } from "./sourceFile.ts";

/**
 * A diagnostic at a place of the configuration. What was substituted there is told, since the reader sees only the
 * `$form{name}`. Message and hint may hold pieces of the input: they are made safe to print here. Where the code rests
 * on a gap of the guide, the hint cites it.
 */
export function problem(
  code: ConfigCode,
  origin: Origin | FilePlace,
  message: string,
  hint: string,
  severity?: Severity,
): Diagnostic {
  const told = {
    code,
    severity: severity ?? CONFIG_CODES[code].severity,
    hint: printable(hint + tellGap(CONFIG_CODES[code])),
  };
  if (origin.line === null) return { ...told, message: printable(message), file: origin.file, line: null };
  const { file, line, column, endColumn, excerpt } = origin;
  return {
    ...told,
    message: printable(message + tellSubstituted(origin)),
    file,
    line,
    column,
    endColumn,
    ...(excerpt === null ? {} : { excerpt }),
  };
}

/** A diagnostic about a stretch of a file's text, or about the file as a whole. */
export function problemInFile(
  code: ConfigCode,
  file: SourceFile,
  at: { readonly offset: number; readonly length: number } | null,
  message: string,
  hint: string,
  severity?: Severity,
): Diagnostic {
  const whole = { code, severity: severity ?? CONFIG_CODES[code].severity, message, file: file.name };
  const told = printable(hint + tellGap(CONFIG_CODES[code]));
  if (at === null) return { ...whole, line: null, hint: told };
  const lineStart = at.offset === 0 ? 0 : file.text.lastIndexOf("\n", at.offset - 1) + 1;
  const column = at.offset - lineStart + 1;
  const excerpt = file.excerpt(lineStart);
  return {
    ...whole,
    line: countLines(file.text, lineStart),
    column,
    endColumn: column + at.length,
    hint: told,
    ...(excerpt === null ? {} : { excerpt }),
  };
}

function tellSubstituted(origin: Origin): string {
  const known = origin.substituted.filter((part) => part.value !== null);
  if (known.length === 0) return "";
  const told = known.slice(0, 3).map((part) => `${formatSubstitution(part)} is ${quote(part.value ?? "")}`);
  return ` (${told.join(", ")})`;
}

function tellGap({ gap, looser }: CodeInfo): string {
  const cited = gap === undefined ? "" : ` (${gap})`;
  return looser === undefined
    ? cited
    : `${cited}. The guide leaves this open and the strict reading is taken: ${looser}`;
}

function countLines(text: string, end: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
