import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import type { FilePlace, Origin } from "../config/origin.ts";
import { printable } from "../config/sourceFile.ts";
import { LINT_CODES, type LintCode, type LintCodeInfo } from "./codes.ts";

/** Where a finding is told that belongs to no line. */
export const NOWHERE: FilePlace = { file: null, line: null };

/** A finding of the board rules at a place of the configuration; where its code rests on a gap, the hint cites it. */
export function lintProblem(
  code: LintCode,
  origin: Origin | FilePlace,
  message: string,
  hint: string,
  severity?: Severity,
): Diagnostic {
  const { severity: usual, gap }: LintCodeInfo = LINT_CODES[code];
  const told = {
    code,
    severity: severity ?? usual,
    message: printable(message),
    hint: printable(gap === undefined || hint.includes(gap) ? hint : `${hint} (${gap})`),
  };
  if (origin.line === null) return { ...told, file: origin.file, line: null };
  const { file, line, column, endColumn, excerpt } = origin;
  return { ...told, file, line, column, endColumn, ...(excerpt === null ? {} : { excerpt }) };
}
